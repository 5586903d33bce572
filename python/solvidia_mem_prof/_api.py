"""What programs may call; outside of a profiled run nothing happens."""

import os
from contextlib import ContextDecorator
from typing import Any, Optional, TypeVar, Union

from . import _bridge
from ._region import region

__all__ = [
    "enable_profiling",
    "is_active",
    "mark",
    "profile",
    "region",
    "snapshot",
    "start",
    "stop",
]

_T = TypeVar("_T")


def _profile(function: _T) -> _T:
    """Marks a function or class for the profiler; returns it unchanged. Where one
    is marked the report shows only those that are."""
    select = _bridge.get("select")
    return select(function) if select else function


# The recorder's own has no frame of its own: cheaper, and the same as the builtin.
profile = _bridge.get("select") or _profile


def start() -> bool:
    """Measures from here on (a program that was started with --off, say). True
    where this process is profiled."""
    call = _bridge.get("start")
    return bool(call and call())


def stop() -> bool:
    """Measures no more, until start(). True where this process is profiled."""
    call = _bridge.get("stop")
    return bool(call and call())


def is_active() -> bool:
    """True while this process is measured."""
    call = _bridge.get("is_active")
    return bool(call and call())


def mark(text: str) -> None:
    """Notes a text on the profile's timeline, at this instant."""
    call = _bridge.get("mark")
    if call:
        call(text)


SNAPSHOT_FILE = "profile.json"


def _ask_snapshot(path: str) -> bool:
    """Has the collector write the run so far there, as JSON; False: not profiled."""
    request = _bridge.get("request")
    if request is None or not _bridge.found["session"]():  # type: ignore[index]
        return False
    first = request("SNAPSHOT", path).partition("\n")[0]
    if first != "ok":
        raise OSError(first.partition("error: ")[2] or first)
    return True


def snapshot(path: Union[str, "os.PathLike[str]", None] = None) -> Optional[str]:
    """Writes a report of the run so far, all its processes; the program goes on.
    Returns the report's path, or None where this process is not profiled. How the
    path ends says what is written: .json (profile.json without a path), .html, ..."""
    place = os.path.abspath(os.fspath(SNAPSHOT_FILE if path is None else path))
    if place.endswith(".json"):
        return place if _ask_snapshot(place) else None
    import tempfile

    from ._display import save
    from ._options import OptionError

    with tempfile.TemporaryDirectory(prefix="solvidia-mem-prof-") as folder:
        whole = os.path.join(folder, SNAPSHOT_FILE)
        if not _ask_snapshot(whole):
            return None
        try:
            save(whole, place)
        except OptionError as error:
            raise OSError(str(error)) from None
    return place


class enable_profiling(ContextDecorator):
    """Measures within: ``with enable_profiling(): ...``, or as a decorator. What
    was on before stays on after."""

    def __init__(self) -> None:
        self._was_on = []  # type: list[bool]

    def __enter__(self) -> "enable_profiling":
        self._was_on.append(is_active())
        start()
        return self

    def __exit__(self, *exception: Any) -> None:
        if not self._was_on.pop():
            stop()
