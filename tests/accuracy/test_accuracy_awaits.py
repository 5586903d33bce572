"""Waiting of event loops: on which await, for what, in how many tasks."""

import pytest
from accuracy.measuring import PROGRAMS, note, tags_of

# What the line's waiting is called: in the samples, and in the table of awaits.
KINDS = {
    "chain": ("sleep", "sleep"),
    "gather": ("sleep", "sleep"),
    "bare": ("sleep", "sleep"),
    "generator": ("sleep", "sleep"),
    "queue": ("lock", "queue"),
    "lock": ("lock", "lock"),
    "event": ("lock", "lock"),
    "stream": ("io", "io"),
    "thread": ("lock", "executor"),
    "timeout": ("sleep", "sleep"),
    "group": ("sleep", "sleep"),
    "shield": ("sleep", "sleep"),
    "wait": ("sleep", "sleep"),
    "completed": ("sleep", "sleep"),
    "cancelled": ("sleep", "sleep"),
    "process": ("child", "process"),
}


def places(m):
    """{(end of file name, line): entry of awaits}"""
    return {(a["file"].rsplit("/", 1)[-1], a["lineno"]): a for a in m.profile.json["awaits"]}


def place_of(m, tag):
    """The entry of awaits of a tagged line, {} where it has none."""
    found = places(m)
    for name in (m.name, "awaits_deepest.py"):
        for line in tags_of(PROGRAMS / name).get(tag, []):
            if (name, line) in found:
                return found[name, line]
    return {}


def all_waits(m):
    waits = m.waits()
    deepest = m.profile.waits("awaits_deepest.py")
    (line,) = tags_of(PROGRAMS / "awaits_deepest.py")["chain"]
    return {**waits, "chain": deepest.get(line, {})}


def test_waits_go_to_the_await(measure):
    m = measure("awaits.py")
    waits, wrong, right_s, all_s = all_waits(m), [], 0.0, 0.0
    for name, seconds in m.truth["seconds"].items():
        found = waits[name].get(KINDS[name][0], 0.0)
        all_s += seconds
        right_s += min(found, seconds)
        note((found - seconds) / seconds)
        # What the loop did meanwhile is CPU time or its queue. On a busy machine a
        # look may come late, and takes what was before for its own.
        idle = sum(s for kind, s in waits[name].items() if kind != "cpu")
        if found < 0.95 * idle or found > seconds + 0.2:
            wrong.append((name, waits[name], seconds))
    assert not wrong, wrong
    queued = m.profile.wait().get("cpu", 0.0)
    assert right_s >= 0.95 * (all_s - queued) - 0.3, (right_s, all_s, queued)


def test_async_with_has_both_ends(measure):
    m = measure("awaits.py")
    waits = m.waits()
    both = [waits[tag].get("sleep", 0) for tag in ("enter", "exit")]
    # On a busy machine a look may come late and take some for the other.
    assert sum(both) == pytest.approx(0.5, abs=0.12) and min(both) > 0.1, both


def test_what_is_waited_for(measure):
    m = measure("awaits.py")
    wrong = []
    for tag, (_, reason) in KINDS.items():
        on = place_of(m, tag).get("on", {})
        if not on.get(reason):
            wrong.append((tag, reason, on))
    assert not wrong, wrong


def test_how_many_wait(measure):
    m = measure("awaits.py")
    gather, lock = place_of(m, "gather"), place_of(m, "lock")
    assert gather["peak"] == 100 and gather["mean"] == pytest.approx(100, rel=0.05)
    assert gather["await_s"] == pytest.approx(100 * gather["wait_s"], rel=0.05)
    assert lock["peak"] == 2 and place_of(m, "event")["peak"] == 1


def test_await_chains_are_stacks(measure):
    m = measure("awaits.py")
    chains = {
        tuple(frame.function for frame in sample.stack)
        for sample in m.profile.samples()
        if sample.kind == "sleep" and sample.stack
    }
    chain = ("main", "basics", "pass_on", "nap", "sleep")
    assert any(stack[-5:] == chain and stack[0] == "<module>" for stack in chains)


def test_sums_stay_the_elapsed_time(measure):
    m = measure("awaits.py")
    tasks, awaits = m.profile.json["tasks"], m.profile.json["awaits"]
    wait_s = m.profile.json["wait_s"]
    of_tasks = sum(task["wait_s"] for task in tasks)
    assert of_tasks <= wait_s + 0.001
    assert of_tasks >= 0.9 * (wait_s - m.profile.wait().get("cpu", 0.0)) - 0.1
    assert sum(a["wait_s"] for a in awaits) == pytest.approx(of_tasks, rel=0.01)
    assert "the consumer" in {task["name"] for task in tasks}
    assert m.profile.ledger["tasks_unreadable"] == 0


def test_many_tasks_are_thinned(measure):
    m = measure("awaits_many.py")
    three, one = place_of(m, "three"), place_of(m, "one")
    assert m.profile.ledger["tasks_thinned"] > 0
    ratio = three["await_s"] / one["await_s"]
    assert ratio == pytest.approx(3, rel=0.35), ratio
    assert three["mean"] == pytest.approx(3000, rel=0.2)
    assert 1500 < three["peak"] <= 4000


def test_loops_in_threads(measure):
    m = measure("awaits_loops.py")
    for tag, seconds in (("first", 0.6), ("second", 0.3)):
        found = place_of(m, tag)
        assert found["wait_s"] == pytest.approx(seconds, abs=0.2), tag
        thread = next(t for t in m.profile.json["tasks"] if t["function"] == tag)["thread"]
        assert m.profile.threads()[thread]["name"] == f"loop of {tag}"


def test_tasks_have_names_and_cpu_time(measure):
    m = measure("awaits_loops.py")
    tasks = {t["name"]: t for t in m.profile.json["tasks"] if t["function"] == "worker"}
    assert {"heavy", "light"} <= set(tasks)
    for name in ("heavy", "light"):
        assert 0.1 < tasks[name]["await_s"] < 1.8, tasks[name]
    assert tasks["heavy"]["cpu_s"] > 1.5 * tasks["light"]["cpu_s"] > 0
