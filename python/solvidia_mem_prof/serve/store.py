"""The profile's file: its bytes, a tag of them, and its parsed form when asked for."""

import hashlib
import json
import os
import re
import threading
from typing import Any, Dict, NamedTuple, Optional, Tuple

from ..ai.errors import Refused
from ..ai.facts import Facts

# Near the begin, as our writer has it: the whole need not be parsed at each look.
HEAD_BYTES = 64 << 10
RUNNING = re.compile(rb'"running": ?(true|false)')
PROFILE_LIMIT = 1 << 30  # bytes, as the native reader's


class Snapshot(NamedTuple):
    data: bytes
    tag: str
    version: int  # counts the changes of the file that were seen


class NotYet(Refused):
    """A run has not written it yet."""


class Store:
    def __init__(self, path: str, since_s: float = 0.0) -> None:
        """What the file held before `since_s` (Unix time) is of another run."""
        self.path = path
        self._since_ns = int(since_s * 1e9)
        self._lock = threading.RLock()
        self._stamp: Optional[Tuple[int, int, int]] = None
        self._snapshot = Snapshot(b"", "", 0)
        self._parsed: Optional[Tuple[str, Dict[str, Any], Facts]] = None

    def snapshot(self) -> Snapshot:
        """Refused where the file can't be read, NotYet where it is an old one."""
        with self._lock:
            try:
                info = os.stat(self.path)
                if info.st_mtime_ns < self._since_ns:
                    raise NotYet(f"profile {self.path}: not written yet")
                stamp = (info.st_ino, info.st_size, info.st_mtime_ns)
                if stamp != self._stamp:
                    self._read(info.st_size)
                    self._stamp = stamp
            except OSError as error:
                kind = NotYet if self._is_awaited(error) else Refused
                raise kind(f"profile {self.path}: {error.strerror}") from None
            return self._snapshot

    def _is_awaited(self, error: OSError) -> bool:
        missing = isinstance(error, FileNotFoundError)
        return self._since_ns > 0 and missing and not self._snapshot.version

    def _read(self, size: int) -> None:
        if size > PROFILE_LIMIT:
            raise Refused(f"profile {self.path}: too large")
        with open(self.path, "rb") as stream:
            data = stream.read(PROFILE_LIMIT + 1)
        tag = hashlib.sha256(data).hexdigest()[:32]
        if tag != self._snapshot.tag:
            self._snapshot = Snapshot(data, tag, self._snapshot.version + 1)

    def parsed(self) -> Tuple[Dict[str, Any], Facts]:
        with self._lock:
            snapshot = self.snapshot()
            if self._parsed is None or self._parsed[0] != snapshot.tag:
                profile = self.profile_of(snapshot)
                self._parsed = (snapshot.tag, profile, Facts(profile))
            return self._parsed[1], self._parsed[2]

    def says_running(self) -> bool:
        """Whether the profile says that its program runs still."""
        found = RUNNING.search(self.snapshot().data[:HEAD_BYTES])
        return found is not None and found.group(1) == b"true"

    @staticmethod
    def profile_of(snapshot: Snapshot) -> Dict[str, Any]:
        try:
            profile = json.loads(snapshot.data)
        except (ValueError, RecursionError):
            raise Refused("the profile is no whole JSON") from None
        if not isinstance(profile, dict):
            raise Refused("the profile is none of ours")
        return profile
