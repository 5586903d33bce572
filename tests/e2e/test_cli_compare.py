"""compare: two saved profiles, and its exit code as a gate."""

import json

import pytest

PROGRAM = """
{above}
def slow(n):
    return sum(i * i for i in range(n))

kept = [bytearray({size}) for _ in range({count})]
slow({n})
"""


def make(smp, name, above="", n=2_000_000, size=1_000_000, count=60):
    (smp.directory / "prog.py").write_text(
        PROGRAM.format(above=above, n=n, size=size, count=count)
    )
    done = smp.run("--memory", "--json", "-o", name, "prog.py")
    assert done.returncode == 0, done


@pytest.fixture
def two(smp):
    make(smp, "a.json")
    make(smp, "b.json", above="import os\nimport sys", n=8_000_000, count=120)


def test_worse_is_exit_code_1(smp, two):
    done = smp.run("compare", "a.json", "b.json")
    assert done.returncode == 1, done
    assert "worse by more than 10%" in done.stdout
    assert "(was " in done.stdout, "lines that moved"
    assert smp.run("compare", "b.json", "a.json").returncode == 0
    assert smp.run("compare", "a.json", "a.json", "--threshold", "0").returncode == 0
    assert smp.run("compare", "--threshold", "5000", "a.json", "b.json").returncode == 0


def test_json(smp, two):
    done = smp.run("compare", "--json", "a.json", "b.json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert found["worse"] is True
    cpu = found["whole"]["measures"]["cpu_s"]
    assert cpu["after"] > 2 * cpu["before"] and cpu["worse"]
    peak = found["whole"]["measures"]["peak_bytes"]
    assert 55e6 < peak["change"] < 65e6
    moved = [x for x in found["lines"] if x["lineno_before"] and x["lineno_after"]]
    assert all(x["lineno_after"] == x["lineno_before"] + 1 for x in moved) and moved
    assert {x["function"] for x in found["functions"]} >= {"slow"}


def test_to_a_file(smp, two):
    done = smp.run("compare", "--json", "-o", "c.json", "a.json", "b.json")
    assert done.returncode == 1 and done.stdout == ""
    assert json.loads((smp.directory / "c.json").read_text())["worse"]


def test_errors_are_exit_code_2(smp):
    make(smp, "a.json", count=1)
    assert "two profiles" in smp.refuses("compare", "a.json")
    assert "two profiles" in smp.refuses("compare", "a.json", "a.json", "a.json")
    assert "nothere" in smp.refuses("compare", "a.json", "nothere.json")
    assert "--threshold" in smp.refuses("compare", "--threshold", "x", "a.json", "a.json")
    assert "--threshold" in smp.refuses("view", "--threshold", "5", "a.json")
