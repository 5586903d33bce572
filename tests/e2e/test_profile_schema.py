"""Every profile is what docs/profile.schema.json and profile-format.md say."""

import copy
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.schema import Checker

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs" / "profile.schema.json").read_text())
FORMAT = (ROOT / "docs" / "profile-format.md").read_text()
SMALL = ROOT / "tests" / "fuzz" / "corpus" / "profile_json"

PROGRAM = """
import hashlib, threading, time
def deep(n):
    return deep(n - 1) if n else sum(i * i for i in range(200_000))
def work():
    for _ in range(6):
        deep(20); hashlib.sha256(b"x" * 3_000_000).digest()
threads = [threading.Thread(target=work) for _ in range(2)]
for t in threads: t.start()
work()
time.sleep(0.1)
for t in threads: t.join()
print("caf\\u00e9 </script>")
"""


def small(name="small-1.json"):
    return json.loads((SMALL / name).read_text())


def errors(profile):
    return Checker(SCHEMA).errors(profile)


@pytest.mark.parametrize("path", sorted(SMALL.glob("small-*.json")), ids=lambda p: p.name)
def test_small_profiles(path):
    assert errors(json.loads(path.read_text())) == []


@pytest.mark.parametrize(
    "options",
    [[], ["--profile-all"], ["--no-stacks"], ["--reduced-profile"], ["--use-virtual-time"]],
    ids=" ".join,
)
def test_real_profiles(smp, options):
    program = Path(smp.directory) / "prog <script> \u00e9.py"
    program.write_text(PROGRAM, encoding="utf-8")
    done = smp.run("run", *options, "--json", "-o", "p.json", program)
    assert done.returncode == 0, done
    text = (Path(smp.directory) / "p.json").read_text(encoding="utf-8")
    assert "<" not in text
    profile = json.loads(text)
    assert errors(profile) == []
    assert profile["cpu_python_s"] > 0 and profile["files"]


def strike(place, key, value):
    """A change to a profile: a value in place of another, or taken out."""

    def change(profile):
        at = profile
        for step in place:
            at = at[step]
        if value is None:
            del at[key]
        else:
            at[key] = value

    return change


@pytest.mark.parametrize(
    "place, key, value",
    [
        ([], "schema_version", 2),
        ([], "cpu_python_s", None),
        ([], "cpu_python_s", -1),
        ([], "surprise", 1),
        ([], "wait_count", None),
        (["facts"], "bin_s", 0),
        (["facts", "strings"], 0, "x"),
        (["facts", "samples", "gc"], 0, 2),
        (["facts", "stacks", "frame"], 0, 0),
        (["facts", "files", 0], "kind", "perl"),
        (["processes", 0], "recording", "perhaps"),
        (["threads", 0], "cpu_python_s", None),
        (["files", "/a.py", "lines", 1], "n_sys_percent", 101),
        (["files", "/a.py", "lines", 1], "gc_s", None),
        (["files", "/a.py", "lines", 0], "cpu_python_s", 0.5),
        (["files", "/a.py", "functions", 0, "total"], "surprise", 0),
        (["stacks", 0, 0], 0, "no line"),
    ],
)
def test_the_schema_can_fail(place, key, value):
    profile = copy.deepcopy(small())
    strike(place, key, value)(profile)
    assert errors(profile) != []


def names_of(schema):
    """All field names that a schema speaks of."""
    if isinstance(schema, list):
        return set().union(*map(names_of, schema), set())
    if not isinstance(schema, dict):
        return set()
    own = set(schema.get("properties", {}))
    return own.union(*map(names_of, schema.values()))


def test_the_page_names_every_field():
    quoted = set(re.findall(r"[`\"]([A-Za-z_0-9]+)[`\":,]", FORMAT))
    assert names_of(SCHEMA) - quoted == set()


def test_the_pages_example_runs(tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", FORMAT, re.S)
    (tmp_path / "profile.json").write_text(json.dumps(small()))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[('/b.so', 0.02)]\n"
