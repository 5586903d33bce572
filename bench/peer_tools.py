"""The profilers that are compared: how each is run, and how its output is read.

Every reader gives samples: (stack, seconds or counts, kind). A stack is a list of
(file, function, line), outermost first; line is None where the tool has none, kind
is "cpu", "wait", "python" or "native", as much as the tool tells.
"""
import json
import os
import pstats
import re


class Tool:
    package = None  # on PyPI
    lines = True
    kinds = False  # tells Python from native
    seconds = True  # weights are seconds
    suffix = ".out"

    def __init__(self, chosen, python):
        self.chosen, self.python = chosen, python
        self.bin = os.path.dirname(python)


class Ours(Tool):
    name, kinds, suffix = "solvidia-mem-prof", True, ".json"

    def command(self, out):
        return [self.chosen.tool, "--json", "--outfile", out, "--python", self.python]

    def read(self, out):
        with open(out) as file:
            facts = json.load(file)["facts"]
        named = {"python": "python", "native": "native", "system": "cpu", "sleep": "wait"}
        told = facts["samples"]
        for stack, kind, seconds in zip(told["stack"], told["kind"], told["seconds"]):
            kind = named.get(facts["kinds"][kind])
            if kind:
                yield list(self.stack(facts, stack))[::-1], seconds, kind

    @staticmethod
    def stack(facts, at):
        strings, functions, frames = facts["strings"], facts["functions"], facts["frames"]
        while at is not None and at > 0:
            frame = facts["stacks"]["frame"][at]
            function = frames["function"][frame]
            file = functions["file"][function]
            path = strings[facts["files"][file]["path"]] if file is not None else ""
            yield path, strings[functions["name"][function]], frames["line"][frame]
            at = facts["stacks"]["parent"][at]


class PySpy(Tool):
    name, package, seconds = "py-spy", "py-spy", False

    def command(self, out):
        return [os.path.join(self.bin, "py-spy"), "record", "-f", "raw", "-o", out,
                "--", self.python]

    def read(self, out):
        for line in open(out):
            stack, _, count = line.rstrip().rpartition(" ")
            frames = re.findall(r"(?:^|;)([^;]*?) \(([^;]*?):(\d+)\)", stack)
            yield [(file, name, int(n)) for name, file, n in frames], int(count), "cpu"


class Austin(Tool):
    name, package = "austin", "austin-dist<4"  # 4 needs a newer libc than Debian 12's

    def command(self, out):
        return [os.path.join(self.bin, "austin"), "-o", out, self.python]

    def read(self, out):
        for line in open(out):
            stack, _, micros = line.rstrip().rpartition(" ")
            parts = [part.rsplit(":", 2) for part in stack.split(";")[2:]]
            if stack.startswith("P") and micros.isdigit():
                yield [(p[0], p[1], int(p[2])) for p in parts
                       if len(p) == 3 and p[2].isdigit()], \
                    int(micros) * 1e-6, "cpu"


class Pyinstrument(Tool):
    name, package, lines = "pyinstrument", "pyinstrument", False

    def command(self, out):
        return [self.python, "-m", "pyinstrument", "-r", "json", "-o", out]

    def read(self, out):
        with open(out) as file:
            yield from self.walk(json.load(file)["root_frame"], [])

    def walk(self, frame, above):
        stack = above + [(frame["file_path"] or "", frame["function"], None)]
        rest = frame["time"]
        for child in frame["children"]:
            rest -= child["time"]
            yield from self.walk(child, stack)
        yield stack, rest, "cpu"


class CProfile(Tool):
    name, lines = "cProfile", False

    def command(self, out):
        return [self.python, "-m", "cProfile", "-o", out]

    def read(self, out):
        for (file, _, name), row in pstats.Stats(out).stats.items():
            if file != "~":
                yield [(file, name, None)], row[2], "cpu"
                continue
            for (caller, _, function), part in row[4].items():
                yield [(caller, function, None), ("~", name, None)], part[2], "cpu"


class Scalene(Tool):
    name, package, kinds, suffix = "Scalene --cpu-only", "scalene", True, ".json"

    def command(self, out):
        return [self.python, "-m", "scalene", "run", "--cpu-only", "-o", out]

    def read(self, out):
        with open(out) as file:
            profile = json.load(file)
        scale = profile["elapsed_time_sec"] / 100
        for path, told in profile["files"].items():
            names = {f["lineno"]: f["line"] for f in told["functions"]}
            for row in told["lines"]:
                name = names.get(row["start_function_line"], "<module>")
                at = [(path, name, row["lineno"])]
                yield at, row["n_cpu_percent_python"] * scale, "python"
                yield at, row["n_cpu_percent_c"] * scale, "native"
                yield at, row["n_sys_percent"] * scale, "wait"


TOOLS = (Ours, PySpy, Austin, Pyinstrument, CProfile, Scalene)
PACKAGES = [t.package for t in TOOLS if t.package]
