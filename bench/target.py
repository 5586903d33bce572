"""Runs one program as python would and writes what its process used, at exit.

    python target.py RESULT.json program.py arguments...

The figures are those of this process alone, so a profiler outside it is apart;
"run" is without the interpreter's own start.
"""
import atexit
import json
import os
import resource
import runpy
import sys
import time

START = time.monotonic()
START_CPU = time.process_time()


def write(path):
    used = resource.getrusage(resource.RUSAGE_SELF)
    with open(path, "w") as out:
        json.dump({"cpu_s": used.ru_utime + used.ru_stime,
                   "user_s": used.ru_utime, "system_s": used.ru_stime,
                   "run_cpu_s": used.ru_utime + used.ru_stime - START_CPU,
                   "run_wall_s": time.monotonic() - START,
                   "ended": time.monotonic()}, out)


if __name__ == "__main__":
    atexit.register(write, sys.argv[1])
    del sys.argv[0:2]
    sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))
    runpy.run_path(sys.argv[0], run_name="__main__")
