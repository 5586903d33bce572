"""Memory that profiling adds to a program's process, and whether it grows.

    python3 bench/memory.py [--tool PATH] [--python PATH] [--rounds 3]
"""
import os
import tempfile

import measure
import setting

MARKS = ("1", "5", "20")  # seconds since the program's start
FIELDS = ("VmRSS", "VmHWM", "RssAnon", "RssShmem")
WORK = os.path.join(measure.HERE, "workloads", "busy.py")


def one(prefix, folder):
    result = os.path.join(folder, "memory.json")
    measure.run([*prefix, WORK, result, *MARKS])
    return measure.read_json(result)


def pairs(chosen):
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        ours = setting.profiled(chosen, chosen.python, os.path.join(folder, "p.json"))
        for _ in range(chosen.rounds):
            rows.append((one([chosen.python], folder), one(ours, folder)))
    return rows


def reduce(rows):
    """Median added bytes: mark -> field -> bytes."""
    keys = rows[0][0].keys()
    return {mark: {field: measure.median([after[mark][field] - before[mark][field]
                                          for before, after in rows])
                   for field in FIELDS} for mark in keys}


def markdown(added):
    rows = [[f"{float(mark):.0f} s", *(f"{values[f] / 2**20:+.2f}" for f in FIELDS)]
            for mark, values in added.items()]
    return measure.table(["after", *(f"{f}, MiB added" for f in FIELDS)], rows)


def main():
    chosen = setting.parse(setting.options(__doc__.splitlines()[0], rounds=3))
    rows = pairs(chosen)
    added = reduce(rows)
    setting.keep(chosen, "memory", {"added": added, "rows": rows}, markdown(added))


if __name__ == "__main__":
    main()
