"""Programs that run on while tests control their profiling."""

import os
import signal
import subprocess
import time
from pathlib import Path

from support import pythons
from support.profile import Profile

# Three phases, told apart by function; the test moves on by creating files.
PHASES = """
import os, sys, time
sys.stdout.write("%d\\n" % os.getpid()); sys.stdout.flush()
def busy():
    return sum(n * n for n in range(3000)), bytes(200000)
def first():
    while not os.path.exists("second"): busy()
def second():
    while not os.path.exists("third"): busy()
def third():
    while not os.path.exists("end"): busy()
first(); second(); third()
"""


class Running:
    """`argv` in `place`: its first line is the number of the program's process."""

    def __init__(self, argv, place, env=None):
        self.place = Path(place)
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self.launcher = subprocess.Popen([*map(str, argv)], cwd=place, env=env, **pipes)
        self.pid = int(self.launcher.stdout.readline())

    def to(self, phase):
        (self.place / phase).touch()

    def end(self, timeout=60):
        """(status, what it said)"""
        self.to("second"), self.to("third"), self.to("end")
        _, said = self.launcher.communicate(timeout=timeout)
        return self.launcher.returncode, said

    def abandon(self):
        self.to("second"), self.to("third"), self.to("end")  # for its children
        for pid in (self.launcher.pid, self.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.launcher.communicate(timeout=60)


def newest():
    return max(pythons.one_per_minor(), key=lambda python: python.version)


def wait_for(what, seconds=60):
    """Until `what()` is true; its value. A test never fails by being slow."""
    end = time.monotonic() + seconds
    while not (value := what()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return value


def readable(path):
    """The profile there, or None: it is replaced in one step, never half there."""
    return Profile(path) if Path(path).exists() else None


def functions(profile):
    """CPU seconds by name of the function that was running or had called."""
    seconds = {}
    for sample in profile.samples():
        if sample.kind in ("python", "native", "system"):
            for name in {frame.function for frame in sample.stack}:
                seconds[name] = seconds.get(name, 0) + sample.seconds
    return seconds
