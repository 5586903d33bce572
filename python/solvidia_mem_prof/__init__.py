"""A profiler for Python programs that nobody changed.

Run a program under it with ``solvidia-mem-prof prog.py`` or
``python3 -m solvidia-mem-prof prog.py``. What is imported from here costs
nothing in a program that runs without the profiler.
"""

from . import solvidia_mem_prof_profiler
from ._api import (
    enable_profiling,
    is_active,
    mark,
    profile,
    region,
    snapshot,
    start,
    stop,
)
from ._version import __version__

__all__ = [
    "__version__",
    "enable_profiling",
    "is_active",
    "mark",
    "profile",
    "region",
    "snapshot",
    "solvidia_mem_prof_profiler",
    "start",
    "stop",
]


def load_ipython_extension(shell):
    """%load_ext solvidia_mem_prof"""
    from solvidia_mem_prof._magics import load

    load(shell)


def unload_ipython_extension(shell):
    from solvidia_mem_prof._magics import unload

    unload(shell)
