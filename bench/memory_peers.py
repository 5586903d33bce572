"""Memory profilers beside each other: cost, size of the result, distance from the truth.

    python3 bench/memory_peers.py [--tool PATH] [--python PATH] [--rounds 3]

Each program keeps a known number of bytes on each of its marked lines, up to its end;
each tool is asked what these lines have at the peak.
"""
import json
import os
import re
import subprocess
import tempfile
import time

import measure
import setting
import truths

PACKAGES = ["memray", "scalene", "filprofiler"]

_TURNS = """
kept = []
for _ in range(200):
    kept.append(bytearray(900_000))  # mark large
    kept.append(bytearray(150_000))  # mark small
"""

_SMALL = """
floats, blobs = [None] * 2_000_000, [None] * 900_000
def keep():
    for i in range(2_000_000):
        floats[i] = i + 0.5  # mark floats
    for i in range(900_000):
        blobs[i] = bytes(23)  # mark blobs
keep()
"""

_CHURN = """
class Point:
    __slots__ = ("x", "y")
def work():
    for i in range(3_000_000):
        p = Point()
        p.x = (i, i + 1)
        p.y = [i]
work()
"""

# name: (source, bytes kept by mark)
PROGRAMS = {
    "900 kB and 150 kB in turn": (_TURNS, {"large": 180e6, "small": 30e6}),
    "small objects, 98 MB": (_SMALL, {"floats": 48e6, "blobs": 50.4e6}),
    "churn of small objects": (_CHURN, {}),
}

_TRACEMALLOC = """
import runpy, sys, tracemalloc
tracemalloc.start()
kept = runpy.run_path(sys.argv[2], run_name="__main__")
tracemalloc.take_snapshot().dump(sys.argv[1])
"""

_READ_TRACEMALLOC = """
import json, sys, tracemalloc
rows = tracemalloc.Snapshot.load(sys.argv[1]).statistics("lineno")
print(json.dumps([[r.traceback[0].filename, r.traceback[0].lineno, r.size] for r in rows]))
"""

_READ_MEMRAY = """
import json, memray, sys
rows = []
for r in memray.FileReader(sys.argv[1]).get_high_watermark_allocation_records():
    stack = r.stack_trace(max_stacks=1)
    rows.append([stack[0][1], stack[0][2], r.size] if stack else ["", 0, r.size])
print(json.dumps(rows))
"""


class Tool:
    """`command(out)` comes before the program's path; `rows(out)` gives (file, line,
    bytes)."""
    suffix = ""

    def __init__(self, chosen, python):
        self.chosen, self.python = chosen, python
        self.bin = os.path.dirname(python)

    def ask(self, code, out):
        return json.loads(subprocess.check_output([self.python, "-c", code, out], text=True))


class Bare(Tool):
    name = "bare"

    def command(self, out):
        return [self.python]


class Ours(Tool):
    name = "solvidia-mem-prof"

    def command(self, out):
        return [self.chosen.tool, "--json", "--outfile", out, "--python", self.python]

    def rows(self, out):
        for path, told in measure.read_json(out)["files"].items():
            for row in told["lines"]:
                yield path, row["lineno"], row.get("peak_bytes", 0)


class Memray(Tool):
    name, options = "memray", []

    def command(self, out):
        return [self.python, "-m", "memray", "run", "-q", *self.options, "-o", out]

    def rows(self, out):
        return self.ask(_READ_MEMRAY, out)


class MemrayAggregate(Memray):
    name, options = "memray --aggregate", ["--aggregate"]


class MemrayObjects(Memray):
    name, options = "memray --trace-python-allocators", ["--trace-python-allocators"]


class Scalene(Tool):
    name, suffix = "Scalene (full)", ".json"

    def command(self, out):
        return [self.python, "-m", "scalene", "run", "-o", out]

    def rows(self, out):
        for path, told in measure.read_json(out)["files"].items():
            for row in told["lines"]:
                yield path, row["lineno"], row["n_peak_mb"] * 2**20


class Tracemalloc(Tool):
    name = "tracemalloc"

    def command(self, out):
        return [self.python, "-c", _TRACEMALLOC, out]

    def rows(self, out):
        return self.ask(_READ_TRACEMALLOC, out)


