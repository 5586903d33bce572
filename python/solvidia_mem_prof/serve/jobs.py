"""What runs on behalf of a page and can be cancelled: proposals, verifications."""

import threading
import time
from typing import Dict, Iterable, Set

from ..ai.transport import Cancel


class Jobs:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: Dict[Cancel, Set[str]] = {}

    def begin(self, names: Iterable[str]) -> Cancel:
        """`names`: any of them cancels it."""
        cancel = Cancel()
        with self._lock:
            self._running[cancel] = set(names)
        return cancel

    def end(self, cancel: Cancel) -> None:
        with self._lock:
            self._running.pop(cancel, None)

    def cancel(self, name: str) -> int:
        """The number of jobs of this name that were told to stop."""
        with self._lock:
            found = [c for c, names in self._running.items() if name in names]
        for cancel in found:
            cancel.set()
        return len(found)

    def end_all(self, limit_s: float) -> None:
        """Tells all to stop, and waits until they have tidied up."""
        with self._lock:
            found = list(self._running)
        for cancel in found:
            cancel.set()
        deadline = time.monotonic() + limit_s
        while self._running and time.monotonic() < deadline:
            time.sleep(0.02)
