"""Profiling of a running program switched on and off, and reported."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import pythons  # noqa: E402
from support.control import PHASES, Running, functions, newest, readable, wait_for  # noqa: E402
from support.profile import Profile  # noqa: E402

EVERY = pytest.mark.parametrize(
    "python", pythons.one_per_minor(), ids=lambda python: python.name
)
PHASE_S = 0.5  # wall clock, of a machine that may be busy


@pytest.fixture
def run(exe_path, tmp_path):
    (tmp_path / "prog.py").write_text(PHASES)
    begun = []

    def begin(python, *options):
        argv = [exe_path, *options, "--python", python.path, "prog.py"]
        begun.append(Running(argv, tmp_path))
        return begun[-1]

    yield begin
    for each in begun:
        if each.launcher.poll() is None:
            each.abandon()


def ask(exe_path, *words, cwd=None):
    done = subprocess.run(
        [exe_path, *map(str, words)], capture_output=True, text=True, timeout=60, cwd=cwd
    )
    return done.returncode, done.stdout, done.stderr


@EVERY
def test_only_what_is_on_is_measured(python, exe_path, run, tmp_path):
    program = run(python, "--off", "-o", "p.json")
    time.sleep(PHASE_S)
    assert ask(exe_path, "profile", "--on", "--pid", program.pid)[0] == 0
    program.to("second")
    time.sleep(2 * PHASE_S)
    assert ask(exe_path, "profile", "--off", "--pid", program.launcher.pid)[0] == 0
    time.sleep(PHASE_S)
    program.to("third")
    time.sleep(PHASE_S)
    status, said = program.end()
    profile = Profile(tmp_path / "p.json")
    seconds = functions(profile)
    on_s = seconds["second"]
    assert status == 0
    assert on_s > 0.02
    # Switched and moved on are two moments, a few ms apart.
    assert seconds.get("first", 0) < 0.25 * on_s
    assert seconds.get("third", 0) < 0.25 * on_s
    active_s = profile.json["active_time_sec"]
    assert 2 * PHASE_S - 0.1 < active_s < profile.elapsed_s() - 2 * PHASE_S
    (process,) = profile.json["processes"]
    (thread,) = profile.threads()
    charged = sum(seconds[n] for n in ("<module>",))
    assert thread["cpu_s"] == pytest.approx(charged, rel=0.02, abs=0.01)
    counted = process["rusage_user_s"] + process["rusage_system_s"]
    assert counted - process["startup_s"] == pytest.approx(charged, rel=0.1, abs=0.05)
    assert profile.json["alloc_bytes"] > 0
    assert f"solvidia-mem-prof now profiling process {program.pid}\n" in said
    assert f"python3 -m solvidia-mem-prof.profile --off --pid {program.pid}\n" in said


def test_off_from_begin_to_end(exe_path, run, tmp_path):
    python = newest()
    program = run(python, "--off", "-o", "p.json")
    time.sleep(PHASE_S)
    assert program.end()[0] == 0
    profile = Profile(tmp_path / "p.json")
    assert list(profile.samples()) == []
    assert profile.json["alloc_bytes"] == 0
    assert profile.json["active_time_sec"] == pytest.approx(0, abs=0.01)


CHILDREN = """
import os, sys, time
sys.stdout.write("%d\\n" % os.getpid()); sys.stdout.flush()
def spin(name):
    while not os.path.exists(name): sum(n * n for n in range(3000))
def before():
    spin("second")
def after():
    spin("end")
if os.fork() == 0:
    before()
    if os.fork() == 0:
        after(); os._exit(0)
    after(); os.wait(); os._exit(0)
