"""CPU time of threads and processes, against their own clocks."""

import pytest
from accuracy.measuring import all_near, within
from support import build


def by_thread_name(profile):
    found = {}
    for index, cost in profile.cpu_by_thread().items():
        name = profile.threads()[index]["name"]
        found[name] = found.get(name, 0.0) + sum(cost.values())
    return found


def test_two_python_threads(measure):
    m = measure("two_threads.py")
    found = by_thread_name(m.profile)
    true = m.truth["cpu"]
    all_near({name: found[name] for name in true}, true, 3, m.profile.count())
    lines = {tag: sum(cost.values()) for tag, cost in m.tagged().items()}
    all_near(lines, true, 3, m.profile.count())


def test_the_python_threads_of_a_library(measure):
    """They run no code of the program's: theirs is the line that waits for them."""
    m = measure("library_pool.py")
    within(sum(m.tagged()["hashes"].values()), m.truth["hashes"], 0.03, 0.02)


def test_a_thread_that_gets_its_timer_late(measure):
    m = measure("threads_late.py")
    found = by_thread_name(m.profile)
    true = m.truth["cpu"]
    all_near({name: found[name] for name in true}, true, 3, m.profile.count())
    assert m.profile.ledger["threads_unsampled"] == 0


def test_two_native_threads(measure):
    m = measure("native_threads.py")
    found = by_thread_name(m.profile)
    true = m.truth["cpu"]
    all_near({name: found[name] for name in true}, true, 3, m.profile.count())
    within(sum(found.values()), sum(true.values()), 0.03, 0.05)


def test_the_threads_of_a_library(measure, tmp_path):
    """Theirs is the line that waits for them; where none does, they have none."""
    m = measure("native_pool.py", str(build.library(tmp_path, "pool")))
    tagged = m.tagged()
    within(sum(tagged["waits"].values()), m.truth["waits"], 0.03, 0.05)
    main = max(m.profile.cpu_by_thread().values(), key=lambda cost: sum(cost.values()))
    within(sum(tagged["builtin"].values()), sum(main.values()), 0.2)


def test_a_thousand_short_threads(measure):
    m = measure("short_threads.py")
    found = m.profile.lines("short_threads.py")
    by_samples = sum(sum(cost.values()) for cost in found.values())
    within(by_samples, m.truth["cpu"], 0.05)
    short = [t for t in m.profile.threads() if t["name"] == "short"]
    assert len(short) == m.truth["count"]


def test_processes(measure):
    m = measure("processes.py")
    found = {}
    for index, cost in m.profile.cpu_by_thread().items():
        process = m.profile.threads()[index]["process"]
        pid = m.profile.processes()[process].pid
        found[str(pid)] = found.get(str(pid), 0.0) + sum(cost.values())
    true = m.truth["cpu"]
    assert found.keys() == true.keys()
    all_near(found, true, 3, m.profile.count())
    whole = sum(m.profile.cpu().values())
    assert sum(found.values()) == pytest.approx(whole, rel=1e-6)
