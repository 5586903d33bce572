"""Sums: CPU and waiting make the elapsed time; CPU is what getrusage says."""

import subprocess

import pytest
from accuracy.measuring import Profile, within
from support import tool


def cpu(profile):
    return sum(profile.cpu().values())


def startup(profile):
    """CPU time of the processes before sampling began."""
    return sum(process["startup_s"] for process in profile.json["processes"])


def test_main_thread_adds_up_to_its_elapsed_time(measure):
    m = measure("mixture.py")
    main = m.profile.json["main_thread"]
    thread = m.profile.threads()[main]
    used = sum(m.profile.cpu_by_thread()[main].values())
    lived = thread["end_s"] - thread["start_s"]
    waited = sum(m.profile.wait().values())
    assert waited == pytest.approx(m.profile.json["wait_s"], rel=1e-6)
    within(used + waited, lived, 0.01)
    assert lived == pytest.approx(m.truth["elapsed"], rel=0.02, abs=0.08)


def test_all_cpu_is_getrusage_s(measure):
    m = measure("mixture.py")
    whole = cpu(m.profile) + startup(m.profile)
    within(whole, sum(m.truth["usage"]), 0.02, 0.01)


def test_cpu_of_many_processes_is_getrusage_s(measure):
    m = measure("processes.py")
    for process in m.profile.json["processes"]:
        used = sum(process[f"cpu_{kind}_s"] for kind in ("python", "native", "system"))
        counted = process["rusage_user_s"] + process["rusage_system_s"]
        within(used + process["startup_s"], counted, 0.03, 0.02)


def test_cpu_of_tiny_threads_is_getrusage_s(measure):
    """Against what the system counted at the end: the program's own look at it
    comes before the interpreter's end."""
    m = measure("tiny_threads.py")
    process = m.profile.json["processes"][0]
    counted = process["rusage_user_s"] + process["rusage_system_s"]
    within(cpu(m.profile) + startup(m.profile), counted, 0.02)
    assert sum(m.truth["usage"]) <= counted


def test_cpu_of_a_killed_process(measure):
    """Its parent may collect it before the system can be asked about it."""
    m = measure("killed.py")
    for process in m.profile.json["processes"][1:]:
        counted = process["rusage_user_s"] + process["rusage_system_s"]
        within(counted, m.truth["cpu"][str(process["pid"])], 0.03, 0.03)


@pytest.mark.parametrize("seconds", ["0.002", "0.02"])
def test_the_rate_changes_no_second(measure, seconds):
    m = measure("mixture.py", options=["--cpu-sampling-rate", seconds])
    whole = cpu(m.profile) + startup(m.profile)
    within(whole, sum(m.truth["usage"]), 0.02, 0.02)


@pytest.mark.parametrize(
    "option", [["--profile-all"], ["--profile-only", "json"], ["--use-virtual-time"]]
)
def test_filters_change_no_total(measure, tmp_path, option):
    """A saved profile, asked again: the whole stays what it was."""
    m = measure("library_between.py")
    again = tmp_path / "again.json"
    argv = [tool.executable(), "view", "--json", "--outfile", str(again), *option, str(m.path)]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 0, done
    asked = Profile(again)
    for kind, seconds in m.profile.cpu().items():
        assert asked.cpu()[kind] == pytest.approx(seconds, rel=1e-6, abs=1e-6)


def test_everything_in_scope_is_the_whole(measure):
    """With --profile-all the files' figures make up the whole, but for time
    outside any Python frame."""
    m = measure("library_between.py", options=["--profile-all"])
    files = m.profile.json["files"].values()
    shown = sum(f[f"cpu_{kind}_s"] for f in files for kind in ("python", "native", "system"))
    outside = m.profile.json["no_python"]
    outside_s = sum(outside[f"cpu_{kind}_s"] for kind in ("python", "native", "system"))
    assert shown + outside_s == pytest.approx(cpu(m.profile), rel=0.001)


def test_idle_threads_do_not_drown_the_answer(measure):
    """wait_s is the main thread's alone, however many threads wait."""
    m = measure("mixture.py")
    assert m.profile.json["wait_s"] < m.profile.elapsed_s()
    assert m.profile.json["other_wait_s"] > 3
