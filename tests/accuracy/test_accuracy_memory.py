"""Memory: lines, leaks, copies and shares against what programs know of themselves.

The sampler draws anew in each run, so a run is a trial: `--seeds N` repeats the
statistical ones (docs/accuracy.md has the figures of 100).
"""

import pytest
from accuracy.measuring import PROGRAMS, measure, note, tags_of, within

pytestmark = pytest.mark.slow

# The chance that a right estimate fails a test here.
FAILURE = 1e-3


@pytest.fixture
def trials(python, request, tmp_path):
    """trials(name, *arguments): so many measurements, each of its own run."""

    def all_of(name, *arguments):
        for _ in range(request.config.getoption("--seeds")):
            yield measure(python, tmp_path, name, *arguments)

    return all_of


def lines(m):
    """{tag: the memory figures of its line; of several the one that ran}."""
    found = {}
    for path, told in m.profile.json["files"].items():
        if path.endswith("/" + m.name):
            found.update({row["lineno"]: row for row in told["lines"]})
    tags = tags_of(PROGRAMS / m.name)
    ran = {tag: [found[n] for n in where if n in found] for tag, where in tags.items()}
    return {
        tag: max(rows, key=lambda row: row.get("alloc_bytes", 0)) for tag, rows in ran.items() if rows
    }


def misses_allowed(trials, chance):
    """So many misses of an interval with this chance of one are no accident: fewer
    than FAILURE of all series have more."""
    term, below, n = (1 - chance) ** trials, 0.0, 0
    while below + term < 1 - FAILURE:
        below += term
        term *= (trials - n) / (n + 1) * chance / (1 - chance)
        n += 1
    return n


def test_small_objects_lie_in_their_interval(trials):
    missed = {}
    count = 0
    for m in trials("memory_small.py"):
        count += 1
        for figure, name in (("alloc_bytes", "allocated"), ("live_bytes", "live")):
            for tag, true in m.truth[name].items():
                row = lines(m)[tag]
                low, high = row[figure + "_ci"]
                missed.setdefault((name, tag), []).append(not low <= true <= high)
                # Four standard errors, where the interval has about two.
                within(row[figure], true, max(0.08, (high - low) / true))
    for what, each in missed.items():
        assert sum(each) <= misses_allowed(count, 0.05), (what, sum(each), count)


def test_lines_of_one_size_are_surer_than_their_interval(trials):
    """Small objects are drawn by strata and recorded by size: independent draws would
    be 4 to 6 % off."""
    for m in trials("memory_lines.py"):
        for figure, name in (("alloc_bytes", "allocated"), ("live_bytes", "live")):
            for tag, true in m.truth[name].items():
                within(lines(m)[tag][figure], true, 0.05)


def test_lines_that_keep_in_turn(trials):
    for m in trials("memory_turns.py"):
        for tag, true in m.truth["live"].items():
            for figure in ("live_bytes", "net_bytes", "peak_bytes"):
                within(lines(m)[tag][figure], true, 0.03)


LARGE = ("array", "list", "dict", "bytearray", "mapping", "realloc")


@pytest.mark.parametrize("name", LARGE)
def test_large_blocks_beside_churn(measure, python, name):
    if name == "array" and not python.has("numpy"):
        pytest.skip("no numpy")
    m = measure("memory_large.py", name)
    for figure in ("live_bytes", "net_bytes"):
        within(lines(m)[name][figure], m.truth[name], 0.02)
    # Before a block goes that was copied to a larger one, both are there.
    peak = lines(m)[name]["peak_bytes"]
    assert peak >= 0.98 * m.truth[name]
    assert m.profile.json["peak_bytes"] >= 0.98 * m.truth[name]


LEAKS = ("fast", "beside_a_transient", "small_objects", "extension", "malloc")
NONE = ("lru_cache", "late_cache", "warm_up_pool", "start_up_data", "sawtooth", "queue")


def leaking_lines(m):
    return {(leak["file"].rpartition("/")[2], leak["lineno"]) for leak in m.profile.json["leaks"]}


@pytest.mark.parametrize("kind", LEAKS)
def test_leaks_are_found(trials, kind):
    found = count = 0
    for m in trials("memory_leak.py", kind):
        count += 1
        at = leaking_lines(m)
        wanted = {(m.name, n) for n in tags_of(PROGRAMS / m.name)["leak"]}
        found += bool(at & wanted)
        assert at <= wanted, at
    note(1 - found / count)
    assert count - found <= misses_allowed(count, 0.05), (found, count)


@pytest.mark.parametrize("kind", NONE)
def test_what_only_looks_like_a_leak(trials, kind):
    for m in trials("memory_leak.py", kind):
        assert not leaking_lines(m)


@pytest.mark.parametrize("name", ["bytes", "join", "array", "concatenate"])
def test_copies(measure, python, name):
    if name in ("array", "concatenate") and not python.has("numpy"):
        pytest.skip("no numpy")
    m = measure("memory_copies.py", name)
    within(lines(m)["copy"]["copy_bytes"], m.truth["copied"], 0.03)


@pytest.mark.parametrize("name", ["objects", "bytes", "numpy", "pandas", "mixed"])
def test_python_against_native(measure, python, name):
    module = {"numpy": "numpy", "mixed": "numpy", "pandas": "pandas"}.get(name)
    if module and not python.has(module):
        pytest.skip(f"no {module}")
    m = measure("memory_share.py", name)
    row = max(lines(m).values(), key=lambda row: row["alloc_bytes"])
    share = row["python_alloc_bytes"] / row["alloc_bytes"]
    note(share - m.truth["python"])
    assert share == pytest.approx(m.truth["python"], abs=0.03)


@pytest.mark.parametrize(
    "words",
    [
        ("memory_large.py", "mapping", "alone"),
        ("memory_turns.py",),
        ("memory_peak.py", "floats"),
        ("memory_peak.py", "mixture"),
    ],
    ids=lambda words: "-".join(words),
)
def test_peak_against_the_system_s(measure, words):
    """What was allocated at the peak, against resident memory less the bare start:
    of programs that touch all that they ask for."""
    m = measure(*words)
    process = m.profile.json["processes"][0]
    resident = process["peak_rss_bytes"] - process["start_rss_bytes"]
    within(m.profile.json["max_footprint_mb"] * 2**20, resident, 0.03)
