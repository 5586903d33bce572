"""Measures the tests that this process runs: exact times by the system's clocks,
their kinds and all of memory by the collector's windows."""

from __future__ import annotations

import gc
import json
import os
import sys
import sysconfig
import time
from typing import Any, Dict, Generator, List, Optional

import pytest

from . import _bridge, _pytest_limits
from ._late import Recording, Unavailable, load
from ._options import OptionError

TOP = 5  # lines of each figure, kept for a test

# A short test's figures may lie in what calls it: that is no line of the test's. A
# line of a library stands only for what has no frame of the program's own.
MACHINERY = tuple(
    os.path.dirname(os.path.realpath(sys.modules[name].__file__ or "")) + os.sep
    for name in (__package__, "_pytest", "pluggy")
)
LIBRARIES = tuple(
    os.path.realpath(path) + os.sep
    for key, path in sysconfig.get_paths().items()
    if key.endswith(("lib", "stdlib"))
)


def _own_lines(lines: List[Dict[str, Any]], test: str) -> List[Dict[str, Any]]:
    """Without those of what calls a test in this file. A test of an installed package
    has its own lines among the libraries'."""
    others = MACHINERY
    if not os.path.realpath(test).startswith(LIBRARIES):
        others += LIBRARIES
    return [
        line
        for line in lines
        if not line["file"].startswith("<frozen ")
        and not os.path.realpath(line["file"]).startswith(others)
    ]


def _share(figures: Dict[str, Any], cpu: float) -> None:
    """The kinds of CPU time are sampled, their sum is exact."""
    names = [f"cpu_{kind}_s" for kind in ("python", "native", "system")]
    total = sum(figures.get(name, 0) for name in names)
    for name in names:
        if not total:
            figures.pop(name, None)
        else:
            figures[name] *= cpu / total


class Measurer:
    def __init__(self, config: pytest.Config, worker: str) -> None:
        self.config = config
        self.profile = config.getoption("smp_profile")
        if self.profile and worker:
            stem, dot, end = self.profile.rpartition(".")
            self.profile = f"{stem or end}-{worker}{dot + end if stem else ''}"
        self.recording: Optional[Recording] = None
        self.why = ""  # why this process is not recorded
        self.figures: Optional[Dict[str, Any]] = None  # of the test that ran
        try:
            self._begin()
        except (Unavailable, OptionError, OSError) as error:
            self.why = str(error)

    def _begin(self) -> None:
        """Under the launcher the recording is there; else it begins here."""
        calls = load()
        if not calls["session"]():
            recording = Recording([])
            recording.begin()
            self.recording = recording
        self.request = calls["request"]

    # ---- one test

    def _ask(self, text: str) -> Optional[str]:
        """What the collector answers; None where it does not."""
        if self.why:
            return None
        first, _, rest = self.request("FIGURES", text).partition("\n")
        if first != "ok":
            self.why = first.partition(": ")[2] or first
            return None
        return rest

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, None]:
        """The test itself, without the setting up of its fixtures: the innermost
        wrapper, so that no other plugin's work counts."""
        self._ask("begin")
        wall, main = time.perf_counter(), time.thread_time()
        cpu = time.process_time()
        outcome = yield
        cpu = time.process_time() - cpu
        wall, main = time.perf_counter() - wall, time.thread_time() - main
        marks = _pytest_limits.marks_of(item)
        if outcome.excinfo is None and "limit_leaks" in [m.name for m in marks]:
            gc.collect()  # cycles are no leaks
        answer = self._ask(f"end {TOP}")
        figures: Dict[str, Any] = json.loads(answer) if answer else {"lines": []}
        figures["lines"] = _own_lines(figures["lines"], str(item.path))
        _share(figures, cpu)
        figures.update(elapsed_s=wall, cpu_s=cpu, wait_s=max(0.0, wall - main))
        self.figures = figures

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: Any
    ) -> Generator[None, Any, None]:
        outcome = yield
        report = outcome.get_result()
        figures, self.figures = self.figures, None
        if call.when != "call" or figures is None:
            return
        report.smp_figures = figures
        failures = [
            text
            for mark in _pytest_limits.marks_of(item)
            for text in [_pytest_limits.complaint(mark, figures)]
            if text
        ]
        if failures and report.outcome == "passed":
            report.outcome = "failed"
            report.longrepr = "\n".join(failures)

    # ---- the end

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output = getattr(session.config, "workeroutput", None)
        if output is not None:  # a worker's word to the main process
            output["smp_why"] = self.why

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        if self.recording is None:
            return
        try:
            self.recording.end()
            if self.profile:
                self._save(self.profile)
        except (Unavailable, OptionError, OSError) as error:
            sys.stderr.write(f"solvidia-mem-prof: {error}\n")
        finally:
            self.recording.forget()

    def _save(self, path: str) -> None:
        from ._display import save

        assert self.recording is not None
        save(self.recording.path, path)
