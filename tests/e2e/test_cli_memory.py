"""Memory in a run: what the options measure, and what the report shows of it."""

import json

import pytest

PROGRAM = """\
def keep():
    return [bytearray(1_000_000) for _ in range(64)]

def churn():
    for _ in range(50):
        bytearray(1_200_000)

kept = keep()
churn()
print(len(kept))
"""


@pytest.fixture
def program(smp):
    (smp.directory / "prog.py").write_text(PROGRAM)
    return "prog.py"


@pytest.mark.parametrize(
    "options, memory",
    [
        ([], True),
        (["--memory"], True),
        (["--cpu", "--memory"], True),
        (["--cpu"], False),
        (["--cpu-only"], False),
        (["--no-memory"], False),
        (["--allocation-sampling-window", "100000"], True),
    ],
    ids=str,
)
def test_what_is_measured(smp, program, options, memory):
    done = smp.run(*options, "--json", "-o", "p.json", program)
    assert done.returncode == 0 and done.stdout == "64\n", done
    profile = json.loads((smp.directory / "p.json").read_text())
    assert profile["memory"] is memory
    assert ("alloc_bytes" in profile) is memory
    assert ("allocations" in profile["facts"]) is memory
    if not memory:
        return
    lines = {x["lineno"]: x for f in profile["files"].values() for x in f["lines"]}
    assert lines[2]["peak_bytes"] == pytest.approx(64e6, rel=0.01)
    assert lines[2]["n_peak_mb"] == pytest.approx(64e6 / 2**20, rel=0.01)
    assert lines[6]["churn_bytes"] == pytest.approx(60e6, rel=0.05)
    assert lines[6]["peak_bytes"] < 3e6
    assert profile["max_footprint_lineno"] == 2
    # And what Python's arenas hold beside them.
    beside = profile["max_footprint_mb"] * 2**20 - profile["peak_bytes"]
    assert -1 < beside < 3e6
    parts = profile["footprint"]
    assert parts["rss_bytes"] == pytest.approx(
        sum(v for k, v in parts.items() if k.endswith("_bytes") and k != "rss_bytes"), abs=10
    )


SHARED = """\
import mmap, time
with open("a_file", "wb") as f:
    f.write(bytes(30_000_000))

def own(bytes_):
    return mmap.mmap(-1, bytes_, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)

def of_a_file():
    with open("a_file", "r+b") as f:
        return mmap.mmap(f.fileno(), 0)

kept = [mmap.mmap(-1, 120_000_000), own(60_000_000), of_a_file()]
for pages in kept:
    pages[:: mmap.PAGESIZE] = b"x" * len(pages[:: mmap.PAGESIZE])
time.sleep(0.3)
"""


def test_what_is_shared_is_in_one_part(smp):
    """The system counts a shared mapping apart, and it is also one that a line made."""
    (smp.directory / "shared.py").write_text(SHARED)
    smp.run("--json", "-o", "p.json", "shared.py")
    parts = json.loads((smp.directory / "p.json").read_text())["footprint"]
    assert parts["tracked_bytes"] == pytest.approx(180e6, rel=0.02)
    assert parts["files_bytes"] > 30e6
    assert parts["shared_bytes"] < 4e6
    assert abs(parts["untracked_bytes"]) < 0.03 * parts["rss_bytes"]


def test_a_config_file_asks_for_it(smp, program):
    (smp.directory / "c.yaml").write_text("memory: true\n")
    smp.run("--config", "c.yaml", "--cpu-only", "--json", "-o", "p.json", program)
    assert json.loads((smp.directory / "p.json").read_text())["memory"] is False


def test_the_report_has_memory(smp, program):
    shown = smp.run("--width", "120", program).stdout
    assert "Memory peak 6" in shown and " Peak" in shown and "61M" in shown
    assert "resident memory at its most" in shown
    assert "61M" not in smp.run("--cpu", "--width", "120", program).stdout


def test_thresholds_for_lines(smp, program):
    """50 allocations of 1.2 MB: half of all bytes, but never more than 2 % of the peak."""
    smp.run("--json", "-o", "p.json", program)

    def json_lines(threshold):
        done = smp.run("view", "p.json", "--json", "--reduced-profile",
                       "--cpu-percent-threshold", "100", "--malloc-threshold", threshold)
        found = json.loads(done.stdout)
        return {x["lineno"] for f in found["files"].values() for x in f["lines"]}

    assert {2, 6} <= json_lines("0")
    assert 2 in json_lines("1000000"), "its peak is the program's"


def test_a_program_with_little_memory_has_no_columns(smp):
    (smp.directory / "little.py").write_text("x = sum(i * i for i in range(3_000_000))\n")
    shown = smp.run("--width", "160", "little.py").stdout
    assert " Peak" not in shown and "resident memory" not in shown
    assert shown.count("Memory peak") <= 1
