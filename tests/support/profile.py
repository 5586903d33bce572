"""Reads a profile: the one place of these tests that knows its field names."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass

CPU = ("python", "native", "system")


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int  # its place in the list, or None
    status: int  # exit code, or -signal; None: not known
    recording: str
    note: str


@dataclass(frozen=True)
class Frame:
    file: str
    function: str
    line: int


@dataclass(frozen=True)
class Sample:
    thread: int
    stack: tuple  # of Frame, outermost first
    kind: str
    count: int
    seconds: float


class Profile:
    """A profile's JSON, asked in the tests' words."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.json = json.load(file)
        self.ledger = self.json["ledger"]

    def processes(self):
        return [
            Process(p["pid"], p["parent"], p["exit_status"], p["recording"], p["note"])
            for p in self.json["processes"]
        ]

    def threads(self):
        return self.json["threads"]

    def elapsed_s(self):
        return self.json["elapsed_time_sec"]

    def frames(self):
        facts = self.json["facts"]
        strings, functions, frames = (facts[k] for k in ("strings", "functions", "frames"))
        paths = [strings[file["path"]] for file in facts["files"]]
        for function, line in zip(frames["function"], frames["line"]):
            file = paths[functions["file"][function]]
            yield Frame(file, strings[functions["name"][function]], line)

    def stacks(self):
        """Every stack as a tuple of frames, outermost first."""
        table = self.json["facts"]["stacks"]
        frames = list(self.frames())
        stacks = [()]
        for parent, frame in list(zip(table["parent"], table["frame"]))[1:]:
            stacks.append((*stacks[parent], frames[frame]))
        return stacks

    def samples(self):
        facts = self.json["facts"]
        table, stacks = facts["samples"], self.stacks()
        columns = ("thread", "stack", "kind", "count", "seconds")
        for thread, stack, kind, count, seconds in zip(*(table[c] for c in columns)):
            name = facts["kinds"][kind]
            yield Sample(thread, stacks[stack], name, count, seconds)

    def cpu(self):
        """CPU seconds of the whole: {"python": s, "native": s, "system": s}."""
        return cost(self.json)

    def file(self, name):
        """The file entry whose path ends with this name; None: not there."""
        entries = self.json["files"].items()
        return next((e for path, e in entries if path.endswith(name)), None)

    def lines(self, name):
        """{line: CPU seconds by kind} of the file with this name."""
        entry = self.file(name) or {"lines": []}
        return {line["lineno"]: cost(line) for line in entry["lines"]}

    def waits(self, name):
        """{line: {kind: seconds}} of the main thread's waiting in that file."""
        entry = self.file(name) or {"lines": []}
        return {line["lineno"]: line.get("wait", {}) for line in entry["lines"]}

    def functions(self, name):
        """{function: CPU seconds charged to its own lines} of the file."""
        entry = self.file(name) or {"functions": []}
        return {f["line"]: sum(cost(f).values()) for f in entry["functions"]}

    def cpu_by_thread(self):
        """CPU seconds by kind that samples give to each thread."""
        threads = defaultdict(Counter)
        for sample in self.samples():
            if sample.kind in CPU:
                threads[sample.thread][sample.kind] += sample.seconds
        return threads

    def wait(self):
        """The main thread's waiting: {kind: seconds}."""
        return self.json["wait"]

    def count(self):
        """Measurements behind the CPU seconds of the whole."""
        return self.json["cpu_count"]


def cost(entry):
    return {kind: entry.get(f"cpu_{kind}_s", 0.0) for kind in CPU}
