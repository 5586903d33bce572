"""The page from the command line: when it opens, when the terminal gets the report."""

import json
import re
import sys

import pytest
from ai_cases import SLOW
from serving import URL, Serving, files_below
from terminal import Terminal

from solvidia_mem_prof.ai.secret import VARIABLES

DISPLAY = {"DISPLAY": ":99"}


@pytest.fixture
def saved(smp):
    (smp.directory / "slow.py").write_text(SLOW)
    assert smp.run("--json", "slow.py").returncode == 0
    return smp.directory / "profile.json"


@pytest.fixture
def makes_pages(smp, saved):
    """Skips where this version writes no page yet."""
    done = smp.run("view", "--html", "-o", "-", "profile.json")
    if done.returncode != 0:
        pytest.skip("--html is not there yet")


@pytest.fixture
def browser(tmp_path):
    """Notes what it is asked to open."""
    path = tmp_path / "browser"
    path.write_text(f"#!/bin/sh\necho \"$@\" >> '{tmp_path}/opened'\n")
    path.chmod(0o755)
    return {"BROWSER": str(path)}


def opened(tmp_path):
    path = tmp_path / "opened"
    return path.read_text().split() if path.exists() else []


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"DISPLAY": ""},
        {**DISPLAY, "CI": "true"},
        {**DISPLAY, "SSH_CONNECTION": "1.2.3.4"},
        {**DISPLAY, "SSH_TTY": "/dev/pts/1"},
    ],
    ids=str,
)
def test_without_a_display_the_terminal_gets_it(smp, saved, browser, env, tmp_path):
    terminal = Terminal([smp.path, "view"], smp.directory, {**browser, **env})
    assert terminal.end() == 0
    assert "slow.py" in terminal.text and "view --no-browser profile.json" in terminal.text
    terminal = Terminal([smp.path, "slow.py"], smp.directory, {**browser, **env})
    assert terminal.end() == 0
    assert '{"total": ' in terminal.text and "solvidia-mem-prof:" not in terminal.text
    assert opened(tmp_path) == []


def test_no_terminal_is_no_display(smp, saved, browser, tmp_path):
    done = smp.run("view", env={**browser, **DISPLAY})
    assert "slow.py" in done.stdout and done.returncode == 0
    assert smp.run("slow.py", env={**browser, **DISPLAY}).stderr == ""
    assert opened(tmp_path) == []


@pytest.mark.parametrize(
    "options",
    [["--cli"], ["--json"], ["-o", "out"], ["--width", "80"], ["--color", "never"]],
    ids=str,
)
@pytest.mark.parametrize("verb", ["view", "run"])
def test_what_asks_for_the_terminal_or_a_file_opens_nothing(
    smp, saved, browser, verb, options, tmp_path
):
    words = ["slow.py"] if verb == "run" else []
    terminal = Terminal(
        [smp.path, verb, *options, *words], smp.directory, {**browser, **DISPLAY}
    )
    assert terminal.end() == 0
    assert opened(tmp_path) == [] and not (smp.directory / "profile.html").exists()
    assert "no display" not in terminal.text


def test_report_is_for_the_terminal(smp, saved, browser, tmp_path):
    terminal = Terminal([smp.path, "report"], smp.directory, {**browser, **DISPLAY})
    assert terminal.end() == 0 and "slow.py" in terminal.text
    assert opened(tmp_path) == []


def test_run_without_a_browser_by_wish(smp, saved, browser, tmp_path):
    command = [smp.path, "--no-browser", "slow.py"]
    terminal = Terminal(command, smp.directory, {**browser, **DISPLAY})
    assert terminal.end() == 0 and "slow.py" in terminal.text
    assert opened(tmp_path) == []


