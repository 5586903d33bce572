"""Profiles a process that nobody started under the profiler: loads the recorder
into it and starts a collector beside it.

    with Recording(["--cpu-only"]) as recording: ...
    recording.save("profile.json")

The recorder stays in the process for ever, asleep between recordings.
"""

import atexit
import os
import subprocess
import tempfile
from typing import Any, Dict, List, Optional

from . import _bridge
from ._options import launcher

LIBRARY = "librecorder.so"

CALLS = ("session", "join", "leave", "request")

# What solvidia_mem_prof_late returns (src/base/status.h).
REASONS = {
    -3: "this interpreter hides a symbol that is needed",
    -6: "this interpreter is built in a way that can't be read",
    -7: "this Python version is not supported: CPython 3.11 to 3.13 are",
    -11: "another recorder, or an audit hook that lets no other in, is here",
}


class Unavailable(Exception):
    """Why this process can't be profiled: one line."""


def library() -> str:
    """The recorder's path: in the package, or beside the executable."""
    package = os.path.dirname(os.path.abspath(__file__))
    beside = os.path.dirname(os.path.realpath(launcher()))
    for place in (package, beside):
        path = os.path.join(place, LIBRARY)
        if os.path.isfile(path):
            return path
    raise Unavailable(f"{LIBRARY} is not where pip put it: install it again")


def _load_library() -> None:
    try:
        import ctypes
    except ImportError:
        raise Unavailable("this Python has no ctypes, which is needed here") from None
    try:
        late = ctypes.PyDLL(library()).solvidia_mem_prof_late
    except (OSError, AttributeError) as error:
        raise Unavailable(f"the recorder can't be loaded: {error}") from None
    late.restype = ctypes.c_int
    status = late()
    if status:
        raise Unavailable(REASONS.get(status, f"the recorder can't start ({status})"))


def load() -> Dict[str, Any]:
    """The recorder's calls; loads it where it is not here. Unavailable says why
    that can't be."""
    calls = _bridge.find()
    if calls is None:
        _load_library()
        calls = _bridge.find()
    if calls is None:
        raise Unavailable("the recorder does not answer")
    if not all(name in calls for name in CALLS):
        raise Unavailable("the recorder in this process is of another version")
    return calls


class Recording:
    """What this process does between begin and end. Any number of them, one
    after the other."""

    def __init__(self, measure: Optional[List[str]] = None) -> None:
        self.measure = measure or []
        self.collector: Optional["subprocess.Popen[str]"] = None
        self.path = ""
        self.said: List[str] = []  # by the collector: a line each

    def begin(self) -> None:
        calls = load()
        if calls["session"]():
            raise Unavailable("this process is being profiled already")
        handle, self.path = tempfile.mkstemp(".json", "solvidia-mem-prof-")
        os.close(handle)
        self.errors = tempfile.TemporaryFile("w+")
        # A session of its own, so that Ctrl-C does not reach it. It ends when it
        # is told to, or when its standard input closes: with this process and
        # those that it forked.
        self.collector = subprocess.Popen(
            [launcher(), "collect", "--allocation-sampling-window", "65536", *self.measure],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            start_new_session=True,
        )
        assert self.collector.stdout is not None
        words = self.collector.stdout.readline().split()
        try:
            session = int(words[1], 16)
        except (IndexError, ValueError):
            self._give_up()
        if not calls["join"](session):
            self._give_up()
        self.pid = os.getpid()
        atexit.register(self._at_exit)

    def _give_up(self) -> None:
        why = self._close()
        self.forget()
        raise Unavailable(why or "the collector did not start")

    def _close(self) -> str:
        """Ends the collector; the first thing that it had to say."""
        assert self.collector is not None
        self.collector.communicate()
        self.errors.seek(0)
        lines = self.errors.read().splitlines()
        self.errors.close()
        self.said = [line.partition(": ")[2] or line for line in lines]
        return self.said[0] if self.said else ""

    def _at_exit(self) -> None:
        """Nobody asked for the profile: nothing of it stays."""
        if os.getpid() == self.pid:
            self.end()
            self.forget()

    def end(self) -> None:
        """Stops; the profile's JSON is in `path` then."""
        atexit.unregister(self._at_exit)
        calls = load()
        first, _, _ = calls["request"]("END", self.path).partition("\n")
        calls["leave"]()
        why = self._close()
        if first != "ok":
            self.forget()
            raise Unavailable(why or first.partition(": ")[2])

    def forget(self) -> None:
        """Removes the profile's file."""
        if self.path and os.path.exists(self.path):
            os.unlink(self.path)
