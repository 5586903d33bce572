"""Programs at a terminal: its keys, size and modes are the program's own.

Each test plays a user at a pseudo-terminal twice, bare and profiled; what
stands on the screen and the way the job ends must be equal.
"""

import re
import signal
import sys
import tempfile
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import pythons, tool  # noqa: E402
from support.pair import OUR_LINE  # noqa: E402
from support.profile import Profile  # noqa: E402
from support.terminal import Terminal  # noqa: E402


@pytest.fixture(params=pythons.one_per_minor(), ids=lambda python: python.name)
def python(request):
    return request.param


@pytest.fixture
def play(python):
    """Plays a scene bare and profiled; returns both screens."""
    exe = tool.executable()
    if exe is None:
        pytest.skip("no profiler: set SMP_EXE")

    def both(code, scene):
        with tempfile.TemporaryDirectory(prefix="smp") as name:
            place = Path(name)
            (place / "prog.py").write_text(code)
            screens = [once(python, exe, place, scene) for exe in (tool.BARE, exe)]
            if exe != tool.BARE:
                wait_for(place / "profile.json")
                assert Profile(place / "profile.json").processes()
        assert screens[0] == screens[1]
        return screens[0]

    return both


def once(python, exe, place, scene):
    profile = place / "profile.json"
    argv = tool.command(exe, python.path, ["{prog}"], profile, "prog.py")
    env = {"PATH": "/usr/bin:/bin", "TERM": "xterm", "HOME": str(place)}
    terminal = Terminal(argv, place, env)
    scene(terminal)
    terminal.end()
    return OUR_LINE.sub(b"", terminal.seen).decode()


def wait_for(path):
    """After a hang-up nobody waits for the report; it is written all the same."""
    end = time.monotonic() + 10
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.05)


STATE = """
import os, sys, termios, signal
print([s.isatty() for s in (sys.stdin, sys.stdout, sys.stderr)])
print(os.get_terminal_size(), os.ttyname(0) == os.ttyname(1))
print(termios.tcgetattr(0))
print(os.tcgetpgrp(0) == os.getpgrp())
print(signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTSTP))
print(sys.stdout.line_buffering, open("/dev/tty").isatty())
"""


def test_state_of_the_terminal(play):
    screen = play(STATE, lambda terminal: None)
    assert "[True, True, True]" in screen and "lines=24" in screen


LINE_INPUT = """
import getpass, sys
print("got", input("name: "))
print("secret", len(getpass.getpass("password: ")))
sum(i * i for i in range(300000))
print(sys.stdin.readline())
"""


def type_lines(terminal):
    terminal.expect(b"name: ")
    terminal.type(b"Ann\n")
    terminal.expect(b"password: ")
    terminal.type(b"hush\n")
    terminal.expect(b"secret")
    terminal.type(b"last\n")


def test_input_with_echo_and_without(play):
    screen = play(LINE_INPUT, type_lines)
    assert "got Ann" in screen and "hush" not in screen


RAW_INPUT = """
import sys, termios, tty
saved = termios.tcgetattr(0)
tty.setraw(0)
sys.stdout.write("ready")
sys.stdout.flush()
keys = [sys.stdin.buffer.raw.read(1) for _ in range(4)]
termios.tcsetattr(0, termios.TCSADRAIN, saved)
print(keys)
"""


def type_raw(terminal):
    terminal.expect(b"ready")
    for key in (b"a", b"\x03", b"\x1a", b"\x1c"):
        terminal.type(key)
        time.sleep(0.05)


def test_raw_mode_sees_every_key(play):
    assert r"\x03" in play(RAW_INPUT, type_raw)


COUNTING = """
import signal, sys, time
seen = 0
def handler(number, frame):
    global seen
    seen += 1
signal.signal(signal.{name}, handler)
print("ready", flush=True)
end = time.monotonic() + 1.0
while time.monotonic() < end:
    sum(range(1000))
print("seen", seen)
"""


@pytest.mark.parametrize("name, key", [("SIGINT", b"\x03"), ("SIGQUIT", b"\x1c")])
def test_key_reaches_the_program_once(play, name, key):
    def scene(terminal):
        terminal.expect(b"ready")
        time.sleep(0.2)
        terminal.type(key)

    assert "seen 1" in play(COUNTING.format(name=name), scene)


def test_new_size_reaches_the_program_once(play):
    code = COUNTING.format(name="SIGWINCH") + "import os\nprint(os.get_terminal_size())"

    def scene(terminal):
        terminal.expect(b"ready")
        terminal.resize(40, 111)

    screen = play(code, scene)
    assert "seen 1" in screen and "columns=111" in screen


def test_interrupt_that_nobody_catches(play):
    code = "import time\nprint('ready', flush=True)\ntime.sleep(60)\n"

    def scene(terminal):
        terminal.expect(b"ready")
        time.sleep(0.2)
        terminal.type(b"\x03")

    screen = play(code, scene)
    assert "KeyboardInterrupt" in screen
    assert f"[status {-signal.SIGINT}]" in screen


def test_quit_that_nobody_catches(play):
    code = (
        "import resource\nresource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
        "print('ready', flush=True)\nwhile True: sum(range(1000))\n"
    )

    def scene(terminal):
        terminal.expect(b"ready")
        terminal.type(b"\x1c")

    assert f"[status {-signal.SIGQUIT}]" in play(code, scene)


def test_two_interrupts(play):
    code = """
import time
for _ in range(2):
    try:
        print("ready", _, flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        print("caught")
"""

    def scene(terminal):
        for turn in (b"ready 0", b"ready 1"):
            terminal.expect(turn)
            time.sleep(0.1)
            terminal.type(b"\x03")

    assert play(code, scene).count("caught") == 2


BUSY = """
import time
print("ready", flush=True)
start = time.process_time()
while time.process_time() < start + 0.5:
    sum(range(1000))
print("end")
"""


def test_stopped_and_continued(play):
    def scene(terminal):
        terminal.expect(b"ready")
        terminal.type(b"\x1a")
        terminal.expect(rb"stopped by \d+\]")
        time.sleep(0.3)
        terminal.type(b"fg\n")

    screen = play(BUSY, scene)
    assert f"[stopped by {int(signal.SIGTSTP)}]" in screen
    assert re.search(r"end\s+\[status 0\]", screen)


def test_stopped_in_a_wait(play):
    code = "print('ready', flush=True)\nprint('line', input())\n"

    def scene(terminal):
        terminal.expect(b"ready")
        time.sleep(0.1)
        terminal.type(b"\x1a")
        terminal.expect(rb"stopped by \d+\]")
        time.sleep(0.5)  # else the program's read, not yet over, takes the next line
        terminal.type(b"fg\n")
        time.sleep(0.5)
        terminal.type(b"text\n")

    assert "line text" in play(code, scene)


def test_hang_up(play):
    code = """
import signal, time
def handler(number, frame):
    open("hung-up", "a").write("once\\n")
signal.signal(signal.SIGHUP, handler)
print("ready", flush=True)
time.sleep(0.8)
open("ended", "w").close()
"""

    def scene(terminal):
        terminal.expect(b"ready")
        terminal.hang_up()

    play(code, scene)


def test_child_at_the_terminal(play):
    code = "import subprocess\nprint(subprocess.call(['sh', '-c', 'read x; echo $x']))"

    def scene(terminal):
        time.sleep(0.3)
        terminal.type(b"to the child\n")

    assert "to the child" in play(code, scene)
