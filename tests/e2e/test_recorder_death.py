"""A program that is killed or stopped at any instant: the profile is whole."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import pythons, tool  # noqa: E402
from support.profile import Profile  # noqa: E402

EVERY = pytest.mark.parametrize(
    "python", pythons.one_per_minor(), ids=lambda python: python.name
)
BUSY = """
import os, sys, threading, zlib
def work():
    data = os.urandom(20000)
    while True:
        exec(compile("def f(n):\\n return n + 1\\nf(1)", "<made>", "exec"), {})
        sum(n * n for n in range(500))
        zlib.compress(data)
for _ in range(2):
    threading.Thread(target=work, daemon=True).start()
sys.stdout.write("%d\\n" % os.getpid())
sys.stdout.flush()
work()
"""


class Running:
    """The program under the profiler; `pid` is its own."""

    def __init__(self, exe, python, place, text):
        (place / "prog.py").write_text(text)
        self.path = place / "p.json"
        self.path.unlink(missing_ok=True)
        argv = tool.command(exe, python.path, ["{prog}"], self.path, "prog.py")
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(argv, cwd=place, **pipes)
        self.pid = int(self.process.stdout.readline())

    def end(self):
        """(what it printed since, its status, its profile)."""
        out, err = self.process.communicate(timeout=60)
        assert self.path.exists(), err
        return out, self.process.returncode, Profile(self.path)


def charged(profile):
    return sum(sum(cost.values()) for cost in profile.cpu_by_thread().values())


@EVERY
def test_killed_at_random_instants(python, exe_path, tmp_path):
    at_random = random.Random(str(python.version))
    for _ in range(12):
        run = Running(exe_path, python, tmp_path, BUSY)
        time.sleep(at_random.uniform(0, 0.5))
        os.kill(run.pid, signal.SIGKILL)
        _, status, profile = run.end()
        (process,) = profile.processes()
        assert status == process.status == -signal.SIGKILL
        assert profile.ledger["records_damaged"] <= 3, "one a thread at most"
        assert profile.ledger["samples_lost"] == 0
        # Until its last moment: the system counts in ticks of 10 ms a thread.
        entry = profile.json["processes"][0]
        counted = entry["rusage_user_s"] + entry["rusage_system_s"]
        since_start = counted - entry["startup_s"]
        assert charged(profile) == pytest.approx(since_start, rel=0.1, abs=0.06)
        view = subprocess.run([exe_path, "view", run.path], capture_output=True)
        assert view.returncode == 0, view


STOPPED = """
import os, sys, time
print(os.getpid(), flush=True)
def work():
    end = time.process_time() + 0.6
    while time.process_time() < end:
        sum(range(1000))
work()
print("end")
"""


@EVERY
def test_stopped_and_continued(python, exe_path, tmp_path):
    run = Running(exe_path, python, tmp_path, STOPPED)
    for _ in range(4):
        time.sleep(0.05)
        os.kill(run.pid, signal.SIGSTOP)
        time.sleep(0.15)
        os.kill(run.pid, signal.SIGCONT)
    out, status, profile = run.end()
    assert (out, status) == (b"end\n", 0)
    assert charged(profile) == pytest.approx(0.6, rel=0.1, abs=0.03)
    lines = profile.lines("prog.py")
    assert sum(sum(cost.values()) for cost in lines.values()) > 0.5
    waited = sum(profile.wait().values())
    assert waited >= 0.4, "the time in which it was stopped"
    assert charged(profile) + waited == pytest.approx(profile.elapsed_s(), rel=0.1)
