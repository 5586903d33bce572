"""Instructions that the recorder adds to a program by being there, without noise.

    python3 bench/instructions.py [--tool PATH] [--python PATH] [--only NAMES]

callgrind (the Debian package valgrind) counts the program's process. A workload runs
ROUNDS and then 3 ROUNDS times, so that start and end cancel out. Next to no samples are
taken: what those cost is in cpu.py.
"""
import os
import re
import tempfile

import measure
import setting

ROUNDS = 15
# One round of each, a few million instructions; `data` and imports are made before.
WORKLOADS = {
    "Python loop": "for i in range(40000): x = i * 3 % 7",
    "calls": "def f(a, b=2): return a + b\nfor i in range(20000): f(i)",
    "objects made and dropped": "for i in range(20000): Point(i, i)",
    "list growth": "l = []\nfor i in range(30000): l.append(i)",
    "dict growth": "d = {}\nfor i in range(15000): d[i] = i",
    "floats": "x = 0.5\nfor i in range(30000): x = x * 1.5 - x * 0.5",
    "strings": "s = ''.join(str(i) for i in range(5000)).split('9')",
    "json": "json.loads(json.dumps(data))",
    "pickle": "pickle.loads(pickle.dumps(data))",
    "decimal": "x = Decimal(1)\nfor i in range(1500): x = x * 3 / 7 + i",
    "bytes of 2 kB": "for i in range(5000): bytes(2000)",
    "bytes of 100 kB": "for i in range(300): bytes(100000)",
}
PROGRAM = """
import json, pickle, sys
from decimal import Decimal
class Point:
    def __init__(self, x, y): self.x, self.y = x, y
data = [{{"a": i, "b": [str(i)] * 5, "c": {{"x": i * 1.5}}}} for i in range(200)]
def round_of():
    {code}
for _ in range(int(sys.argv[1])): round_of()
"""
QUIET = ["--cpu-sampling-rate", "10", "--json", "-o", "{folder}/p.json"]
MODES = {
    "dormant": ["--dormant"],
    "off": ["--off", *QUIET],
    "time": ["--cpu-only", *QUIET],
    "time and memory": ["--allocation-sampling-window", "1000000000", *QUIET],
}


def counted(prefix, python, folder, rounds):
    words = [*prefix, "valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/calls",
             python, "-I", f"{folder}/prog.py", str(rounds)]
    return int(re.search(r"Collected : (\d+)", measure.run(words)["said"]).group(1))


def marginal(prefix, python, folder):
    return (counted(prefix, python, folder, 3 * ROUNDS) -
            counted(prefix, python, folder, ROUNDS))


def one(chosen, code):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "prog.py"), "w") as file:
            file.write(PROGRAM.format(code=code.replace("\n", "\n    ")))
        bare = marginal([], chosen.python, folder)
        found = {"bare": bare}
        for mode, options in MODES.items():
            prefix = [chosen.tool, *(word.format(folder=folder) for word in options)]
            found[mode] = marginal(prefix, chosen.python, folder) / bare
    return found


def main():
    parser = setting.options(__doc__.splitlines()[0], rounds=1)
    parser.add_argument("--only", help="workloads, by comma")
    chosen = setting.parse(parser)
    names = chosen.only.split(",") if chosen.only else WORKLOADS
    found = {}
    for name in names:
        found[name] = one(chosen, WORKLOADS[name])
        measure.say(f"{name}: {measure.percent(found[name]['time and memory'])}")
    rows = [[name, *(measure.percent(row[mode]) for mode in MODES)]
            for name, row in found.items()]
    means = [measure.percent(measure.geometric_mean([row[mode] for row in found.values()]))
             for mode in MODES]
    text = measure.table(["workload", *MODES], [*rows, ["**geometric mean**", *means]])
    setting.keep(chosen, "instructions", found, text)


if __name__ == "__main__":
    main()
