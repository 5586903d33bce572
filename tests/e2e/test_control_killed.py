"""The profiler is killed, or has no room to write: the program never notices, and
what was measured is not lost."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.control import PHASES, Running, functions, newest, readable, wait_for  # noqa: E402
from support.profile import Profile  # noqa: E402

ROUNDS = 8  # bench/killed.py does hundreds
# Says at its end what it found: descriptors, children, its working directory.
UNHARMED = PHASES + """
import subprocess
print(len(os.listdir("/proc/self/fd")), subprocess.run(["true"]).returncode, flush=True)
"""


@pytest.fixture
def run(exe_path, tmp_path):
    (tmp_path / "prog.py").write_text(UNHARMED)
    begun = []

    def begin(*options, place=tmp_path, env=None):
        argv = [exe_path, *options, "--python", newest().path, tmp_path / "prog.py"]
        begun.append(Running(argv, place, env))
        return begun[-1]

    yield begin
    for each in begun:
        if each.launcher.poll() is None:
            each.abandon()


def kill_profiler(program):
    program.launcher.kill()
    program.launcher.wait()


def rest_of(program):
    """What the program says when it is let go, though nobody waits for it."""
    for phase in ("second", "third", "end"):
        program.to(phase)
    out, said = program.launcher.communicate(timeout=60)
    for phase in ("second", "third", "end"):
        (program.place / phase).unlink(missing_ok=True)
    return out, said


def test_profiler_killed_at_random_instants(run, tmp_path):
    at_random = random.Random(7)
    path = tmp_path / "p.json"
    for _ in range(ROUNDS):
        path.unlink(missing_ok=True)
        program = run("-o", path)
        begun = time.monotonic()
        time.sleep(at_random.uniform(0.1, 1.5))
        ran = time.monotonic() - begun
        kill_profiler(program)
        profile = wait_for(lambda: readable(path))
        # It is from at most 5 s before; early ones are nearer.
        assert profile.elapsed_s() > ran / 2 - 0.3
        assert profile.json["running"] is True
        assert os.path.exists(f"/proc/{program.pid}"), "the program runs on"
        out, said = rest_of(program)
        assert out == "4 0\n"  # 0, 1, 2 and the listing's own
        assert said.count("\n") == 1 and str(path) in said


def test_where_it_goes_without_a_file(run, tmp_path):
    (tmp_path / "profile.json").write_text("mine")
    program = run("--cli")
    time.sleep(0.5)
    kill_profiler(program)
    (path,) = wait_for(lambda: list(tmp_path.glob("profile-*.json")))
    assert Profile(path).json["running"] is True
    assert (tmp_path / "profile.json").read_text() == "mine"
    assert path.name in rest_of(program)[1]


def test_nothing_is_left_at_the_normal_end(run, tmp_path, exe_path):
    before = set(tmp_path.iterdir())
    program = run("--cli")
    time.sleep(0.6)
    assert program.end()[0] == 0
    left = {path.name for path in set(tmp_path.iterdir()) - before}
    assert left == {"second", "third", "end"}


@pytest.fixture
def full_disk(tmp_path):
    """A folder on a disk of 16 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    options = ["-t", "tmpfs", "-o", "size=16k", "none"]
    if os.geteuid() or subprocess.run(["mount", *options, place], capture_output=True).returncode:
        pytest.skip("no tmpfs can be mounted here")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_is_one_warning(run, full_disk, tmp_path):
    (full_disk / "filler").write_bytes(b"x" * 16384)
    program = run("--json", "-o", full_disk / "p.json")
    status, said = program.end()
    assert status == 0
    assert said.count("\n") == 1 and "No space left on device" in said
    assert not (full_disk / "p.json").exists()


def test_reports_at_intervals_warn_once(run, tmp_path):
    program = run("--json", "-o", "/dev/full", "--profile-interval", "0.2")
    time.sleep(1.2)
    status, said = program.end()
    assert status == 0
    assert said.count("\n") == 1 and "No space left on device" in said, "also at the end"


def test_a_disk_that_has_room_again_has_the_last_report(run, full_disk, tmp_path):
    filler = full_disk / "filler"
    filler.write_bytes(b"x" * 16384)
    program = run("--json", "-o", full_disk / "p.json", "--profile-interval", "0.2")
    time.sleep(1)
    filler.unlink()
    subprocess.run(["mount", "-o", "remount,size=4m", full_disk], check=True)
    status, said = program.end()
    assert (status, said.count("No space left")) == (0, 1), said
    assert functions(Profile(full_disk / "p.json"))["first"] > 0


def test_without_home_and_with_16_descriptors(exe_path, tmp_path):
    (tmp_path / "prog.py").write_text("sum(n * n for n in range(2000000))\n")
    env = {name: value for name, value in os.environ.items() if name != "HOME"}
    words = [exe_path, "-o", "p.json", "--python", newest().path, "prog.py"]
    shell = 'ulimit -n 16; exec "$@"'
    done = subprocess.run(
        ["sh", "-c", shell, "sh", *map(str, words)], cwd=tmp_path, env=env, capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert Profile(tmp_path / "p.json").ledger["samples_taken"] > 5
