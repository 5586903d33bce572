"""Fixtures of the accuracy tests: an interpreter of each version, a profiler."""

import functools
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from accuracy import measuring  # noqa: E402
from support import pythons, tool  # noqa: E402


@pytest.fixture(params=pythons.one_per_minor(), ids=lambda python: python.name)
def python(request):
    return request.param


@pytest.fixture
def measure(python):
    """measure(name, *arguments, options=()): a Measurement."""
    if tool.executable() in (None, tool.BARE):
        pytest.skip("no profiler: set SMP_EXE")
    with tempfile.TemporaryDirectory(prefix="smp") as directory:
        yield functools.partial(measuring.measure, python, Path(directory))
