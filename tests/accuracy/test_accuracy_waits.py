"""Waiting of the main thread: how long, on which line, for what."""

import pytest
from accuracy.measuring import note

# What the line's waiting is called in the profile.
KINDS = {
    "sleep": "sleep",
    "lock": "lock",
    "queue": "lock",
    "event": "lock",
    "pipe": "io",
    "select": "io",
    "poll": "io",
    "child": "child",
    "join": "lock",
    "gil": "gil",
}


def test_waits_of_known_length(measure):
    m = measure("waits.py")
    waits, wrong = m.waits(), []
    for name, seconds in m.truth["seconds"].items():
        found = waits[name].get(KINDS[name], 0.0)
        if seconds > 0.1:
            note((found - seconds) / seconds)
        if found != pytest.approx(seconds, rel=0.03, abs=0.02):
            wrong.append((name, KINDS[name], waits[name], seconds))
    assert not wrong, wrong
