"""Fixtures of the accuracy tests: an interpreter of each version, a profiler."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from accuracy import measuring  # noqa: E402
from support import pythons, tool  # noqa: E402


@pytest.fixture(params=pythons.one_per_minor(), ids=lambda python: python.name)
def python(request):
    return request.param


@pytest.fixture(scope="session")
def done():
    """Measurements by what was run: tests that ask the same share one."""
    return {}


@pytest.fixture
def measure(python, done, tmp_path_factory):
    """measure(name, *arguments, options=()): a Measurement."""
    if tool.executable() in (None, tool.BARE):
        pytest.skip("no profiler: set SMP_EXE")

    def once(name, *arguments, options=()):
        key = (python, name, arguments, tuple(options))
        if key not in done:
            directory = tmp_path_factory.mktemp("profile")
            done[key] = measuring.measure(python, directory, name, *arguments, options=options)
        return done[key]

    return once


def pytest_addoption(parser):
    parser.addoption(
        "--seeds", type=int, default=2, help="runs of each statistical test (2; docs: 100)"
    )
    parser.addoption("--errors", action="store_true", help="print how far off each was")


def pytest_terminal_summary(terminalreporter, config):
    """The worst error of each test, as docs/accuracy.md has them."""
    worst = {}
    for name, error in measuring.errors:
        worst[name] = max(error, worst.get(name, 0.0))
    if config.getoption("--errors"):
        for name, error in sorted(worst.items()):
            terminalreporter.write_line(f"{error:6.2f}  {name}")
