"""Half a million timer signals from within: no bad read, no impossible stack.

A helper in the profiled program itself sends the recorder's signal to two of
its threads, while they go from C to Python and back in every way: callbacks,
generators, code that is compiled and run, sorting with a key.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import build, flood_within, pythons  # noqa: E402

COUNT = 500_000
@pytest.fixture(scope="module")
def helper(tmp_path_factory):
    return build.library(tmp_path_factory.mktemp("flood"), "flood")


def impossible(profile):
    """Calls that the program has not: (caller, callee)."""
    callers = {"leaf_a": "hot_a", "leaf_b": "hot_b"}
    for stack in profile.stacks():
        # Without native frames: any frame may wait for the GIL.
        names = [f.function for f in stack if f.file.endswith("prog.py")]
        for caller, callee in zip(["", *names], names):
            if callers.get(callee, caller) != caller or caller in callers:
                yield caller, callee


@pytest.mark.skipif(
    not Path("/proc/self/timers").exists(), reason="this kernel does not show timers"
)
@pytest.mark.parametrize("python", pythons.find(), ids=lambda python: python.name)
def test_half_a_million_signals(python, exe_path, helper, tmp_path):
    profile = flood_within.run(exe_path, python, tmp_path, helper, COUNT)
    ledger = profile.ledger
    assert ledger["samples_taken"] + ledger["samples_lost"] >= COUNT, ledger
    assert ledger["samples_taken"] > COUNT / 10, ledger
    assert ledger["samples_unreadable"] == 0, ledger
    assert ledger["records_damaged"] == 0, ledger
    assert not list(impossible(profile))
    seen = {frame.function for frame in profile.frames()}
    assert {"leaf_a", "leaf_b", "generator", "coroutine", "Operators.__lt__"} <= seen
