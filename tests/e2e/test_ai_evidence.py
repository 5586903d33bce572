"""The evidence of a prompt: known programs, and what the model is told of them."""

import copy
import json
import textwrap

import pytest
from ai_cases import SLOW, record
from solvidia_mem_prof.ai import evidence, place, prompt
from solvidia_mem_prof.ai.errors import Refused
from solvidia_mem_prof.ai.facts import Facts

PROGRAM = textwrap.dedent(
    """\
    import hashlib
    import re


    class Work:
        def digest(self, rounds):
            data = b"x" * 100_000
            for i in range(rounds):
                hashlib.sha256(data)

        def split(self):
            for i in range(40):
                re.compile("a%d|b" % i).sub("c", "a1b" * 20000)


    def light():
        Work().digest(500)


    def heavy():
        Work().digest(4500)


    light()
    heavy()
    Work().split()
    """
)


@pytest.fixture(scope="module")
def profile(exe_path, tmp_path_factory):
    folder = tmp_path_factory.mktemp("evidence")
    return json.loads(record(exe_path, folder, PROGRAM, "work.py").read_text())


@pytest.fixture
def path(profile):
    return profile["entrypoint_dir"] + "/work.py"


def gather(profile, **request):
    facts = Facts(profile)
    return evidence.gather(profile, facts, evidence.locate(profile, facts, request))


def words(profile, **request):
    root = profile["entrypoint_dir"]
    return prompt.make(gather(profile, **request), root, {}, []).text


def test_the_whole_function_with_its_figures(profile, path):
    found = gather(profile, file=path, line=9)
    assert found.place.function == "Work.digest"
    assert (found.place.block_first, found.place.block_last) == (6, 9)
    hot = max(found.hot, key=lambda h: h.seconds.total)
    assert hot.line == 9 and hot.text.strip() == "hashlib.sha256(data)"
    text = words(profile, file=path, line=9)
    assert 'data = b"x" * 100_000' in text and "line 9: " in text
    assert "class Work" not in text.split("Called by:")[0], "only the function"


def test_seconds_are_those_of_the_profile(profile, path):
    found = gather(profile, file=path, line=9)
    lines = profile["files"][path]["lines"]
    line = next(entry for entry in lines if entry["lineno"] == 9)
    truth = line["cpu_python_s"] + line["cpu_native_s"] + line["cpu_system_s"]
    (hot,) = [h for h in found.hot if h.line == 9]
    assert hot.seconds.python + hot.seconds.native + hot.seconds.system == pytest.approx(
        truth
    )
    assert found.place_s == pytest.approx(hot.seconds.total, rel=0.02)
    assert found.block_s <= found.whole_s + 1e-6


def test_callers_by_their_time(profile, path):
    callers = gather(profile, file=path, function="digest").callers
    assert [c.name for c in callers] == ["heavy", "light"]
    assert callers[0].seconds > 3 * callers[1].seconds
    assert callers[0].where == f"{path}:21" and "Work().digest(4500)" in callers[0].source


def test_what_runs_below(profile, path):
    found = gather(profile, file=path, line=9)
    names = [leaf.name.lower() for leaf in found.leaves]
    assert any("sha256" in n or "libcrypto" in n or "_hashlib" in n for n in names), names
    below = gather(profile, file=path, line=13)
    assert below.callees or below.leaves
    assert (
        any("re/" in c.where or "re.py" in c.where for c in below.callees) or below.leaves
    )


def test_the_setting(profile, path):
    text = words(profile, file=path, line=9)
    assert f"{profile['processes'][0]['interpreter']} on " in text
    assert "GPU: none is known of." in text and "import hashlib\nimport re\n" in text
    told = dict(profile, gpu=True, gpu_device="NVIDIA H100")
    assert "GPU: NVIDIA H100." in words(told, file=path, line=9)


def test_memory_copies_leaks_and_waits_where_they_are_known(profile, path):
    told = copy.deepcopy(profile)
    told["memory"] = True
    file = told["files"][path]
    line = next(entry for entry in file["lines"] if entry["lineno"] == 9)
    line.update(alloc_bytes=3 << 20, peak_bytes=2048, copy_bytes=5 << 30, gpu_s=1.5)
    line["wait"] = {"lock": 2.0, "cpu": 9.0}
    file["leaks"] = {"9": {"likelihood": 0.99, "velocity_mb_s": 1.25}}
    text = words(told, file=path, line=9)
    for part in (
        "allocated 3 MiB",
        "alive at its peak 2 KiB",
        "copied 5 GiB",
        "GPU 1.5 s",
        "waits for lock 2 s",
        "leaks: grows 1.25 MiB/s, likelihood 0.99",
    ):
        assert part in text, text
    assert "waits for cpu" not in text and "waiting" not in text
    assert "Memory was not measured." not in text


def test_nothing_of_the_command_line_or_environment(profile, path, monkeypatch):
    told = dict(profile, args=["python3", "work.py", "--password=hunter2"])
    told["command"] = " ".join(told["args"])
    told["processes"] = [dict(told["processes"][0], command=told["command"])]
    assert "hunter2" not in words(told, file=path, line=9)


