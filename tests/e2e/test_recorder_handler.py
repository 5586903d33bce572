"""What the sampling handler does and does not: seen by a trap around it.

support/c/trap.c is preloaded behind the recorder. It aborts where the handler
allocates, frees, takes a lock or reaches thread-local storage that may have to
be allocated first, and measures how much stack the handler takes.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import build, flood_within, pythons, tool  # noqa: E402

SIGNALS = 30_000
STACK_MAX = 2048  # bytes of the handler, beside the kernel's signal frame
FORBIDDEN = "malloc calloc realloc free pthread_mutex_lock __tls_get_addr".split()

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/timers").exists(), reason="this kernel does not show timers"
)


@pytest.fixture(scope="module")
def libraries(tmp_path_factory):
    place = tmp_path_factory.mktemp("trap")
    flags = ("-O2", "-w", "-fno-stack-protector")
    return build.library(place, "trap", flags), build.library(place, "flood")


@pytest.mark.parametrize("python", pythons.find(), ids=lambda python: python.name)
def test_handler_allocates_and_locks_nothing(python, exe_path, libraries, tmp_path):
    trap, helper = libraries
    report = tmp_path / "report"
    env = {"LD_PRELOAD": str(trap), "TRAP_REPORT": str(report)}
    profile = flood_within.run(exe_path, python, tmp_path, helper, SIGNALS, env)
    handlers, stack = map(int, report.read_text().split())
    assert handlers >= SIGNALS
    assert profile.ledger["samples_taken"] > SIGNALS / 10
    assert 200 < stack <= STACK_MAX, "bytes of stack in the handler"


@pytest.mark.parametrize("name", FORBIDDEN)
def test_trap_closes(name, exe_path, libraries, tmp_path):
    """The trap itself: a handler that does it dies, and says why."""
    python = pythons.find()[0]
    (tmp_path / "prog.py").write_text("for n in range(10**9): pass\n")
    env = {**os.environ, "LD_PRELOAD": str(libraries[0]), "TRAP_BREAK": name}
    argv = tool.command(exe_path, python.path, ["{prog}"], tmp_path / "p", "prog.py")
    done = subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, timeout=60)
    assert f"{name} called in the sampling handler\n".encode() in done.stderr, done
    assert done.returncode == -signal.SIGABRT, done


ALTERNATE = r"""
import ctypes, re, sys, threading

class Stack(ctypes.Structure):
    _fields_ = [("sp", ctypes.c_void_p), ("flags", ctypes.c_int),
                ("size", ctypes.c_size_t)]

PAGE, SIZE = 4096, 8192
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + 3 * [ctypes.c_int] + [ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
base = libc.mmap(None, PAGE + SIZE, 3, 0x22, -1, 0)
libc.mprotect(base, PAGE, 0)  # whoever goes past its end dies
ctypes.memset(base + PAGE, 0xA5, SIZE)
if libc.sigaltstack(ctypes.byref(Stack(base + PAGE, 0, SIZE)), None):
    sys.exit(77)
helper = ctypes.CDLL(sys.argv[1])
helper.flood_add.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_void_p]
helper.flood_start.argtypes = [ctypes.c_long]
helper.flood_sent.restype = ctypes.c_long
signal, value, tid = re.search(
    r"signal: (\d+)/([0-9a-f]+)\s+notify: signal/\w+\.(\d+)",
    open("/proc/self/timers").read()).groups()
assert int(tid) == threading.get_native_id()
helper.flood_add(int(tid), int(signal), int(value, 16))
helper.flood_start(5000)

def deep(n):
    return deep(n - 1) + 1 if n else sum(sorted(range(100), key=lambda i: -i))

while helper.flood_sent() < 5000:
    deep(60)
stack = ctypes.string_at(base + PAGE, SIZE)
print(SIZE - next((n for n in range(SIZE) if stack[n] != 0xA5), SIZE))
"""


@pytest.mark.parametrize("python", pythons.find(), ids=lambda python: python.name)
def test_small_alternate_stack(python, exe_path, libraries, tmp_path):
    """8 KiB, the old SIGSTKSZ, are enough: no byte past its end is touched."""
    (tmp_path / "prog.py").write_text(ALTERNATE)
    arguments = ["{prog}", str(libraries[1])]
    argv = tool.command(exe_path, python.path, arguments, tmp_path / "p", "prog.py")
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, timeout=60)
    if done.returncode == 77:
        pytest.skip("this CPU's signal frame alone is larger")
    assert done.returncode == 0, done
    used = int(done.stdout)
    assert 1000 < used < 8192, "the handler ran there, and fitted"
