"""A profiler for Python programs that nobody changed.

Run a program under it with ``solvidia-mem-prof prog.py`` or
``python3 -m solvidia-mem-prof prog.py``. What is imported from here costs
nothing in a program that runs without the profiler.
"""

from ._api import Profiler, profile, solvidia_mem_prof_profiler
from ._version import __version__

__all__ = ["Profiler", "__version__", "profile", "solvidia_mem_prof_profiler"]


def load_ipython_extension(shell):
    """%load_ext solvidia_mem_prof"""
    from solvidia_mem_prof._magics import load

    load(shell)


def unload_ipython_extension(shell):
    from solvidia_mem_prof._magics import unload

    unload(shell)
