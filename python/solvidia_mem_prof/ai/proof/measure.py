"""Runs one command and writes what it took: a small process of its own.

    python -I -S measure.py RESULT COMMAND...

The system counts a process's peak memory from before exec on, so that the parent's
would be in it: this parent is small. RESULT gets JSON: exit (code, or minus the
signal), wall_s, cpu_s, peak_bytes; or error.
"""

import json
import os
import sys
import time


def run(command):
    start = time.perf_counter()
    try:
        pid = os.posix_spawnp(command[0], command, os.environ)
    except (OSError, ValueError) as error:
        return {"error": getattr(error, "strerror", None) or str(error)}
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    return {
        "exit": -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status),
        "wall_s": wall,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss * 1024,
    }


def main(words):
    result = run(words[1:])
    with open(words[0] + ".part", "w") as stream:
        json.dump(result, stream)
    os.replace(words[0] + ".part", words[0])


if __name__ == "__main__":
    main(sys.argv[1:])
