"""Profiles that the published Scalene wrote (1.5.51 and 2.4.0, of one program)."""

import json
import shutil
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "scalene"
FILES = ["1.5.json", "1.5-cpu.json", "2.4.json"]
SAME = {
    "n_cpu_percent_python": 0.01,
    "n_cpu_percent_c": 0.01,
    "n_sys_percent": 0.01,
    "n_malloc_mb": 0.01,
    "n_mallocs": 0.6,
    "n_peak_mb": 0.01,
    "n_growth_mb": 0.01,
    "n_python_fraction": 0.01,
    "n_usage_fraction": 0.01,
    "n_copy_mb_s": 0.01,
}


@pytest.mark.parametrize("name", FILES)
def test_lines_keep_their_figures(smp, name):
    theirs = json.loads((HERE / name).read_text())
    done = smp.run("report", "--json", "-o", "-", "--cpu-percent-threshold", "0", HERE / name)
    assert (done.returncode, done.stderr) == (0, "")
    ours = json.loads(done.stdout)
    assert ours["elapsed_time_sec"] == pytest.approx(theirs["elapsed_time_sec"])
    compared = 0
    for path, file in theirs["files"].items():
        found = {line["lineno"]: line for line in ours["files"][path]["lines"]}
        for line in file["lines"]:
            assert found[line["lineno"]]["line"].rstrip() == line["line"].rstrip()
            for field, tolerance in SAME.items():
                if field in found[line["lineno"]]:
                    value = found[line["lineno"]][field]
                    assert value == pytest.approx(line[field], abs=tolerance), (line, field)
                    compared += value > 0
    assert compared > 20
    assert ("n_malloc_mb" in json.dumps(ours)) is theirs["memory"], "absent is not 0"
    assert "cpu_python_s_ci" not in json.dumps(ours), "how sure it is, is not known"


def test_functions_and_stacks(smp):
    done = smp.run("report", "--json", "-o", "-", HERE / "2.4.json")
    ours = json.loads(done.stdout)
    (file,) = ours["files"].values()
    names = {f["line"]: f for f in file["functions"]}
    assert {"python_work", "native_work", "waits", "keeps", "copies"} <= set(names)
    lines = {line["lineno"]: line for line in file["lines"]}
    both = lines[8]["cpu_python_s"] + lines[9]["cpu_python_s"]
    assert names["python_work"]["cpu_python_s"] == pytest.approx(both)
    collapsed = smp.run("convert", "--to", "collapsed", HERE / "2.4.json").stdout
    assert ";<module> (mix.py:48);main (mix.py:40);python_work (mix.py:9) " in collapsed
    assert all(p["recording"] == "partly" for p in ours["processes"])


@pytest.mark.parametrize("name", FILES)
def test_every_report_shows_it(smp, name):
    text = smp.run("view", "--cli", HERE / name).stdout
    assert "total += i * i % 7" in text and "Written by Scalene" in text
    assert "0 samples" not in text and "±" not in text
    page = smp.run("view", "--html", "-o", "-", HERE / name)
    assert page.returncode == 0 and "total += i * i % 7" in page.stdout
    for form in ("speedscope", "csv"):
        assert smp.run("convert", "--to", form, HERE / name).returncode == 0
    assert smp.run("compare", HERE / name, HERE / "2.4.json").returncode in (0, 1)


def line_of(**fields):
    return json.dumps({"elapsed_time_sec": 1, "files": {"a.py": {"lines": [fields]}}})


@pytest.mark.parametrize(
    "text, what",
    [
        ((HERE / "2.4.json").read_text()[:5000], "cut short"),
        ('{"elapsed_time_sec": 1, "files": []}', '"files" is missing or not an object'),
        ('{"elapsed_time_sec": "x", "files": {}}', '"elapsed_time_sec" is not a number'),
        ('{"elapsed_time_sec": 1, "files": {"a.py": {}}}', '"lines" is missing'),
        ('{"elapsed_time_sec": 1, "files": {"a.py": {"lines": [3]}}}', '"line" is missing'),
        (line_of(line="x", lineno=1, n_sys_percent=-3), "out of range"),
        (line_of(line="x", lineno=0), "out of range"),
        (line_of(line="x", lineno=9999999), "damaged"),
        (line_of(line="x", lineno=1, n_malloc_mb="a lot"), "is not a number"),
    ],
    ids=lambda t: t[-40:],
)
def test_a_damaged_one_is_told_in_a_line(smp, text, what):
    (smp.directory / "bad.json").write_text(text)
    assert what in smp.refuses("view", "--cli", "bad.json")


def test_it_is_served(smp):
    from serving import Serving

    shutil.copy(HERE / "2.4.json", smp.directory / "s.json")
    serving = Serving([smp.path, "view", "--no-browser", "s.json"], smp.directory)
    assert b"python_work" in serving.get().body
    serving.stop()
