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


def snapshot(path: Union[str, "os.PathLike[str]", None] = None) -> Optional[str]:
    """Writes a report of the run so far and returns its path; None where this
    process is not profiled. The path ends in what the report is: .json or .html;
    without one the profiler chooses."""
    request = _bridge.get("request")
    if request is None:
        return None
    wanted = "" if path is None else os.path.abspath(os.fspath(path))
    answer = request("SNAPSHOT", wanted)
    first, _, rest = answer.partition("\n")
    if first.startswith("error: "):
        raise OSError(first[len("error: ") :])
    return rest.strip() or wanted or None


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