class Fil(Tool):
    name = "fil"

    def command(self, out):
        return [os.path.join(self.bin, "fil-profile"), "--no-browser", "-o", out, "run"]

    def rows(self, out):
        for folder, _, names in os.walk(out):
            if "peak-memory.prof" in names:
                with open(os.path.join(folder, "peak-memory.prof")) as file:
                    yield from self.parse(file)

    @staticmethod
    def parse(lines):
        for line in lines:
            stack, _, size = line.rstrip().rpartition(" ")
            frames = re.findall(r"([^;]*?):(\d+) \([^;]*\)", stack)
            if frames and size.isdigit():
                yield frames[-1][0], int(frames[-1][1]), int(size)


TOOLS = (Bare, Ours, Memray, MemrayAggregate, MemrayObjects, Scalene, Tracemalloc, Fil)


def size_of(path):
    if os.path.isdir(path):
        return sum(os.path.getsize(os.path.join(folder, name))
                   for folder, _, names in os.walk(path) for name in names)
    return os.path.getsize(path) if os.path.exists(path) else 0


def run(command, folder):
    """Seconds, CPU seconds with all descendants, and the most resident bytes of one
    process."""
    start = time.monotonic()
    with open(os.path.join(folder, "said"), "w") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said,
                                   stderr=said, env=measure.ENVIRONMENT, cwd=folder)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise measure.Failed(f"exit {process.returncode}: {command}")
    return {"wall_s": time.monotonic() - start, "cpu_s": used.ru_utime + used.ru_stime,
            "rss": used.ru_maxrss * 1024}


def errors(tool, out, program, source, truth):
    """Per cent from the truth, the worst line."""
    marked, found = truths.marks(source), dict.fromkeys(truth, 0)
    for path, line, size in tool.rows(out):
        name = marked.get(line)
        if os.path.basename(path) == os.path.basename(program) and name in found:
            found[name] += size
    return max(100 * abs(found[name] / true - 1) for name, true in truth.items())


def trial(tool, source, truth):
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "program.py")
        out = os.path.join(folder, "out" + tool.suffix)
        with open(program, "w") as file:
            file.write(source)
        try:
            found = run([*tool.command(out), program], folder)
            found["bytes"] = size_of(out)
            if truth and not isinstance(tool, Bare):
                found["error"] = errors(tool, out, program, source, truth)
            return found
        except (measure.Failed, OSError, ValueError, KeyError,
                subprocess.CalledProcessError) as failure:
            measure.say(f"{tool.name}: {failure}")
            return None


def rounds(tools, chosen):
    """program -> tool -> runs, all tools in each round."""
    found = {name: {tool.name: [] for tool in tools} for name in PROGRAMS}
    for name, (source, truth) in PROGRAMS.items():
        for _ in range(chosen.rounds):
            for tool in tools:
                found[name][tool.name].append(trial(tool, source, truth))
        measure.say(f"{name} done")
    return found


def cells(runs, bare):
    good = [one for one in runs if one]
    if not good:
        return ["failed"] * 4

    def least(key, of=good):
        return min(one[key] for one in of)

    error = [one["error"] for one in good if "error" in one]
    return [f"{least('wall_s') / least('wall_s', bare):.2f}",
            f"{(least('rss') - least('rss', bare)) / 2**20:+.0f}",
            f"{least('bytes') / 1000:.0f}",
            f"{measure.median(error):.1f} %" if error else "-"]


def markdown(tools, found):
    text = ""
    for name, by_tool in found.items():
        bare = [one for one in by_tool["bare"] if one]
        rows = [[tool.name, *cells(by_tool[tool.name], bare)] for tool in tools[1:]]
        text += f"\n{name}:\n\n" + measure.table(
            ["", "x times bare", "MiB resident added", "kB of result",
             "from the truth, worst line"], rows)
    return text


def main():
    chosen = setting.parse(setting.options(__doc__.splitlines()[0], rounds=3))
    python = setting.environment(chosen, "memory-peers", PACKAGES)
    tools = [make(chosen, python) for make in TOOLS]
    found = rounds(tools, chosen)
    setting.keep(chosen, "memory-peers", found, markdown(tools, found))


if __name__ == "__main__":
    main()
