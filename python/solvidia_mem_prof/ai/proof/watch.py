"""Whether a file is opened during a run: tells that the changed copy was used."""

import ctypes
import os
import sys
from typing import Optional

IN_OPEN = 0x20
IN_NONBLOCK = os.O_NONBLOCK
IN_CLOEXEC = os.O_CLOEXEC


class Watch:
    """opened() is None where the system can't tell."""

    def __init__(self, path: str) -> None:
        self._fd = -1
        if not sys.platform.startswith("linux"):
            return
        try:
            libc = ctypes.CDLL(None, use_errno=True)
            self._fd = libc.inotify_init1(IN_NONBLOCK | IN_CLOEXEC)
            name = os.fsencode(path)
            if self._fd >= 0 and libc.inotify_add_watch(self._fd, name, IN_OPEN) < 0:
                self.close()
        except (OSError, AttributeError):
            self.close()

    def opened(self) -> Optional[bool]:
        if self._fd < 0:
            return None
        try:
            return bool(os.read(self._fd, 4096))
        except BlockingIOError:
            return False
        except OSError:
            return None

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1
