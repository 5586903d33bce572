"""Config files: YAML, pyproject.toml, and which of them wins."""

import pytest


def places(smp):
    """The outputs that exist: they tell whose `outfile` won."""
    return sorted(path.name for path in smp.directory.glob("*.json"))


def write(smp, name, text):
    (smp.directory / name).write_text(text)


def test_the_nearer_source_wins(smp, hello):
    write(smp, "pyproject.toml", '[tool.solvidia-mem-prof]\noutfile = "project.json"\n')
    assert smp.run(hello).returncode == 0
    assert places(smp) == ["project.json"]
    write(smp, "c.yaml", "outfile: file.json\n")
    assert smp.run("--config", "c.yaml", hello).returncode == 0
    assert places(smp) == ["file.json", "project.json"]
    assert smp.run("-o", "line.json", "-c", "c.yaml", hello).returncode == 0
    assert places(smp) == ["file.json", "line.json", "project.json"]


def test_the_format_asked_for_on_the_command_line_wins(smp, hello):
    write(smp, "c.yaml", "json: true\n")
    done = smp.run("run", "-c", "c.yaml", "--cli", hello)
    assert places(smp) == [] and len(done.stdout) > len("hello\n")
    done = smp.run("run", "-c", "c.yaml", hello)
    assert places(smp) == ["profile.json"]
    assert "the profile is in profile.json" in done.stderr


def test_a_flag_can_be_taken_back(smp, hello):
    write(smp, "c.yaml", "json: true\n")
    smp.run("--no-json", "--config=c.yaml", hello)
    assert places(smp) == []


def test_pyproject_of_a_folder_above(smp, hello):
    write(smp, "pyproject.toml", '[tool.solvidia-mem-prof]\njson = true\n')
    below = smp.directory / "a" / "b"
    below.mkdir(parents=True)
    smp.run(hello, cwd=below)
    assert (below / "profile.json").exists()


def test_the_nearest_pyproject_ends_the_search(smp, hello):
    write(smp, "pyproject.toml", '[tool.solvidia-mem-prof]\njson = true\n')
    below = smp.directory / "a"
    below.mkdir()
    (below / "pyproject.toml").write_text("[project]\n")
    smp.run(hello, cwd=below)
    assert not (below / "profile.json").exists()


def test_code_and_config_share_a_letter(smp, hello):
    write(smp, "c.yaml", "json: true\n")
    assert smp.run("-c", "print(1)").stdout.startswith("1\n")
    assert smp.run("-c", "c.yaml", hello).stdout == "hello\n"
    assert smp.run("-c", "x = 1  # .yaml").returncode == 0


def test_every_kind_of_value_in_yaml(smp, hello):
    write(
        smp,
        "c.yml",
        "# comment\n"
        "profile_all: yes\n"
        "cpu-percent-threshold: 2.5\n"
        "profile-only: [a, b]\n"
        "profile-exclude:\n  - c\n  - 'd'\n"
        "width: 100\n"
        "color: never\n"
        "json: false\n",
    )
    done = smp.run("-c", "c.yml", hello)
    assert done.returncode == 0 and done.stderr == "", done
    write(smp, "empty.yaml", "# nothing\n")
    assert smp.run("-c", "empty.yaml", hello).returncode == 0


TOML = """
# a project
[project]
name = "x"
description = \"\"\"
[tool.solvidia-mem-prof]
nonsense = true
\"\"\"
urls = { a = "]", 'b' = '[' }
deps = [
  "a[b]",  # ]
]

[ tool . "solvidia-mem-prof" ]   # ours
profile-exclude = [
    "tests",
    'docs',   # and
]
cpu_percent_threshold = 0.5
"json" = true
outfile = "caf\\"e.json"

[tool.solvidia-mem-prof.sub]
nonsense = 1
[[tool.other]]
nonsense = 1
"""


def test_the_table_among_others_in_toml(smp, hello):
    write(smp, "pyproject.toml", TOML)
    done = smp.run(hello)
    assert done.returncode == 0 and done.stderr == "", done
    assert places(smp) == ['caf"e.json']


@pytest.mark.parametrize(
    "text, says",
    [
        ("profil-all: true\n", "c.yaml:1: unknown key 'profil-all'; did you mean 'profile-all'?"),
        ("a: 1\n", "c.yaml:1: unknown key 'a'; the keys are the names of the options"),
        ("pid: 1\n", "unknown key 'pid'"),
        ("json: maybe\n", "c.yaml:1: json is true or false, not 'maybe'"),
        ("\nwidth: wide\n", "c.yaml:2: width is a whole number"),
        ("width: {a: 1}\n", "a value is a word"),
        ("profile-only: [[a]]\n", "a list holds words only"),
        ("- a\n", "lines of 'option: value' expected"),
        ("a: [\n", "c.yaml:"),
        ("web: true\n", "comes with a later version"),
        ("\0", "c.yaml:1:"),
    ],
)
def test_what_is_wrong_in_yaml(smp, hello, text, says):
    write(smp, "c.yaml", text)
    assert says in smp.refuses("--config", "c.yaml", hello)


@pytest.mark.parametrize(
    "text, says",
    [
        ("profil-all = true\n", "pyproject.toml:2: unknown key 'profil-all'; did you mean"),
        ("json = 1.5\n", "json is true or false"),
        ("json true\n", "'option = value' expected"),
        ("json = \n", "expected"),
        ("outfile = \"abc\n", "a string of one line expected"),
        ("outfile = \"abc", "a string without its end"),
        ("outfile = \"\"\"abc\"\"\"\n", "a string of one line expected"),
        ("profile-only = [1 2]\n", "',' or ']' expected"),
        ("profile-only = [", "expected"),
        ("json = true false\n", "the end of the line expected"),
        ("web = true\n", "comes with a later version"),
    ],
)
def test_what_is_wrong_in_toml(smp, hello, text, says):
    write(smp, "pyproject.toml", "[tool.solvidia-mem-prof]\n" + text)
    assert says in smp.refuses(hello)


def test_a_damaged_pyproject_of_others_is_not_ours_to_judge(smp, hello):
    write(smp, "pyproject.toml", '[project\nname = "\nx = [[[\n')
    assert smp.run(hello).returncode == 0
    (smp.directory / "pyproject.toml").write_bytes(b"\xff\xfe\0[\0")
    assert smp.run(hello).returncode == 0


def test_paths_are_meant_from_the_file(smp, hello):
    (smp.directory / "src").mkdir()
    (smp.directory / "other").mkdir()
    write(smp, "pyproject.toml", '[tool.solvidia-mem-prof]\nprogram-path = "src"\n')
    done = smp.run(hello, cwd=smp.directory / "other")
    assert done.returncode == 0, done
    write(smp, "pyproject.toml", '[tool.solvidia-mem-prof]\nprogram-path = "none"\n')
    assert smp.run("--program-path", "none", hello).returncode == 2
