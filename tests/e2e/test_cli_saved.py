"""Saved profiles: shown again and exported."""

import csv
import gzip
import io
import json

import pytest

BUSY = "def work():\n    return sum(i * i for i in range(2000000))\nwork()\n"


@pytest.fixture
def saved(smp):
    (smp.directory / "busy.py").write_text(BUSY)
    done = smp.run("--json", "busy.py")
    assert done.returncode == 0, done
    return smp.directory / "profile.json"


PAGE = "solvidia-mem-prof: no display here: for the page, solvidia-mem-prof view --no-browser "


def test_view_is_the_report_of_the_run(smp, saved):
    shown = smp.run("view", saved)
    assert shown.returncode == 0 and shown.stderr == f"{PAGE}{saved} serves it\n"
    assert smp.run("view", "--cli", saved).stderr == ""
    assert smp.run("report", saved).stderr == ""
    assert shown.stdout == smp.run("report", saved).stdout
    assert shown.stdout == smp.run("view").stdout, "profile.json unless named"
    assert shown.stdout == smp.run("view", "-", stdin=saved.read_text()).stdout
    assert shown.stdout == smp.run("--cli", "view", saved).stdout


def test_view_as_json_again(smp, saved):
    done = smp.run("view", "--json", saved)
    assert json.loads(done.stdout)
    smp.run("view", "-o", "again.json", saved, "--profile-all")
    assert json.loads((smp.directory / "again.json").read_text())


@pytest.mark.parametrize("to", ["speedscope", "pprof", "collapsed", "csv"])
def test_convert(smp, saved, to):
    done = smp.run("convert", saved, "--to", to, "-o", "out")
    assert done.returncode == 0 and done.stdout == "", done
    assert (smp.directory / "out").stat().st_size > 0


@pytest.mark.parametrize(
    "name, fits",
    [
        ("a.speedscope.json", lambda b: "shared" in json.loads(b)),
        ("a.pb.gz", lambda b: gzip.decompress(b)),
        ("a.folded", lambda b: b.split()[-1].isdigit()),
        ("a.csv", lambda b: len(list(csv.reader(io.StringIO(b.decode())))) > 1),
    ],
)
def test_the_output_s_name_tells_the_format(smp, saved, name, fits):
    assert smp.run("convert", "-o", name).returncode == 0
    assert fits((smp.directory / name).read_bytes())


def test_convert_to_standard_output(smp, saved):
    done = smp.run("convert", "--to=collapsed")
    assert done.returncode == 0 and done.stdout


@pytest.mark.parametrize("verb", [["view"], ["convert", "--to=csv"]])
def test_profiles_that_are_none(smp, verb):
    assert "no profile.json here" in smp.refuses(*verb)
    assert "no such file" in smp.refuses(*verb, "none.json")
    for name, bytes_ in (
        ("empty.json", b""),
        ("text.json", b"hello"),
        ("list.json", b"[]"),
        ("other.json", b'{"a": 1}'),
        ("binary.json", bytes(range(256))),
        ("deep.json", b"[" * 100000),
    ):
        (smp.directory / name).write_bytes(bytes_)
        assert smp.refuses(*verb, name).startswith(f"profile {name}: ")
    (smp.directory / "folder").mkdir()
    assert "profile folder:" in smp.refuses(*verb, "folder")


def test_a_profile_cut_anywhere(smp, saved):
    text = saved.read_bytes()
    for part in range(1, 8):
        cut = smp.directory / "cut.json"
        cut.write_bytes(text[: len(text) * part // 8])
        assert "profile cut.json: " in smp.refuses("view", "cut.json")


def test_convert_wants_a_format(smp, saved):
    assert "convert needs a format" in smp.refuses("convert", saved)
    assert "is one of speedscope, pprof, collapsed, csv" in smp.refuses(
        "convert", "--to", "xml", saved
    )
    assert "convert needs a format" in smp.refuses("convert", "-o", "a.xyz", saved)


ALLOC = "kept = [bytearray(1_000_000) for _ in range(80)]\ndel kept[:30]\n"


def test_convert_by_bytes(smp):
    """Stacks weigh by what was asked for."""
    (smp.directory / "alloc.py").write_text(ALLOC)
    assert smp.run("--memory", "--json", "alloc.py").returncode == 0

    def total(metric):
        done = smp.run("convert", "--to", "collapsed", "--metric", metric)
        assert done.returncode == 0, done
        return sum(int(line.rpartition(" ")[2]) for line in done.stdout.splitlines())

    assert 80e6 < total("alloc") < 90e6
    assert 50e6 < total("live") < 60e6
    assert 80e6 < total("peak") < 90e6
    scope = json.loads(smp.run("convert", "--to", "speedscope", "--metric", "peak").stdout)
    assert {p["unit"] for p in scope["profiles"]} == {"bytes"}
    assert 80e6 < sum(sum(p["weights"]) for p in scope["profiles"]) < 90e6
    assert "every measure" in smp.refuses("convert", "--to", "csv", "--metric", "peak")


def test_convert_without_memory_by_bytes(smp, saved):
    smp.run("--cpu", "--json", "-o", "cpu.json", "busy.py")
    assert "no memory" in smp.refuses(
        "convert", "cpu.json", "--to", "collapsed", "--metric", "alloc"
    )
