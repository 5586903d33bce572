"""Every program of programs/ behaves under the profiler as it does bare.

Each is run both ways on every interpreter of the machine, in the same
directory; stdout, stderr, the way it ends and the files it leaves must be
equal (support/cases.py has the header that a program begins with). Its profile
must then hold every process, with the status it ended with.
"""

import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import cases, checks, needs, pair, pythons, tool  # noqa: E402

PROGRAMS = Path(__file__).with_name("programs")


def parameters():
    for python in pythons.find():
        for case in cases.find(PROGRAMS):
            if case.fits(python.version):
                marks = [pytest.mark.slow] if case.slow else []
                name = f"{python.name}-{case.name}"
                yield pytest.param(case, python, id=name, marks=marks)


@pytest.fixture(scope="session")
def exe():
    found = tool.executable()
    if found is None:
        pytest.skip("no profiler: set SMP_EXE")
    return found


@pytest.fixture
def place():
    """In a directory with a short name: a Unix socket's path is 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="smp") as directory:
        yield pair.Place(Path(directory))


@pytest.mark.parametrize("case, python", list(parameters()))
def test_behaves_as_bare(case, python, exe, place):
    missing = needs.missing(case, python)
    if missing:
        pytest.skip(f"needs {missing}")
    bare = pair.run(case, python, place, None)
    assert bare.status == case.exit, f"the bare program: {bare}"
    profiled = pair.run(case, python, place, exe)
    differences = pair.compare(bare, profiled)
    assert not differences, "\n".join(differences + [repr(profiled.said)])
    if exe != tool.BARE:
        checks.every_process(case, place.profile, profiled)
        for name in case.check:
            getattr(checks, name)(checks.load(place.profile))


def test_interpreters_found():
    assert pythons.find(), "no CPython 3.11 to 3.13 on this machine"
