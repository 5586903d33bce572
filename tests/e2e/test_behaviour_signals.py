"""Signals from outside: what is sent to the launcher reaches the program.

The same signal is sent to the bare program and to the launcher; output and the
way it ends must be equal, and the report comes.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import pythons, tool  # noqa: E402
from support.pair import OUR_LINE  # noqa: E402
from support.profile import Profile  # noqa: E402

FORWARDED = "HUP INT QUIT TERM USR1 USR2 ALRM WINCH".split()
PATIENCE_S = 30
CATCHING = """
import signal, sys, time
seen = []
for name in "HUP INT QUIT TERM USR1 USR2 ALRM WINCH CONT".split():
    signal.signal(getattr(signal, "SIG" + name), lambda n, f: seen.append(n))
print("ready", flush=True)
end = time.monotonic() + {seconds}
while time.monotonic() < end and len(seen) < {count}:
    sum(range(1000))
time.sleep(0.2)
print([int(n) for n in seen])
"""
DYING = """
import resource, time
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
print("ready", flush=True)
while True:
    sum(range(1000))
"""
BLOCKED = "print('ready', flush=True)\nimport time\ntime.sleep(60)\n"


@pytest.fixture(params=pythons.one_per_minor(), ids=lambda python: python.name)
def python(request):
    return request.param


@pytest.fixture
def exe():
    found = tool.executable()
    if found in (None, tool.BARE):
        pytest.skip("no profiler: set SMP_EXE")
    return found


@pytest.fixture
def place():
    with tempfile.TemporaryDirectory(prefix="smp") as name:
        yield Path(name)


def start(exe, python, place, code):
    """The program, as far as its `ready`."""
    (place / "prog.py").write_text(code)
    argv = tool.command(exe, python.path, ["{prog}"], place / "profile.json", "prog.py")
    process = subprocess.Popen(
        argv,
        cwd=place,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        process_group=0,  # in our session: an orphaned group can't be stopped
    )
    assert process.stdout.readline() == b"ready\n"
    time.sleep(0.1)
    return process


def finish(process):
    """(stdout, stderr without our lines, status)."""
    try:
        out, err = process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    return out, OUR_LINE.sub(b"", err), process.returncode


def both(exe, python, place, code, act):
    """Does the act to the bare and to the profiled program; the bare end."""
    ends = []
    for which in (tool.BARE, exe):
        process = start(which, python, place, code)
        act(process)
        ends.append(finish(process))
    assert ends[0] == ends[1]
    return ends[0], Profile(place / "profile.json")


@pytest.mark.parametrize("name", FORWARDED)
def test_caught_once(exe, python, place, name):
    number = getattr(signal, "SIG" + name)
    code = CATCHING.format(seconds=5, count=1)
    end, profile = both(exe, python, place, code, lambda p: p.send_signal(number))
    assert end[0] == b"[%d]\n" % number
    assert profile.processes()[0].status == 0


@pytest.mark.parametrize("name", "HUP INT QUIT TERM USR1 USR2 ALRM".split())
def test_death(exe, python, place, name):
    number = getattr(signal, "SIG" + name)
    # one place where a signal is seen: the traceback is the same each time
    code = DYING.replace("sum(range(1000))", "pass")
    end, profile = both(exe, python, place, code, lambda p: p.send_signal(number))
    assert end[2] == -number
    assert profile.processes()[0].status == -number
    assert sum(profile.cpu().values()) > 0


def test_interrupt_of_a_blocked_program(exe, python, place):
    interrupt = lambda p: p.send_signal(signal.SIGINT)  # noqa: E731
    end, _ = both(exe, python, place, BLOCKED, interrupt)
    assert end[2] == -signal.SIGINT and b"KeyboardInterrupt" in end[1]


def test_many_signals(exe, python, place):
    """Each is answered before the next is sent: none is lost or doubled."""
    code = CATCHING.format(seconds=10, count=20).replace(
        "seen.append(n)", "(seen.append(n), print('got', flush=True))"
    )

    def act(process):
        for turn in range(20):
            process.send_signal((signal.SIGUSR1, signal.SIGTERM)[turn % 2])
            assert process.stdout.readline() == b"got\n"

    both(exe, python, place, code, act)


@pytest.mark.parametrize("doing", ["sum(range(1000))", "time.sleep(1)"])
def test_sent_to_the_group(exe, python, place, doing):
    """As a service manager or `timeout` does: the program gets it once."""
    code = CATCHING.format(seconds=1, count=9).replace("sum(range(1000))", doing)
    terminate = lambda p: os.killpg(p.pid, signal.SIGTERM)  # noqa: E731
    end, _ = both(exe, python, place, code, terminate)
    assert end[0] == b"[15]\n"


def test_stopped_and_continued(exe, python, place):
    """SIGTSTP to the launcher stops both; SIGCONT goes on."""
    code = DYING.replace("while True:", "for _ in range(20000):")

    def act(process):
        process.send_signal(signal.SIGTSTP)
        status = os.waitpid(process.pid, os.WUNTRACED)[1]
        assert os.WIFSTOPPED(status) and os.WSTOPSIG(status) == signal.SIGTSTP
        process.send_signal(signal.SIGCONT)

    end, _ = both(exe, python, place, code, act)
    assert end[2] == 0


def test_program_survives_the_launcher(exe, python, place):
    """SIGKILL of the launcher: the program runs on to its end."""
    code = DYING.replace("while True:", "for _ in range(40000):")
    code += "open('ended', 'w').write('whole')\n"
    process = start(exe, python, place, code)
    process.kill()
    process.communicate(timeout=PATIENCE_S)  # until the program closes stdout
    assert (place / "ended").read_text() == "whole"


def test_report_of_a_program_that_ignores_everything(exe, python, place):
    """Only SIGKILL, sent to the program itself, ends it; the report comes."""
    code = """
import os, signal
for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
print("ready", flush=True)
print(os.getpid(), flush=True)
while True:
    sum(range(1000))
"""

    def act(process):
        pid = int(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGHUP)
        time.sleep(0.2)
        assert process.poll() is None
        os.kill(pid, signal.SIGKILL)

    end, profile = both(exe, python, place, code, act)
    assert end[2] == -signal.SIGKILL and profile.processes()[0].status == -9
