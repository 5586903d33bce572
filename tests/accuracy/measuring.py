"""Runs a program of known truth and says how far a profile is from it."""

import json
import math
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import tool  # noqa: E402
from support.profile import Profile  # noqa: E402

PROGRAMS = Path(__file__).with_name("programs")
SIGMAS = 3  # of sampling noise that a test allows on top of its tolerance


@dataclass
class Measurement:
    """A profile and what its program knew about itself."""

    name: str  # the program's file
    profile: Profile
    truth: dict
    path: Path  # of the profile

    def tagged(self):
        """CPU seconds by kind of the lines that end in `# @tag`: {tag: {...}}."""
        tags, lines = tags_of(PROGRAMS / self.name), self.profile.lines(self.name)
        return {tag: add(lines.get(n, {}) for n in where) for tag, where in tags.items()}

    def waits(self):
        """Waiting of the main thread by tag: {tag: {kind: seconds}}."""
        tags, waits = tags_of(PROGRAMS / self.name), self.profile.waits(self.name)
        return {tag: add(waits.get(n, {}) for n in where) for tag, where in tags.items()}


def tags_of(path):
    """{tag: [line numbers]} of the lines that end in `# @tag`."""
    tags = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = re.search(r"# @(\S+)$", line)
        if found:
            tags.setdefault(found[1], []).append(number)
    return tags


def add(costs):
    total = {}
    for cost in costs:
        for kind, seconds in cost.items():
            total[kind] = total.get(kind, 0.0) + seconds
    return total


def measure(python, directory, name, *arguments, options=()):
    """Runs programs/<name> under the profiler."""
    path = directory / "profile.json"
    argv = tool.command(tool.executable(), python.path, ["{prog}", *arguments], path, name)
    argv[1:1] = ["--cpu-percent-threshold", "0", *options]
    done = subprocess.run(
        argv, cwd=PROGRAMS, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done
    truth = json.loads(done.stdout.splitlines()[-1])
    return Measurement(name, Profile(path), truth, path)


def noise(share, count):
    """Standard deviation of a share that `count` samples estimate."""
    return math.sqrt(max(share * (1 - share), 0.25 / count) / count)


# What each comparison found: errors in points of 100, or in per cent of the truth.
# (name of the test, error); conftest.py prints them.
errors = []


def note(error):
    name = os.environ.get("PYTEST_CURRENT_TEST", "?").partition("::")[2]
    errors.append((name.rpartition(" ")[0], 100 * abs(error)))


def within(measured, true, rel, absolute=0.0):
    """Figures that are equal within a part of the truth, or an absolute amount."""
    note((measured - true) / true)
    assert measured == pytest.approx(true, rel=rel, abs=absolute), (measured, true)


def near(measured, true, points, count):
    """Shares that are equal within `points` of 100 and the sampling noise."""
    note(measured - true)
    allowed = points / 100 + SIGMAS * noise(true, count)
    message = f"{100 * measured:.1f} % instead of {100 * true:.1f} %, +- {100 * allowed:.1f}"
    assert abs(measured - true) <= allowed, message


def shares(seconds):
    """{name: share of the sum}."""
    whole = sum(seconds.values())
    return {name: value / whole for name, value in seconds.items()}


def all_near(measured, true, points, count):
    """Every share of a group; both are given in seconds."""
    measured, true = shares(measured), shares(true)
    for name in true:
        try:
            near(measured.get(name, 0.0), true[name], points, count)
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}; {measured} {true}") from None
