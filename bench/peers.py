"""Other profilers on the same programs in the same session.

Wall-clock and CPU time of the whole command against the bare program; a sampler
that lives in another process counts with it. All of them come from PyPI into
the bench's venv; one that can't be installed or fails is left out, by name.
"""

import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import common
import pyperformance_programs as programs

PACKAGES = ["py-spy", "austin-dist", "pyinstrument", "scalene"]


def tools(options, python, out):
    """{name: argv -> argv}; argv begins with the python of the venv."""
    bin = Path(python).parent
    return {
        "bare": lambda argv: argv,
        "solvidia-mem-prof": common.profiled(options, out),
        "py-spy": lambda a: [bin / "py-spy", "record", "-r", "250", "-f", "raw", "-o", out, "--", *a],
        "austin": lambda a: [bin / "austin", "-i", "4000", "-o", out, *a],
        "pyinstrument": lambda a: [python, "-m", "pyinstrument", "-r", "json", "-o", out, *a[1:]],
        "cProfile": lambda a: [python, "-m", "cProfile", "-o", out, *a[1:]],
        "Scalene": lambda a: [python, "-m", "scalene", "run", "--cpu-only", "-o", out, "---", *a[1:]],
    }


def spent(argv):
    """(wall seconds, CPU seconds, exit code) of the whole command."""
    before, start = os.times(), time.perf_counter()
    argv = [str(word) for word in argv]
    quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    code = subprocess.run(argv, **quiet).returncode
    after = os.times()
    cpu = sum(after[2:4]) - sum(before[2:4])
    return time.perf_counter() - start, cpu, code


def compare(options, python, name, directory):
    """{tool: (wall ratio, CPU ratio)}; a tool that fails has None."""
    loops = programs.calibrate(python, name, options.seconds, common.timed)
    argv = programs.command(python, name, loops)
    out = str(Path(directory) / "out.json")
    found = {tool: [] for tool in tools(options, python, out)}
    for _ in range(options.rounds):
        for tool, wrap in tools(options, python, out).items():
            found[tool].append(spent(wrap(argv)))
    bare = [statistics.median(column) for column in zip(*found["bare"])]
    ratios = {}
    for tool, runs in found.items():
        middle = [statistics.median(column) for column in zip(*runs)]
        failed = any(code for _, _, code in runs)
        ratios[tool] = None if failed else (middle[0] / bare[0], middle[1] / bare[1])
    return ratios


def report(figures):
    names = list(next(iter(figures.values())))
    rows = []
    for program, ratios in figures.items():
        cells = [f"{r[0]:.2f} / {r[1]:.2f}" if (r := ratios[n]) else "failed" for n in names]
        rows.append([program, *cells])
    means = []
    for name in names:
        good = [ratios[name] for ratios in figures.values() if ratios[name]]
        pair = [common.geometric_mean(column) for column in zip(*good)]
        means.append(f"{pair[0]:.2f} / {pair[1]:.2f}" if good else "failed")
    rows.append(["geometric mean", *means])
    return common.table(["wall / CPU against bare", *names], rows)


def main():
    options = common.arguments(__doc__, rounds=3, seconds=2.0, programs=programs.DEFAULT)
    python = common.venv(options, programs.PACKAGES + PACKAGES)
    figures = {}
    with tempfile.TemporaryDirectory() as directory:
        for name in options.programs.split(","):
            figures[name] = compare(options, python, name, directory)
            print(name, figures[name], flush=True)
    common.publish("peers", options, figures, report(figures))


if __name__ == "__main__":
    main()
