"""The run that a live profile comes from, as far as the server knows of it."""

import os
import threading
from typing import Callable

NO_PAGE_S = 10.0  # after the run's end, for a browser that is still starting


class Run:
    """Followed: the verb live holds our standard input open while it runs."""

    def __init__(self, is_live: bool, is_followed: bool) -> None:
        self.is_live = is_live
        self.is_followed = is_followed
        self._ended = threading.Event()

    @property
    def has_ended(self) -> bool:
        return self._ended.is_set()

    def watch(self, fd: int, then: Callable[[], None]) -> None:
        """Calls `then` once the run has ended."""

        def wait() -> None:
            try:
                while os.read(fd, 4096):
                    pass
            except OSError:
                pass
            self._ended.set()
            then()

        threading.Thread(target=wait, daemon=True).start()
