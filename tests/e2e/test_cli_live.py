"""live: a program's page while it runs; the program is none the wiser."""

import json
import signal
import time

import pytest
from serving import Serving

WAITS = """
import os, sys, time
print("begins", flush=True)
while not os.path.exists("go"):
    sum(range(20000))
sys.exit(7)
"""
INTERRUPTED = """
import os, time
print("begins", flush=True)
try:
    while not os.path.exists("go"):
        sum(range(20000))
except KeyboardInterrupt:
    print("interrupted")
"""


def live(smp, *words):
    return Serving([smp.path, "live", "--no-browser", *words], smp.directory)


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_the_page_follows_and_the_program_ends_as_it_does(smp):
    (smp.directory / "waits.py").write_text(WAITS)
    (smp.directory / "profile.json").write_text('{"of": "another run"}')
    serving = live(smp, "waits.py")
    assert "follows the program" in serving.said
    assert serving.process.stdout.readline() == "begins\n"
    assert b'data-encoding="none"></script>' in serving.get().body, "no profile in the page"
    first = serving.get("api/profile")
    assert first.status == 204 or "waits.py" in first.json["program"], "not of another run"
    serving.get("api/ping?page=one")
    until(lambda: serving.get("api/state").json["version"] >= 2)
    assert serving.get("api/state").json["running"] is True
    assert serving.get("api/profile").json["running"] is True
    (smp.directory / "go").touch()
    until(lambda: not serving.get("api/state").json["running"])
    assert "waits.py" in serving.get("api/profile").json["program"]
    serving.post("api/bye", {"page": "one"})
    code, out, err = serving.stop()
    assert (code, out) == (7, "")
    assert "its page stays until it is closed" in err
    assert json.loads((smp.directory / "profile.json").read_text())["exit_status"] == 7


def test_ctrl_c_is_the_programs_then_the_pages(smp):
    (smp.directory / "waits.py").write_text(INTERRUPTED)
    serving = live(smp, "-o", "kept.json", "waits.py")
    serving.process.stdout.readline()
    serving.get("api/ping?page=one")
    serving.process.send_signal(signal.SIGINT)
    until(lambda: not serving.get("api/state").json["running"])
    assert serving.process.poll() is None, "the page is still there"
    code, out, _ = serving.stop()
    assert (code, out) == (0, "interrupted\n")
    assert (smp.directory / "kept.json").exists()


def test_without_a_page_it_ends_by_itself(smp):
    (smp.directory / "short.py").write_text("print('short')")
    done = smp.run("live", "--no-browser", "short.py")
    assert (done.returncode, done.stdout) == (0, "short\n")
    assert "the page is at" in done.stderr and "the profile is in profile.json" in done.stderr


@pytest.mark.parametrize(
    "words, what",
    [
        (["--cli", "x.py"], "--cli is for run"),
        (["--html", "x.py"], "--html is for run"),
        (["-o", "x.html", "x.py"], "ends in .json"),
        ([], "no program to run was given"),
    ],
    ids=str,
)
def test_what_it_can_not_do_is_said(smp, words, what):
    done = smp.run("live", *words)
    assert done.returncode == 2 and what in done.stderr


def test_a_program_that_is_not_there(smp):
    done = smp.run("live", "--no-browser", "no-such-program-here")
    assert done.returncode == 127 and "the page is at" not in done.stderr
