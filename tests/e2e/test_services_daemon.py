"""Programs that go on in the background when their command has returned."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.profile import Profile  # noqa: E402

DAEMON = """
import os, sys, time
def work():
    return sum(i * i % 7 for i in range(20000))
out = os.path.join(os.getcwd(), "pid")
if os.fork():
    os._exit(3)
os.setsid()
if os.fork():
    os._exit(0)
os.chdir("/")
os.closerange(0, 256)
os.open("/dev/null", os.O_RDWR), os.dup(0), os.dup(0)
with open(out, "w") as file:
    file.write(str(os.getpid()))
end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    work()
    time.sleep(0.01)
"""
NOTE = re.compile(
    r"^solvidia-mem-prof: 1 process that it started goes on in the background "
    r"\(pid (\d+): child of \d+, same command\), profiled no further"
    r"(; --follow profiles to the end of them all)?$",
    re.MULTILINE,
)


@pytest.fixture
def daemon(tmp_path):
    path = tmp_path / "daemon.py"
    path.write_text(DAEMON)
    yield path
    pid = tmp_path / "pid"
    if pid.exists():
        try:
            os.kill(int(pid.read_text()), signal.SIGKILL)
        except ProcessLookupError:
            pass


def argv(*options):
    return [*options, "--python", sys.executable, "-o", "p.json"]


def test_the_shell_gets_its_prompt_back(smp, daemon, tmp_path):
    """The daemon lives on, and a line says so."""
    start = time.monotonic()
    done = smp.run(*argv(), daemon, "60")
    assert done.returncode == 3 and time.monotonic() - start < 30
    note = NOTE.search(done.stderr)
    assert note and note[2], done.stderr
    os.kill(int(note[1]), 0)
    profile = Profile(tmp_path / "p.json").json
    assert [p["running"] for p in profile["processes"]] == [False, False, True]


def test_follow_profiles_to_the_end(smp, daemon, tmp_path):
    done = smp.run(*argv("--follow"), daemon, "1.5")
    assert (done.returncode, done.stderr) == (3, "")
    profile = Profile(tmp_path / "p.json")
    last = profile.json["processes"][-1]
    assert (last["running"], last["exit_status"]) == (False, 0)
    assert profile.elapsed_s() > 1.4
    assert sum(profile.functions("daemon.py").values()) > 0.01


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_wait_and_not_the_daemon(exe_path, daemon, tmp_path, number):
    running = subprocess.Popen(
        [exe_path, *argv("--follow"), str(daemon), "60"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 30
    while not (tmp_path / "pid").exists() and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(1)
    running.send_signal(number)
    said = running.communicate(timeout=30)[1]
    note = NOTE.search(said)
    assert running.returncode == 3 and note and not note[2], said
    os.kill(int(note[1]), 0)
    assert sum(Profile(tmp_path / "p.json").functions("daemon.py").values()) > 0


def test_what_a_script_puts_into_the_background(smp, tmp_path):
    """The command ends before Python begins in the background."""
    script = tmp_path / "start.sh"
    script.write_text(f"#!/bin/sh\n{sys.executable} work.py &\n")
    script.chmod(0o755)
    (tmp_path / "work.py").write_text("sum(i * i for i in range(3000000))\n")
    done = smp.run("--follow", "-o", "p.json", script)
    assert (done.returncode, done.stderr) == (0, "")
    assert sum(Profile(tmp_path / "p.json").lines("work.py")[1].values()) > 0.02
