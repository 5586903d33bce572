"""A signal reaches the command once, whether it is sent to the launcher, to the
process group, or to each process one by one as a service manager does."""

import os
import signal
import subprocess
import sys
import time

import pytest

COUNTING = """
import os, signal, sys, time
seen = []
if {apart}: os.setpgid(0, 0)
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda n, f: seen.append(n))
print("ready", os.getpid(), flush=True)
end = time.monotonic() + 30
while time.monotonic() < end and not seen:
    time.sleep(0.01)
time.sleep(0.5)
print("seen", *map(int, seen), flush=True)
"""


def to_launcher(launcher, pid, number):
    os.kill(launcher, number)


def to_group(launcher, pid, number):
    os.killpg(launcher, number)


def to_each(launcher, pid, number):
    """All of the group, as listed: the launcher, the command, and what we add."""
    lines = subprocess.run(
        ["ps", "-eo", "pid=,pgid="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    for process, group in (map(int, line.split()) for line in lines):
        if group == launcher:
            os.kill(process, number)


WAYS = {"launcher": to_launcher, "group": to_group, "each": to_each}


def seen(exe_path, tmp_path, way, number, apart=False):
    program = tmp_path / "count.py"
    program.write_text(COUNTING.format(apart=apart))
    argv = [exe_path, "--python", sys.executable, "-o", "p.json", str(program)]
    running = subprocess.Popen(
        argv, cwd=tmp_path, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        pid = int(running.stdout.readline().split()[1])
        WAYS[way](running.pid, pid, number)
        said = running.communicate(timeout=60)[0]
    finally:
        running.kill()
    assert running.returncode == 0
    return [int(n) for n in said.split()[1:]]


@pytest.mark.parametrize("way", WAYS)
def test_it_comes_once(exe_path, tmp_path, way):
    assert seen(exe_path, tmp_path, way, signal.SIGTERM) == [signal.SIGTERM]


def test_hangup_and_interrupt(exe_path, tmp_path):
    assert seen(exe_path, tmp_path, "group", signal.SIGINT) == [signal.SIGINT]
    assert seen(exe_path, tmp_path, "launcher", signal.SIGHUP) == [signal.SIGHUP]


def test_a_command_in_a_group_of_its_own(exe_path, tmp_path):
    """What is sent to the launcher's group does not reach it by itself."""
    assert seen(exe_path, tmp_path, "group", signal.SIGTERM, apart=True) == [
        signal.SIGTERM
    ]


def test_nothing_is_left_behind(exe_path, tmp_path):
    """The helper that watches the group goes with the launcher."""
    running = subprocess.Popen(
        [exe_path, "sleep", "30"], cwd=tmp_path, start_new_session=True
    )
    time.sleep(0.3)
    running.send_signal(signal.SIGKILL)
    running.wait()
    left = "x"
    end = time.monotonic() + 10
    while left and time.monotonic() < end:
        lines = subprocess.run(
            ["ps", "-eo", "pgid=,stat=,comm="], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        rows = [line.split() for line in lines]
        mine = [row for row in rows if row[0] == str(running.pid) and row[1][0] != "Z"]
        left = [row[2] for row in mine if row[2] != "sleep"]
    os.killpg(running.pid, signal.SIGKILL)
    assert left == []
