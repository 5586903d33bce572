"""A flood of timer signals: no crash, no bad read, no impossible stack.

The program calls Python from C and back, so that samples fall into every part
of entering and leaving the interpreter.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import checks, flood, pythons, tool  # noqa: E402
from support.profile import Profile  # noqa: E402

# Share of stacks that may fail validation: before 3.13 the interpreter shows a
# frame some instructions before it is filled in, and those samples are refused.
UNREADABLE = {(3, 11): 0.02, (3, 12): 0.02, (3, 13): 0}
PROGRAM = '''
import faulthandler, functools, os, sys, threading

def leaf_a(n):
    return -n

def leaf_b(n):
    return n

def hot_a():
    return sorted(data, key=lambda n: leaf_a(n))

def hot_b():
    return sum(map(leaf_b, data)) + functools.reduce(lambda a, b: a + b, data)

def generator():
    for n in data:
        yield leaf_b(n) if False else n

def main():
    while not stop:
        hot_a()
        hot_b()
        sum(generator())
        try:
            raise KeyError
        except KeyError:
            pass

stop = False
data = list(range(200))
thread = threading.Thread(target=main)
thread.start()
sum(i * i for i in range(300000))
print(os.getpid(), open("/proc/self/timers").read().encode(), flush=True)
faulthandler.enable()
sys.stdin.readline()
stop = True
thread.join()
print("end")
'''


@pytest.fixture(params=pythons.find(), ids=lambda python: python.name)
def python(request):
    return request.param


def run(exe, python, place, count):
    """The program, flooded; (signals sent, its output, its profile)."""
    (place / "prog.py").write_text(PROGRAM)
    argv = tool.command(exe, python.path, ["{prog}"], place / "p.json", "prog.py")
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(argv, cwd=place, **pipes) as process:
        pid, text = process.stdout.readline().split(maxsplit=1)
        targets = flood.timers(text.decode().replace("\\n", "\n"))
        assert targets, text
        sent = flood.flood(int(pid), targets, count)
        out, err = process.communicate(b"\n", timeout=60)
        assert (out, process.returncode) == (b"end\n", 0), (out, err)
    return sent, Profile(place / "p.json")


@pytest.mark.parametrize(
    "count", [20_000, pytest.param(500_000, marks=pytest.mark.slow)]
)
def test_flood(python, count):
    exe = tool.executable()
    if exe in (None, tool.BARE):
        pytest.skip("no profiler: set SMP_EXE")
    if not flood.available():
        pytest.skip("this kernel does not show timers")
    with tempfile.TemporaryDirectory(prefix="smp") as name:
        sent, profile = run(exe, python, Path(name), count)
    ledger = profile.ledger
    assert sent == count
    arrived = ledger["samples_taken"] + ledger["samples_lost"]
    assert arrived > 0.9 * count, ledger
    assert ledger["samples_unreadable"] <= UNREADABLE[python.minor] * count, ledger
    assert ledger["records_damaged"] == 0, ledger
    callers = {"leaf_a": "hot_a.<locals>.<lambda>", "leaf_b": "hot_b"}
    checks.flutter_pairs(profile, callers)
