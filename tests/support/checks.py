"""What a case's profile must say; each check raises AssertionError."""

import os
from collections import Counter
from itertools import takewhile

from support.profile import Profile


def load(path):
    return Profile(path)


def every_process(case, path, outcome):
    """Each process that ran Python is there, with the status it ended with."""
    assert path.exists(), f"no profile was written: {outcome.said}"
    profile = load(path)
    hardly_unreadable(profile)
    if case.processes == "0":
        return
    processes = profile.processes()
    wrong = [p for p in processes if p.recording != "recorded"]
    assert not wrong, wrong
    assert len(processes) == int(case.processes), processes
    expected = statuses(case.exits) if case.exits else None
    if expected is None and len(processes) == 1:
        expected = Counter([outcome.status])
    if expected is not None:
        ends_are(Counter(p.status for p in processes), expected)


def ends_are(found, expected):
    """Before Linux 6.15 a process that is not one's child can end untold."""
    if kernel() < (6, 15):
        untold = found.pop(None, 0)
        assert not found - expected, f"ended with {found}, not {expected}"
        assert (expected - found).total() == untold, (found, expected)
    else:
        assert found == expected, f"ended with {found}, not {expected}"


def kernel():
    major, minor = os.uname().release.split(".")[:2]
    return int(major), int("".join(takewhile(str.isdigit, minor)))


def statuses(text):
    """'0*3 7 ?' as Counter({0: 3, 7: 1, None: 1})."""
    pairs = (word.partition("*") for word in text.split())
    known = ((None if s == "?" else int(s), int(n or 1)) for s, _, n in pairs)
    return Counter(dict(known))


def hardly_unreadable(profile):
    """No sample was lost. A process that dies may cut one record short, and a
    thread that another one ends may be met in the middle of a change."""
    ledger = profile.ledger
    names = ("samples_taken", "samples_lost", "samples_unreadable", "records_damaged")
    shown = {name: ledger[name] for name in names}
    assert ledger["samples_lost"] == 0, shown
    assert ledger["records_damaged"] <= len(profile.processes()), shown
    assert ledger["samples_unreadable"] <= 1 + ledger["samples_taken"] / 100, shown


def nothing_unreadable(profile):
    """Not even one sample failed its validation."""
    assert profile.ledger["samples_unreadable"] == 0, profile.ledger
    assert profile.ledger["records_damaged"] == 0, profile.ledger


def three_processes_or_more(profile):
    """The parent and two workers at least, all recorded."""
    recorded = [p for p in profile.processes() if p.recording == "recorded"]
    assert len(recorded) >= 3, profile.processes()


def exec_names(profile):
    """Code made by exec keeps its own names: even ones in <even> alone."""
    seen = Counter()
    for frame in profile.frames():
        if frame.file in ("<even>", "<odd>"):
            name = frame.function.partition(".")[0]
            seen[frame.file] += 1
            right = name == "<module>" or name.startswith(frame.file[1:-1] + "_")
            assert right, frame
    assert seen, "no sample in code made by exec"


def flutter(profile):
    """hot_a calls leaf_a and hot_b leaf_b: no stack has another pair."""
    flutter_pairs(profile, {"leaf_a": "hot_a", "leaf_b": "hot_b"})


def flutter_pairs(profile, callers):
    """Each leaf is called by its caller only, and neither calls another hot one.
    Native frames between two of Python are passed over."""
    pairs = Counter()
    for stack in profile.stacks():
        names = [frame.function for frame in stack if frame.file.endswith(".py")]
        pairs.update(pair for pair in zip(names, names[1:]) if pair[1] in callers)
        for caller, callee in zip(names, names[1:]):
            if caller in ("hot_a", "hot_b", *callers):
                assert callee not in ("hot_a", "hot_b", "main"), names
    assert pairs, "no sample in a leaf"
    assert pairs.keys() <= {(c, leaf) for leaf, c in callers.items()}, pairs


def one_is_foreign(profile):
    """Of three processes one is in another PID namespace."""
    processes = profile.processes()
    assert len(processes) == 3 and all(p.pid > 1 for p in processes), processes
    assert sorted(p.recording for p in processes) == ["not", "recorded", "recorded"]
