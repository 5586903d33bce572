"""Programs that were prepared, and are profiled later, for a while, again."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import pythons  # noqa: E402
from support.control import PHASES, Running, functions, newest  # noqa: E402
from support.profile import Profile  # noqa: E402

EVERY = pytest.mark.parametrize(
    "python", pythons.one_per_minor(), ids=lambda python: python.name
)
THREADS = """
import os, sys, threading, time
sys.stdout.write("%d\\n" % os.getpid()); sys.stdout.flush()
def busy():
    return sum(n * n for n in range(3000)), bytes(200000)
def worker():
    while not os.path.exists("end"): busy()
def short():
    busy()
threading.Thread(target=worker, name="the worker").start()
if os.fork() == 0:
    def child():
        while not os.path.exists("end"): busy()
    child(); os._exit(0)
def waits():
    while not os.path.exists("end"):
        thread = threading.Thread(target=short); thread.start(); thread.join()
        time.sleep(0.02)
waits()
os.wait()
"""


@pytest.fixture
def prepared(exe_path, tmp_path):
    begun = []

    def begin(python, text, **env):
        (tmp_path / "prog.py").write_text(text)
        options = [] if env else ["--dormant"]
        argv = [exe_path, *options, "--python", python.path, "prog.py"]
        begun.append(Running(argv, tmp_path, {**os.environ, **env}))
        return begun[-1]

    yield begin
    for each in begun:
        if each.launcher.poll() is None:
            each.abandon()


def attach(exe_path, pid, path, *options):
    words = [exe_path, "attach", "--pid", pid, "-o", path, *options]
    return subprocess.run([*map(str, words)], capture_output=True, text=True, timeout=60)


@EVERY
def test_attached_again_and_again(python, exe_path, prepared, tmp_path):
    program = prepared(python, PHASES)
    assert program.pid == program.launcher.pid, "nothing stands between"
    for phase in ("first", "second"):
        done = attach(exe_path, program.pid, tmp_path / "p.json", "--duration", "0.7")
        assert done.returncode == 0, done.stderr
        profile = Profile(tmp_path / "p.json")
        (process,) = profile.json["processes"]
        (thread,) = profile.threads()
        seconds = functions(profile)
        assert profile.json["program"] == "prog.py"
        assert 0.5 < profile.elapsed_s() < 20
        # What it did before is not in it.
        assert process["startup_s"] == 0
        assert thread["cpu_s"] <= profile.elapsed_s() + 0.02
        assert seconds[phase] == pytest.approx(thread["cpu_s"], abs=0.05)
        assert profile.json["alloc_bytes"] > 1e6
        assert profile.json["peak_bytes"] > 1e5
        program.to("second")
    assert "first" not in seconds
    assert program.end()[0] == 0
    assert not (tmp_path / "profile.json").exists()


@EVERY
def test_threads_and_children(python, exe_path, prepared, tmp_path):
    program = prepared(python, THREADS, SMP="dormant")
    time.sleep(0.5)
    for _ in range(2):
        done = attach(exe_path, program.pid, tmp_path / "p.json", "--duration", "1")
        assert done.returncode == 0, done.stderr
        profile = Profile(tmp_path / "p.json")
        seconds = functions(profile)
        assert len(profile.processes()) == 2
        assert seconds["worker"] > 0.03 and seconds["child"] > 0.03
        waits = profile.json["wait"]  # on a machine that may be busy
        assert sum(waits.get(kind, 0) for kind in ("sleep", "lock", "gil")) > 0.05
        if python.minor >= (3, 12):
            assert "the worker" in {thread["name"] for thread in profile.threads()}
        for thread in profile.threads():
            assert thread["cpu_s"] <= profile.elapsed_s() + 0.05, "since it joined"
    assert program.end()[0] == 0


def test_what_was_not_prepared_is_told(exe_path, tmp_path):
    python = newest()
    argv = [python.path, "-c", "print(__import__('os').getpid(), flush=True); input()"]
    program = subprocess.Popen(argv, stdin=-1, stdout=-1, text=True)
    done = attach(exe_path, int(program.stdout.readline()), tmp_path / "p.json")
    assert done.returncode == 2
    assert "was not prepared" in done.stderr and "--dormant" in done.stderr
    assert done.stderr.count("\n") == 1
    assert program.communicate("\n")[0] == "" and program.returncode == 0
    other = subprocess.Popen(["sleep", "60"])
    done = attach(exe_path, other.pid, tmp_path / "p.json")
    other.kill(), other.wait()
    assert done.returncode == 2 and "runs no Python" in done.stderr


def test_a_collector_that_is_killed_lets_it_be_attached_again(exe_path, prepared, tmp_path):
    program = prepared(newest(), PHASES)
    words = [exe_path, "attach", "--pid", program.pid, "-o", "k.json"]
    first = subprocess.Popen([*map(str, words)], cwd=tmp_path, stderr=subprocess.PIPE)
    time.sleep(0.7)
    first.kill()
    first.communicate()
    time.sleep(5.2)  # by then the ring's reader counts as gone
    done = attach(exe_path, program.pid, tmp_path / "p.json", "--duration", "0.5")
    assert done.returncode == 0, done.stderr
    assert functions(Profile(tmp_path / "p.json"))["first"] > 0
    assert functions(Profile(tmp_path / "k.json"))["first"] > 0
    assert program.end()[0] == 0