def test_a_page_that_can_t_be_made_falls_back_to_the_report(smp, saved, tmp_path):
    """No browser at all: the report is in the terminal all the same."""
    empty = smp.directory / "bin"
    empty.mkdir()
    env = {**DISPLAY, "BROWSER": "/does/not/exist %s", "PATH": str(empty)}
    command = [smp.path, "--python", sys.executable, "slow.py"]
    terminal = Terminal(command, smp.directory, env)
    assert terminal.end() == 0
    assert '{"total": ' in terminal.text and "CPU" in terminal.text


def test_the_program_s_exit_code_stays(smp, saved, browser):
    code = "import sys; sys.exit(7)"
    terminal = Terminal([smp.path, "-c", code], smp.directory, {**browser, **DISPLAY})
    assert terminal.end() == 7


@pytest.mark.parametrize("words", [["--port", "0"], ["--no-browser"]])
def test_asked_for_the_page_is_served_without_a_display(smp, makes_pages, words):
    serving = Serving([smp.path, "view", *words, "profile.json"], smp.directory)
    assert b"smp-server" in serving.get().body
    assert json.loads(serving.get("api/profile").body)["program"] == "slow.py"
    assert serving.stop()[0] == 0


@pytest.mark.parametrize("words", [["view"], ["run", "slow.py"]], ids=str)
def test_html_writes_the_page_and_opens_nothing(smp, makes_pages, browser, words, tmp_path):
    verb, *rest = words
    terminal = Terminal([smp.path, verb, "--html", *rest], smp.directory, {**browser, **DISPLAY})
    assert terminal.end() == 0
    assert (smp.directory / "profile.html").exists() and opened(tmp_path) == []


def test_view_opens_the_browser(smp, makes_pages, browser, tmp_path):
    terminal = Terminal([smp.path, "view"], smp.directory, {**browser, **DISPLAY})
    text = terminal.wait_for("Ctrl-C ends it")
    assert URL.search(text)
    terminal.interrupt()
    assert terminal.end() == 0
    (url,) = opened(tmp_path)
    assert "/open/" in url


def test_a_run_ends_with_its_page(smp, makes_pages, browser, tmp_path):
    (smp.directory / "profile.json").unlink()
    terminal = Terminal([smp.path, "slow.py"], smp.directory, {**browser, **DISPLAY})
    assert terminal.end() == 0
    assert "the page is in profile.html, the profile in profile.json" in terminal.text
    assert (smp.directory / "profile.json").exists()
    (url,) = opened(tmp_path)
    assert url == (smp.directory / "profile.html").as_uri()
    assert not re.search(r"Function|CPU ", terminal.text), "the page is the report"


def test_no_key_of_the_environment_is_in_what_a_run_writes(smp, saved):
    keys = {name: f"secret-of-{name.lower()}" for name in VARIABLES}
    code = "import os, subprocess, sys; subprocess.run([sys.executable, '-c', '0'], env=os.environ)"
    told = []
    for options in (["--json"], ["-o", "a.txt"], ["--cli", "--json", "--profile-all"]):
        done = smp.run(*options, "-c", code, env=keys)
        told += [done.stdout, done.stderr]
    told.append(smp.run("view", "--html", "-o", "a.html", env=keys).stderr)
    told += [p.read_bytes().decode() for p in files_below(smp.directory)]
    assert len(told) > 8 and not [key for key in keys.values() if key in "".join(told)]


def test_wrong_words(smp, saved):
    (smp.directory / "empty").mkdir()
    for words in (["view", "--no-browser"], ["view"]):
        assert "no profile.json here" in smp.refuses(*words, cwd=smp.directory / "empty")
    assert "--port is a whole number from 0 to 65535" in smp.refuses("view", "--port", "x")
    assert "--port is not for run" in smp.refuses("run", "--port", "1", "slow.py")
    assert "takes one profile" in smp.refuses("view", "a", "b", "--no-browser")
    assert "No such file" in smp.refuses("view", "--no-browser", "nope.json")
    assert "--python" in smp.refuses("view", "--no-browser", "--python", "/nope")
