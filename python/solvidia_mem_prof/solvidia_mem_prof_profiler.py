"""On and off from inside the program, by the classic names:

from solvidia_mem_prof import solvidia_mem_prof_profiler

solvidia_mem_prof_profiler.start()
solvidia_mem_prof_profiler.stop()
"""

from ._api import enable_profiling, is_active, start, stop

__all__ = ["enable_profiling", "is_active", "start", "stop"]
