"""Each example of docs/api.md runs, profiled and not, and does what the page says."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import package, pythons, tool  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "api.md").read_text()
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", TEXT, re.M | re.S)
NEEDS_BUILTIN = EXAMPLES[0]


def example(word):
    (found,) = [text for text in EXAMPLES if word in text]
    return found


@pytest.fixture(scope="session")
def path(tmp_path_factory):
    if tool.executable() in (None, tool.BARE):
        pytest.skip("no profiler: set SMP_EXE")
    folder = package.install(tmp_path_factory.mktemp("package"))
    (folder / "bin").mkdir()
    (folder / "bin" / tool.NAME).symlink_to(tool.executable())  # where pip has it
    return folder


@pytest.fixture
def run(path, tmp_path):
    """run(text, *options): the example's profile; without options None: bare."""
    python = max(pythons.find(), key=lambda it: it.version)
    exe = tool.executable()

    def once(text, *options, bare=False):
        (tmp_path / "prog.py").write_text(text)
        profiled = [exe, "run", "-o", "p.json", "--cpu-percent-threshold", "0", *options, "---"]
        done = subprocess.run(
            [*([] if bare else profiled), python.path, "prog.py"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(path)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0 and "Traceback" not in done.stderr, done
        assert "error" not in done.stderr, done
        return None if bare else json.loads((tmp_path / "p.json").read_text())

    return once


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_examples_run_without_a_profiler(run, text):
    if text is not NEEDS_BUILTIN and "is_active" not in text:
        run(text, bare=True)


def functions(data):
    return {f["line"] for file in data["files"].values() for f in file["functions"]}


def test_profile(run):
    names = functions(run(NEEDS_BUILTIN))
    assert "slow" in names and "other" not in names
    assert "other" in functions(run(NEEDS_BUILTIN, "--profile-all"))
    assert run(example("import profile\n"))["facts"]["selected"]


def test_start_and_stop(run):
    data = run(example("# not measured"), "--off")
    lines = {
        line["lineno"]: line["cpu_python_s"] + line["cpu_native_s"]
        for file in data["files"].values()
        for line in file["lines"]
    }
    assert lines.get(3, 0) == 0 < lines.get(6, 0), lines
    run(example("is_active"))


def test_regions_and_marks(run):
    data = run(example('region("load")'))
    assert {r["name"]: r["count"] for r in data["regions"]} == {"load": 1, "parse": 1, "step": 3}
    data = run(example("import mark"))
    assert [m["text"] for m in data["marks"]] == ["warm-up is over", "done"]


def test_snapshot(run, tmp_path):
    text = example("so-far.json")
    run(text)
    data = json.loads((tmp_path / "so-far.json").read_text())
    assert data["running"] is True and data["format"] == "solvidia-mem-prof profile"
    (tmp_path / "so-far.json").unlink()
    run(text.replace("so-far.json", "so-far.html"))
    if not (tmp_path / "so-far.html").exists():
        pytest.fail("no page")
    assert "<html" in (tmp_path / "so-far.html").read_text()[:500].lower()