def test_versions_of_packages(profile, path, tmp_path):
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    (site / "re-9.8.7.dist-info").mkdir(parents=True)
    told = copy.deepcopy(profile)
    facts = told["facts"]
    facts["strings"].append(str(site / "re" / "x.py"))
    facts["files"].append(
        {
            "path": len(facts["strings"]) - 1,
            "kind": "source",
            "library": True,
            "program": False,
        }
    )
    assert "Installed: re 9.8.7." in words(told, file=path, line=9)


# ---- places


@pytest.mark.parametrize(
    "request_, function, span",
    [
        ({"line": 7}, "Work.digest", (7, 7)),
        ({"range": [8, 9]}, "Work.digest", (8, 9)),
        ({"function": "digest"}, "Work.digest", (6, 9)),
        ({"function": "Work.split"}, "Work.split", (11, 13)),
        ({"line": 7, "kind": "region"}, "Work.digest", (6, 9)),
        ({"line": 25}, "", (25, 25)),
        ({"range": [7, 12]}, "", (7, 12)),
    ],
)
def test_places(profile, path, request_, function, span):
    found = evidence.locate(profile, Facts(profile), {"file": path, **request_})
    assert found.function == function and (found.first, found.last) == span


@pytest.mark.parametrize(
    "request_, says",
    [
        ({"line": 0}, "no line 0"),
        ({"line": 10**9}, "no line"),
        ({"line": "7"}, "names no line"),
        ({"line": True}, "names no line"),
        ({"range": [9, 8]}, "no line 9 to 8"),
        ({"range": [9]}, "names no line"),
        ({"function": "nope"}, "no function nope"),
        ({}, "names no line"),
        ({"file": "/etc/passwd", "line": 1}, "no source file"),
        ({"file": "../work.py", "line": 1}, "no source file"),
        ({"file": 3, "line": 1}, "names no file"),
    ],
)
def test_places_that_are_none(profile, path, request_, says):
    with pytest.raises(Refused, match=says):
        evidence.locate(profile, Facts(profile), {"file": path, **request_})


def test_decorators_belong_and_nesting_counts():
    source = "@a\n@b\ndef f():\n    def g():\n        return 1\n    return g\n"
    assert place.of_lines("x", source, 5, 5)[3:] == ("f.g", 4, 5)
    assert place.of_lines("x", source, 1, 1)[3:] == ("f", 1, 6)
    assert place.of_function("x", source, "g", None).function == "f.g"


def test_a_form_feed_ends_no_line():
    source = "a = 1\n\x0c\ndef f():\n    return 2\n"
    assert place.of_lines("x", source, 4, 4)[3:] == ("f", 3, 4)


def test_a_huge_function_is_cut_around_the_place():
    source = "def f():\n" + "".join(f"    x{i} = {i}\n" for i in range(3000))
    spot = place.of_lines("/x.py", source, 2000, 2000)
    blank = evidence.Evidence(
        spot,
        source,
        1.0,
        1.0,
        1.0,
        1.0,
        [],
        [],
        [],
        [],
        "CPython",
        "Linux",
        1,
        "",
        False,
        [],
    )
    text = prompt.make(blank, "/", {}, []).text
    assert "x1998 = 1998" in text and text.count("\n") < 450 and "x5 = 5" not in text


# ---- hostile profiles


def paths_of(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths_of(inner, path + (key,))
    yield path


@pytest.mark.parametrize("wrong", [None, -1, 10**12, "x", [], {}, True])
def test_damaged_profiles_are_refused_or_read(profile, path, wrong):
    """Nothing but Refused comes out, whatever part of the facts is damaged."""
    spots = [p for p in paths_of(profile["facts"]) if p] + [
        ("files",),
        ("processes",),
        ("cpus",),
    ]
    for spot in spots:
        told = dict(profile)
        told["facts"] = dict(profile["facts"])
        at = told["facts"] if spot[0] in told["facts"] else told
        for key in spot[:-1]:
            at[key] = dict(at[key]) if isinstance(at[key], dict) else list(at[key])
            at = at[key]
        old = at[spot[-1]]
        for value in (
            wrong,
            [wrong],
            [wrong] * len(old) if isinstance(old, list) else wrong,
        ):
            at[spot[-1]] = value
            try:
                words(told, file=path, line=9)
            except Refused:
                pass
        at[spot[-1]] = old


def test_a_profile_of_another_tool():
    with pytest.raises(Refused, match="none of ours"):
        Facts({"files": {}})


def test_the_text_is_as_profiled_even_where_the_file_is_gone(profile, path):
    assert "hashlib.sha256(data)" in words(profile, file=path, line=9)
    assert SLOW not in words(profile, file=path, line=9)


def test_an_unknown_source_is_read_from_the_file_only_where_it_is_the_same(profile, path):
    told = copy.deepcopy(profile)
    for file in told["facts"]["files"]:
        file.pop("source", None)
    assert "hashlib.sha256(data)" in words(told, file=path, line=9)
    with open(path, "a") as stream:
        stream.write("# changed\n")
    try:
        with pytest.raises(Refused, match="has changed since the profile"):
            words(told, file=path, line=9)
    finally:
        with open(path, "w") as stream:
            stream.write(PROGRAM)
    told["facts"]["files"][0].pop("hash", None)


def test_options_are_checked():
    for wrong in ({"goal": "beauty"}, {"notes": "x" * 5000}, {"notes": 3}, [], "x"):
        with pytest.raises(Refused):
            prompt.check_options(wrong)