os.wait()
"""


def test_children_follow_their_parents(exe_path, run, tmp_path):
    (tmp_path / "prog.py").write_text(CHILDREN)
    python = newest()
    program = run(python, "--off", "-o", "p.json")
    time.sleep(PHASE_S)
    program.to("second")  # the grandchild begins as its parent is: off
    time.sleep(PHASE_S)
    assert ask(exe_path, "profile", "--on", "--pid", program.pid)[0] == 0
    time.sleep(2 * PHASE_S)
    program.end()
    profile = Profile(tmp_path / "p.json")
    assert len(profile.processes()) == 3
    seconds = functions(profile)
    assert seconds.get("before", 0) == 0
    by_process = {
        profile.threads()[s.thread]["process"]
        for s in profile.samples()
        if any(frame.function == "after" for frame in s.stack)
    }
    assert len(by_process) == 2, "both that are busy"


def test_snapshots_of_a_program_that_runs_on(exe_path, run, tmp_path):
    python = newest()
    program = run(python, "-o", "p.json")
    time.sleep(PHASE_S)
    before = 0
    for number in range(5):
        path = tmp_path / f"s{number}.json"
        code, _, said = ask(exe_path, "snapshot", "--pid", program.pid, "-o", path)
        assert code == 0, said
        profile = Profile(path)
        assert profile.json["running"] is True
        assert profile.elapsed_s() > before
        before = profile.elapsed_s()
    assert "first" in functions(profile)
    code, text, _ = ask(exe_path, "snapshot", "--pid", program.pid, "--cli")
    assert code == 0 and "still running" in text and "prog.py" in text
    code, text, _ = ask(exe_path, "snapshot", "--pid", program.pid, "-o", "s.html", cwd=tmp_path)
    assert code == 0 and (tmp_path / "s.html").read_text().startswith("<!")
    held = len(list(Path(f"/proc/{program.launcher.pid}/fd").iterdir()))
    for _ in range(5):
        ask(exe_path, "snapshot", "--pid", program.pid, "-o", tmp_path / "s.json")
    # One is the pipe of the understudy that is replaced just then.
    assert abs(len(list(Path(f"/proc/{program.launcher.pid}/fd").iterdir())) - held) <= 2
    status, _ = program.end()
    assert status == 0 and Profile(tmp_path / "p.json").json["running"] is False


def test_who_is_not_there_is_told(exe_path, tmp_path):
    nobody = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True)
    for verb in (["profile", "--on"], ["snapshot"], ["attach"]):
        code, out, said = ask(exe_path, *verb, "--pid", int(nobody.stdout), cwd=tmp_path)
        assert code == 2 and out == ""
        assert said.startswith("solvidia-mem-prof: there is no process ") and said.count("\n") == 1
    code, _, said = ask(exe_path, "profile", "--off", "--pid", 1)
    assert code == 2 and "is not being profiled" in said
    assert ask(exe_path, "profile", "--pid", 1)[0] == 2
    assert ask(exe_path, "profile", "--on", "--off", "--pid", 1)[0] == 2


def test_reports_at_intervals(exe_path, run, tmp_path):
    python = newest()
    program = run(python, "--profile-interval", "0.3", "-o", "p.json")
    first = wait_for(lambda: readable(tmp_path / "p.json"))
    assert first.json["running"] is True
    second = wait_for(
        lambda: (p := readable(tmp_path / "p.json")).elapsed_s() > first.elapsed_s() and p
    )
    assert functions(second)["first"] > functions(first)["first"], "of all so far"
    assert program.end()[0] == 0
    assert Profile(tmp_path / "p.json").json["running"] is False


def test_windows_are_of_their_own_time(exe_path, run, tmp_path):
    python = newest()
    program = run(python, "--profile-interval", "1", "--profile-window", "-o", "w.json")
    wait_for(lambda: list(tmp_path.glob("w.*.json")))
    program.to("second")
    wait_for(lambda: len(list(tmp_path.glob("w.*.json"))) >= 3)
    assert program.end()[0] == 0
    windows = [Profile(path) for path in sorted(tmp_path.glob("w.*.json"))]
    assert not (tmp_path / "w.json").exists()
    assert "second" not in functions(windows[0])
    assert "first" not in functions(windows[2])
    for window in windows:
        assert window.elapsed_s() < 30
        (thread,) = window.threads()
        charged = functions(window).get("<module>", 0)
        # A sample stands for what came since the one before, in the last window.
        assert thread["cpu_s"] == pytest.approx(charged, abs=0.03)
    starts = [w.json["start_time_absolute"] for w in windows]
    for start, window, after in zip(starts, windows, starts[1:]):
        assert start + window.elapsed_s() == pytest.approx(after, abs=0.25)


def test_windows_are_thinned(exe_path, run, tmp_path):
    for n in range(150):
        (tmp_path / f"w.20200101-{n:06}.json").touch()
    (tmp_path / "w.20200101-mine.json").touch()
    python = newest()
    program = run(python, "--profile-interval", "60", "--profile-window", "-o", "w.json")
    assert program.end()[0] == 0
    names = sorted(path.name for path in tmp_path.glob("w.2020*.json"))
    assert "w.20200101-mine.json" in names and "w.20200101-000000.json" in names
    assert len(names) == 151 - 37
    assert [f"w.20200101-{n:06}.json" in names for n in range(140, 150)] == [True] * 10


def test_a_signal_asks_for_a_report(exe_path, run, tmp_path):
    python = newest()
    program = run(python, "--snapshot-signal", "USR2", "-o", "p.json")
    program.launcher.send_signal(12)
    profile = wait_for(lambda: readable(tmp_path / "p.json"))
    assert profile.json["running"] is True
    assert program.end()[0] == 0
