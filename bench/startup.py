"""What profiling adds to `python -c pass`: instructions, and time.

    python3 bench/startup.py [--tool PATH] [--python PATH] [--rounds 30]

Instructions are those of the program's own process, counted by callgrind (the
Debian package valgrind). Times are spans of a clock that all processes share.
"""
import os
import re
import shutil
import tempfile
import time

import measure
import setting

# Isolated from the bench's own environment: no user's site, no start-up file.
PASS = ["-I", "-c", "pass"]
FIRST = ["-I", "-c", "import sys, time; open(sys.argv[1], 'w').write(repr(time.monotonic()))"]
CALLGRIND_RUNS = 3


def instructions(command):
    """Counted in the process that `command` becomes under valgrind."""
    return min(int(re.search(r"Collected : (\d+)", measure.run(command)["said"]).group(1))
               for _ in range(CALLGRIND_RUNS))


def valgrind(python, out):
    return ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", python, *PASS]


def count(chosen):
    """None where there is no valgrind."""
    if not shutil.which("valgrind"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        words = valgrind(chosen.python, os.path.join(folder, "calls"))
        profile = os.path.join(folder, "profile.json")
        bare = instructions(words)
        added = instructions([chosen.tool, "--json", "--outfile", profile, *words])
        recorded = measure.read_json(profile)["processes"]
    if not recorded:
        raise measure.Failed("the recorder was asleep under valgrind")
    return {"bare": bare, "profiled": added, "ratio": added / bare}


def span(prefix):
    """Seconds from the command's start to its program's first statement."""
    with tempfile.TemporaryDirectory() as folder:
        mark = os.path.join(folder, "mark")
        start = time.monotonic()
        measure.run([*prefix, *FIRST, mark])
        with open(mark) as file:
            return float(file.read()) - start


def times(chosen):
    bare = [chosen.python]
    with tempfile.TemporaryDirectory() as folder:
        ours = setting.profiled(chosen, chosen.python, os.path.join(folder, "p.json"),
                                chosen.python)
        rows = [{"first": [span(bare), span(ours)],
                 "whole": [measure.run([*bare, *PASS])["wall_s"],
                           measure.run([*ours, *PASS])["wall_s"]]}
                for _ in range(chosen.rounds)]
    return {what: {"bare_ms": 1e3 * measure.median([r[what][0] for r in rows]),
                   "profiled_ms": 1e3 * measure.median([r[what][1] for r in rows]),
                   "added_ms": 1e3 * measure.median([r[what][1] - r[what][0] for r in rows]),
                   "least_ms": 1e3 * (min(r[what][1] for r in rows) -
                                      min(r[what][0] for r in rows)),
                   "rows_s": [r[what] for r in rows]}
            for what in ("first", "whole")}


def markdown(counted, timed):
    rows = []
    if counted:
        rows.append(["instructions of the program's process", f"{counted['bare']:,}",
                     f"{counted['profiled']:,}", measure.percent(counted["ratio"]), ""])
    for what, name in (("first", "start to the first statement, ms"),
                       ("whole", "start to the command's end, report written, ms")):
        t = timed[what]
        rows.append([name, f"{t['bare_ms']:.1f}", f"{t['profiled_ms']:.1f}",
                     f"{t['added_ms']:+.1f}", f"{t['least_ms']:+.1f}"])
    return measure.table(["`python -c pass`", "bare", "profiled", "added (median of pairs)",
                          "added (minima)"], rows)


def main():
    chosen = setting.parse(setting.options(__doc__.splitlines()[0], rounds=30))
    counted, timed = count(chosen), times(chosen)
    setting.keep(chosen, "startup", {"instructions": counted, "times": timed},
                 markdown(counted, timed))


if __name__ == "__main__":
    main()
