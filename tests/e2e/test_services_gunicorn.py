"""gunicorn with a Flask app: a server with workers, under load."""

import json
import re
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.profile import Profile  # noqa: E402
from support.service import OURS, Service, command, fetch, load  # noqa: E402

pytest.importorskip("gunicorn")
pytest.importorskip("flask")

APP = Path(__file__).with_name("services")
LEAKING_LINE = 54
STAMP = re.compile(r"^\[[^]]*\] \[\d+\] |\d+", re.MULTILINE)


def start(directory, exe=None, *options):
    directory.mkdir()
    argv = [command("gunicorn"), "-b", "127.0.0.1:0", "--chdir", str(APP)]
    argv += ["--no-control-socket", *options, "shop:app"]
    return Service(argv, directory, exe, env={"HOME": str(directory)})


def serve(directory, exe, paths, *options, number=signal.SIGTERM, group=False, ask=True):
    """Exit status, answers and log of a whole life; `ask`: and what workers used."""
    with start(directory, exe, *options) as service:
        port = service.port()
        answers = load(port, paths)
        used = workers_said(port) if exe and ask else {}
        status = service.stop(number, group)
        return status, answers, service.text(), used


def workers_said(port):
    """What each function took by its worker's own clock, all workers together."""
    used = {}
    for name in ("python_work", "native_work", "sleepy"):
        by_pid = dict(fetch(port, f"/used/{name}")[1].split() for _ in range(60))
        used[name] = sum(map(float, by_pid.values()))
    return used


def log_words(text):
    """Its log without what differs from run to run, as a bag of lines."""
    return Counter(STAMP.sub("#", line) for line in OURS.sub("", text).splitlines())


PATHS = ["/python", "/native", "/sleep", "/python"] * 75


@pytest.fixture(scope="module")
def runs(tmp_path_factory, exe_path):
    root = tmp_path_factory.mktemp("gunicorn")
    bare = serve(root / "bare", None, PATHS, "-w", "3")
    profiled = serve(root / "profiled", exe_path, PATHS, "-w", "3")
    return bare, profiled, Profile(root / "profiled" / "profile.json")


def test_it_behaves_as_bare(runs):
    (status, answers, log, _), (ours, our_answers, our_log, _), _ = runs
    assert (ours, our_answers) == (status, answers) == (0, answers)
    assert log_words(our_log) == log_words(log)


def test_each_worker_is_a_process(runs):
    profile = runs[2]
    master, *workers = profile.json["processes"]
    assert len(workers) == 3
    assert all(w["parent"] == 0 and not w["running"] for w in workers)
    assert all(w["name"] == f"child of {master['pid']}, same command" for w in workers)
    for worker in workers:
        assert worker["exit_status"] == 0
        assert worker["cpu_python_s"] > 0 and worker["cpu_native_s"] > 0
        assert worker["peak_bytes"] > 1 << 20 and worker["peak_rss_bytes"] > 10 << 20


def test_functions_have_their_times(runs):
    """Workers' own clocks against the profile, workers summed. A function of 1 s is
    known by 250 ticks of 4 ms, Poisson: 4 sigma are 25 %, and some ms of ends."""
    used, profile = runs[1][3], runs[2]
    by_name = {f["line"]: f for f in profile.file("shop.py")["functions"]}
    for name in ("python_work", "native_work"):
        seconds = sum(by_name[name][f"cpu_{k}_s"] for k in ("python", "native", "system"))
        ticks = max(used[name] / 0.004, 1)
        assert abs(seconds - used[name]) < 4 * used[name] / ticks**0.5 + 0.02, name
    assert by_name["python_work"]["cpu_python_s"] > by_name["python_work"]["cpu_native_s"]
    assert by_name["native_work"]["cpu_native_s"] > by_name["native_work"]["cpu_python_s"]


def test_waiting_of_workers_is_named(runs, smp, tmp_path):
    profile = runs[2]
    by_name = {f["line"]: f for f in profile.file("shop.py")["functions"]}
    slept = runs[1][3]["sleepy"]
    # A busy machine's scans come late, and then short waits are read less often than
    # long ones, which get their time.
    assert 0.8 * slept < by_name["sleepy"]["other_wait_s"] < 4 * slept
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(profile.json))
    text = smp.run("view", "--cli", "--width", "120", path).stdout
    section = text.partition("waiting in other threads and processes")[2]
    assert re.search(r"\d s +3  sleep +sleepy \(.*shop\.py:26\)", section), text
    assert len(re.findall(r"\d+[MK] +\d+M +\d+  (?:child of|python)", section)) == 4


def test_a_leak_is_found_by_its_line(tmp_path, exe_path):
    """2,000 requests, each keeps 4 kB in a global list. They are most of the run: what
    no longer grows in its last half is no leak."""
    status, answers, _, _ = serve(
        tmp_path / "leak", exe_path, ["/leak"] * 2000, "-w", "2", ask=False
    )
    assert (status, answers) == (0, {(200, "kept"): 2000})
    leaks = Profile(tmp_path / "leak" / "profile.json").file("shop.py")["leaks"]
    assert list(leaks) == [str(LEAKING_LINE)]


def test_workers_come_and_go(tmp_path, exe_path):
    """Each worker is replaced after some requests; none is lost."""
    status, answers, _, _ = serve(
        tmp_path / "many", exe_path, ["/python"] * 40, "-w", "2",
        "--max-requests", "10", number=signal.SIGINT, group=True,
    )
    assert (status, sum(answers.values()), len(answers)) == (0, 40, 1)
    workers = Profile(tmp_path / "many" / "profile.json").json["processes"][1:]
    assert len(workers) > 3
    assert {w["recording"] for w in workers} == {"recorded"}
    ends = Counter(w["exit_status"] for w in workers)
    # One that begins just now has no handler yet: the signal to the group ends it.
    assert set(ends) <= {0, -signal.SIGINT} and ends[0] >= 3


def test_reload_by_hangup(tmp_path, exe_path):
    """SIGHUP to the launcher makes gunicorn start new workers."""
    with start(tmp_path / "hup", exe_path, "-w", "1") as service:
        port = service.port()
        first = fetch(port, "/pid")[1]
        service.process.send_signal(signal.SIGHUP)
        service.wait_for(lambda: fetch(port, "/pid")[1] != first, "a new worker")
        load(port, ["/python"] * 20)
        assert service.stop() == 0
    profile = Profile(tmp_path / "hup" / "profile.json")
    assert len(profile.processes()) == 3
