"""What the tests' figures say: the summary in the terminal, and the JSON file."""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, List, Set, Tuple

import pytest

from ._pytest_limits import place, seconds, size
from ._version import __version__

Test = Dict[str, Any]
Column = Tuple[str, Callable[[Test], str]]


def _kind(name: str) -> Callable[[Test], str]:
    return lambda test: seconds(test[name]) if name in test else ""


def _bytes(name: str) -> Callable[[Test], str]:
    """Nothing where the figure is no more than its error."""
    error = name.replace("_bytes", "_error")

    def text(test: Test) -> str:
        value = test.get(name, 0)
        return size(value) if value > test.get(error, 0) else ""

    return text


TIME: List[Column] = [
    ("elapsed", lambda test: seconds(test["elapsed_s"])),
    ("CPU", lambda test: seconds(test["cpu_s"])),
    ("Python", _kind("cpu_python_s")),
    ("native", _kind("cpu_native_s")),
    ("system", _kind("cpu_system_s")),
    ("wait", lambda test: seconds(test["wait_s"])),
]
MEMORY: List[Column] = [
    ("peak", _bytes("peak_bytes")),
    ("allocated", _bytes("alloc_bytes")),
    ("left", _bytes("live_bytes")),
]


def _most(test: Test, which: str) -> str:
    """The line with the most of a figure."""
    lines = [line for line in test["lines"] if line[which] > 0]
    return place(max(lines, key=lambda line: line[which])) if lines else ""


class Reporter:
    """Of the process that the person started; with xdist that of the workers'
    reports."""

    def __init__(self, config: pytest.Config) -> None:
        self.top = config.getoption("smp_top")
        self.path = config.getoption("smp_json")
        self.tests: List[Test] = []
        self.notes: Set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        figures = getattr(report, "smp_figures", None)
        if figures is not None:
            test = {"nodeid": report.nodeid, "outcome": report.outcome}
            self.tests.append({**test, **figures})

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: Any) -> None:
        self._note(getattr(node, "workeroutput", {}).get("smp_why", ""))

    def _note(self, why: str) -> None:
        if why:
            self.notes.add(f"memory and kinds of time were not measured: {why}")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        measurer = session.config.pluginmanager.get_plugin("smp-measurer")
        if measurer is not None:
            self._note(measurer.why)
        if not self.path:
            return
        content = {
            "format": "solvidia-mem-prof tests",
            "schema_version": 1,
            "version": __version__,
            "notes": sorted(self.notes),
            "tests": self.tests,
        }
        try:
            with open(self.path, "w", encoding="utf-8") as file:
                json.dump(content, file, indent=1)
                file.write("\n")
        except OSError as error:
            self.notes.add(f"can't write {self.path}: {error.strerror}")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        write = terminalreporter.write_line
        if not self.tests and not self.notes:
            return
        terminalreporter.section("solvidia-mem-prof")
        for note in sorted(self.notes):
            write(note)
        self._table(write, "slowest", TIME, "elapsed_s", "cpu_s")
        if any("peak_bytes" in test for test in self.tests):
            self._table(write, "hungriest", MEMORY, "peak_bytes", "at_peak_bytes")

    def _table(
        self, write: Any, title: str, columns: List[Column], key: str, line: str
    ) -> None:
        """The tests with the most of a figure, and the line that has most of it."""
        tests = sorted(self.tests, key=lambda test: -test.get(key, 0))[: self.top]
        rows = [[how(test) for _, how in columns] for test in tests]
        names = [name for name, _ in columns]
        widths = [max(map(len, cells)) for cells in zip(names, *rows)]
        head = "  ".join(f"{name:>{w}}" for name, w in zip(names, widths))
        write(f"{head}  {title} tests")
        for test, row in zip(tests, rows):
            cells = "  ".join(f"{cell:>{w}}" for cell, w in zip(row, widths))
            write(f"{cells}  {test['nodeid']}")
            most = _most(test, line)
            if most:
                write(" " * (len(head) + 4) + most)
