"""CPython's own regression tests end the same under the profiler as bare.

Every method of every module is compared, on each version whose interpreter has
the `test` package. A method that differs is run again several times both ways,
by itself: it counts where no profiled run ended as any bare one did.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import pythons, suite, tool  # noqa: E402

MODULES = [
    "test_generators",
    "test_gc",
    "test_sys_settrace",
    "test_runpy",
    "test_signal",
    "test_threading",
    "test_subprocess",
    "test_os",
    "test_sys",
    "test_asyncio",
    "test_fork1",
    "test_socket",
    "test_faulthandler",
    "test_io",
    "test_cmd_line",
    "test_builtin",
    "test_inspect",
    "test_pydoc",
]
SLOW = ["test_asyncio", "test_socket", "test_builtin", "test_inspect", "test_pydoc"]  # minutes
AGAIN = 3  # runs both ways of a method that differed


def parameters():
    for python in pythons.one_per_minor():
        for module in MODULES:
            marks = [pytest.mark.slow] if module in SLOW else []
            yield pytest.param(python, module, id=f"{python.name}-{module}", marks=marks)


@pytest.mark.parametrize("python, module", list(parameters()))
def test_same_outcomes(python, module):
    exe = tool.executable()
    if exe is None:
        pytest.skip("no profiler: set SMP_EXE")
    if not python.has(f"test.{module}"):
        pytest.skip("this interpreter has no test package")
    bare = suite.outcomes(tool.BARE, python, module)
    assert suite.WHOLE not in bare and bare, bare
    profiled = suite.outcomes(exe, python, module)
    assert suite.WHOLE not in profiled, profiled[suite.WHOLE]
    different = suite.differences(bare, profiled)
    stay = {name: ends for name in different if (ends := again(exe, python, module, name))}
    assert not stay, stay


def again(exe, python, module, name):
    """The ends of its further runs where none is common to both ways."""
    ends = {which: set() for which in (tool.BARE, exe)}
    for _ in range(AGAIN):
        for which, found in ends.items():
            found.add(suite.outcomes(which, python, module, [name]).get(name))
    return None if ends[tool.BARE] & ends[exe] else ends
