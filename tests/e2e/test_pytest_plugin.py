"""The pytest plugin: figures by test, limits that fail a test, xdist, and that it
does nothing without --smp. Each run is a pytest of its own."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("solvidia_mem_prof")

DOCS = Path(__file__).resolve().parents[2] / "docs" / "pytest.md"

TESTS = """
import pytest

def block(n):
    return bytearray(n)

def small(n):
    return [float(i) for i in range(n)]

@pytest.fixture
def large():
    yield block(60_000_000)

def test_a_fixture_is_not_the_test(large):
    assert len(large) == 60_000_000

def test_a_block():
    block(30_000_000)

def test_small_objects():
    assert small(1_000_000)

KEPT = []

def test_keeps():
    KEPT.append(block(5_000_000))

def test_busy():
    assert sum(i * i for i in range(2_000_000))

def test_sleeps():
    import time
    time.sleep(0.2)

def test_fails():
    assert block(0)

class TestClass:
    @pytest.mark.limit_memory("24 MB")
    def test_over_memory(self):
        block(30_000_000)

    @pytest.mark.limit_memory("40 MB")
    def test_below_memory(self):
        block(30_000_000)

@pytest.mark.limit_leaks("100 KB")
def test_over_leaks():
    KEPT.append(block(900_000))

@pytest.mark.limit_leaks("100 KB")
def test_cycles_are_no_leak():
    cycle = [block(900_000)]
    cycle.append(cycle)

@pytest.mark.limit_cpu("1 ms")
def test_over_cpu():
    assert sum(i * i for i in range(1_000_000))

@pytest.mark.limit_cpu("a while")
def test_no_limit():
    pass
"""
FAIL = {"fails", "over_memory", "over_leaks", "over_cpu", "no_limit"}

SMALL = """
import pytest
@pytest.mark.parametrize("n", range(40))
def test_small(n):
    assert n >= 0
"""


class Suite:
    def __init__(self, folder):
        self.folder = folder
        (folder / "test_shop.py").write_text(TESTS)

    def run(self, *options, start=(sys.executable, "-m", "pytest")):
        command = [*start, "-p", "no:cacheprovider", "test_shop.py", *options]
        self.done = subprocess.run(
            list(map(str, command)),
            capture_output=True,
            text=True,
            timeout=120,
            cwd=self.folder,
        )
        return self.done.stdout

    def figures(self, *options, **more):
        self.run("--smp", "--smp-json", "tests.json", *options, **more)
        content = json.loads((self.folder / "tests.json").read_text())
        assert content["notes"] == [], content["notes"]
        return {name_of(test["nodeid"]): test for test in content["tests"]}


def launcher(exe_path, *options):
    return (exe_path, "--python", sys.executable, *options, "---", "-m", "pytest")


def name_of(nodeid):
    return nodeid.rpartition("test_")[2]


@pytest.fixture
def suite(tmp_path):
    return Suite(tmp_path)


def number(text):
    return next(n for n, line in enumerate(TESTS.splitlines(), 1) if text in line)


def check(found):
    assert {name for name, test in found.items() if test["outcome"] == "failed"} == FAIL
    block = found["a_block"]
    assert block["peak_bytes"] == pytest.approx(30e6, rel=0.02)
    assert block["live_bytes"] < 200e3
    line = max(block["lines"], key=lambda line: line["at_peak_bytes"])
    assert line["line"] == number("return bytearray") and line["function"] == "block"
    assert Path(line["file"]).name == "test_shop.py"
    small = found["small_objects"]
    # 24 bytes a float, 8 a place; the error is two sigmas of the sampling
    assert 0 < small["peak_error"] < 15e6
    allowed = 2.5 * small["peak_error"] + 1e6
    assert small["peak_bytes"] == pytest.approx(32.4e6, abs=allowed)
    assert found["a_fixture_is_not_the_test"]["peak_bytes"] < 1e6
    assert found["keeps"]["live_bytes"] == pytest.approx(5e6, rel=0.05)
    assert found["busy"]["cpu_s"] > 0.02
    assert found["busy"]["cpu_python_s"] > 0
    assert found["sleeps"]["wait_s"] > 0.19 > found["sleeps"]["cpu_s"]


def test_figures_and_limits(suite):
    check(suite.figures())
    output = suite.done.stdout
    assert suite.done.returncode == 1 and "Traceback" not in suite.done.stderr
    assert f"{len(FAIL)} failed" in output
    assert re.search(r"memory at its most 30\.?\d* MB, limit 24 MB; by", output)
    assert re.search(r"still alive after the test 900 KB, limit 100 KB; by", output)
    assert re.search(r"CPU \S+ \w+, limit 1 ms; most in", output)
    assert "a limit is written as" in output
    assert f"test_shop.py:{number('return bytearray')} block" in output
    assert "slowest tests" in output and "hungriest tests" in output


def test_lines_are_of_the_tests_own(suite):
    """Tests that do next to nothing: what called them is not named."""
    (suite.folder / "test_shop.py").write_text(SMALL)
    found = suite.figures("--smp-top", "40")
    lines = [line for test in found.values() for line in test["lines"]]
    assert len(found) == 40
    assert {Path(line["file"]).name for line in lines} <= {"test_shop.py"}
    assert "_pytest" not in suite.done.stdout


def test_with_workers(suite):
    pytest.importorskip("xdist")
    check(suite.figures("-n", "2"))


def test_under_the_launcher(suite, exe_path):
    """The recorder is there already: the same figures, and the run's profile."""
    start = launcher(exe_path, "-o", "run.json")
    check(suite.figures(start=start))
    profile = json.loads((suite.folder / "run.json").read_text())
    assert any(name.endswith("test_shop.py") for name in profile["files"])


def test_profile_of_the_run(suite):
    suite.figures("--smp-profile", "run.json", "-k", "a_block")
    profile = json.loads((suite.folder / "run.json").read_text())
    assert any(name.endswith("test_shop.py") for name in profile["files"])


def test_without_the_option_nothing_happens(suite):
    output = suite.run()
    assert "solvidia" not in re.sub(r"^plugins: .*", "", output, flags=re.M)
    assert "1 failed" in output and "PytestUnknownMarkWarning" not in output
    assert "librecorder" not in suite.run("-k", "nothing", "-s", "--co")


def test_example_of_the_docs(suite):
    example = re.search(r"^```python\n(.*?)^```", DOCS.read_text(), re.S | re.M)
    (suite.folder / "test_shop.py").write_text(example.group(1))
    output = suite.run("--smp")
    assert "1 failed, 2 passed" in output
    assert re.search(r"still alive after the test \d+\.?\d* MB, limit 100 KB", output)


def test_as_the_readme_says(suite, exe_path):
    start = launcher(exe_path, "--json", "-o", "run.json")
    suite.run(start=start)
    assert "1 failed" in suite.done.stdout and suite.done.returncode == 1
    profile = json.loads((suite.folder / "run.json").read_text())
    assert any(name.endswith("test_shop.py") for name in profile["files"])
