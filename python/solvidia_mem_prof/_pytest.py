"""The pytest plugin: nothing at all without --smp.

    pytest --smp                    time and memory by test, in the summary
    pytest --smp --smp-json f.json  all of it for programs
    @pytest.mark.limit_memory("24 MB"), limit_cpu("200 ms"), limit_leaks("100 KB")

Works in a process that was started under the profiler (solvidia-mem-prof --- -m
pytest --smp) and in any other, into which it loads the recorder.
"""

from __future__ import annotations

import os

import pytest

MARKS = {
    "limit_memory(size)": "with --smp: fail where the test needs more memory than "
    '"24 MB" at a time',
    "limit_cpu(time)": 'with --smp: fail where the test needs more CPU than "200 ms"',
    "limit_leaks(size)": "with --smp: fail where more than this of what the test "
    'allocated is alive after it, as in "100 KB"',
}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("solvidia-mem-prof", "time and memory by test")
    group.addoption(
        "--smp",
        action="store_true",
        help="measure each test's CPU time and memory; limits are kept "
        "(limit_memory, limit_cpu, limit_leaks)",
    )
    group.addoption(
        "--smp-json", metavar="FILE", help="with --smp: write the tests' figures there"
    )
    group.addoption(
        "--smp-profile",
        metavar="FILE",
        help="with --smp: write the whole run's profile there (.json or .html)",
    )
    group.addoption(
        "--smp-top",
        metavar="N",
        type=int,
        default=5,
        help="with --smp: so many tests in each table of the summary (default 5)",
    )


def pytest_configure(config: pytest.Config) -> None:
    for mark, text in MARKS.items():
        config.addinivalue_line("markers", f"{mark}: {text}")
    if not config.getoption("smp"):
        return
    from ._pytest_measure import Measurer
    from ._pytest_report import Reporter

    is_worker = hasattr(config, "workerinput")
    workers = not is_worker and bool(getattr(config.option, "numprocesses", None))
    if not is_worker:
        config.pluginmanager.register(Reporter(config), "smp-reporter")
    if not workers:
        name = f"worker-{os.getpid()}" if is_worker else ""
        config.pluginmanager.register(Measurer(config, name), "smp-measurer")
