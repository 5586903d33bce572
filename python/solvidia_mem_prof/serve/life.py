"""How long the server lives: until the last page is gone for a while.

Pages ping every PING_S seconds and say good-bye when they are closed. A browser
slows the timers of a hidden page down to one a minute: silence must be longer.
"""

import threading
import time
from typing import Callable, Dict

PING_S = 20
GRACE_S = 10.0  # after a good-bye: a page that is loaded anew says so first
SILENCE_S = 180.0  # after which a page counts as gone


class Life:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pages: Dict[str, float] = {}  # when each one goes, unless it pings
        self._last = 0.0
        self._seen = False

    def ping(self, page: str) -> None:
        with self._lock:
            self._seen = True
            self._pages[page] = self._clock() + SILENCE_S
            if page:
                self._pages.pop("", None)  # the one that was loaded has a name now

    def touch(self) -> None:
        """A page asked for something: one without a name is still there."""
        with self._lock:
            unnamed = not any(self._pages)
        if unnamed:
            self.ping("")

    def bye(self, page: str) -> None:
        with self._lock:
            for name in (page, ""):
                if name in self._pages:
                    self._pages[name] = self._clock() + GRACE_S

    def expect(self, seconds: float) -> None:
        """From now on no page is waited for longer than this."""
        with self._lock:
            self._seen = True
            if not self._pages:
                self._pages[""] = self._clock() + seconds

    @property
    def has_page(self) -> bool:
        with self._lock:
            return any(self._pages)

    def is_over(self) -> bool:
        """Never before a first page was there."""
        with self._lock:
            now = self._clock()
            self._pages = {p: end for p, end in self._pages.items() if end > now}
            return self._seen and not self._pages
