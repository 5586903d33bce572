"""What the recorder adds to `python -c pass`: instructions and time.

Instructions are counted by valgrind's callgrind, which has to be installed;
times are medians of alternating runs: of the program as bash sees it, and of
the whole command, report included.
"""

import re
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import common

PASS = ["-c", "pass"]
CALLGRIND = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]


def instructions(argv):
    """Least of three runs: a random hash seed moves the count a little."""
    counts = []
    for _ in range(3):
        done = subprocess.run(argv, capture_output=True, text=True)
        counts.append(int(re.search(r"Collected : (\d+)", done.stderr)[1]))
    return min(counts)


def count_instructions(options, wrap):
    if not shutil.which("valgrind"):
        return None
    argv = [*CALLGRIND, options.python, *PASS]
    return {"bare": instructions(argv), "ours": instructions(wrap(argv))}


def whole(argv):
    start = time.perf_counter()
    subprocess.run(argv, check=True, capture_output=True)
    return time.perf_counter() - start


def times(options, wrap):
    """Medians in seconds: {what: (bare, ours)}."""
    argv = [options.python, *PASS]
    found = {"program, wall": ([], []), "program, CPU": ([], []), "whole command": ([], [])}
    for _ in range(options.rounds):
        for which, around in enumerate((lambda a: a, wrap)):
            run = common.timed(argv, around)
            found["program, wall"][which].append(run.wall_s)
            found["program, CPU"][which].append(run.cpu_s)
            found["whole command"][which].append(whole(around(argv)))
    return {k: tuple(map(statistics.median, pair)) for k, pair in found.items()}


def main():
    options = common.arguments(__doc__, rounds=40)
    with tempfile.TemporaryDirectory() as directory:
        wrap = common.profiled(options, Path(directory) / "profile.json")
        counts = count_instructions(options, wrap)
        found = times(options, wrap)
    rows = []
    if counts:
        added = 100 * (counts["ours"] / counts["bare"] - 1)
        rows.append(["instructions", f"{counts['bare']:,}", f"{counts['ours']:,}", f"{added:.2f} %"])
    for name, (bare, ours) in found.items():
        rows.append([name, f"{1e3 * bare:.1f} ms", f"{1e3 * ours:.1f} ms", f"{1e3 * (ours - bare):.1f} ms"])
    text = common.table(["python -c pass", "bare", "profiled", "added"], rows)
    common.publish("startup", options, {"instructions": counts, "seconds": found}, text)


if __name__ == "__main__":
    main()
