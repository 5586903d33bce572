"""What programs may call; outside of a profiled run nothing happens."""

from typing import TypeVar

_T = TypeVar("_T")


def profile(function: _T) -> _T:
    """Marks a function for the profiler; returns it unchanged."""
    return function


class Profiler:
    """Switches profiling on and off from inside the program."""

    def start(self) -> None:
        """Begins to measure. Without effect in this version."""

    def stop(self) -> None:
        """Stops measuring. Without effect in this version."""


solvidia_mem_prof_profiler = Profiler()
