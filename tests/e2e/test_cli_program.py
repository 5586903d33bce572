"""The program: every way to name one, and which interpreter runs it."""

import json
import os
import signal
import stat
import sys
import zipfile

import pytest

SHOW = "import sys; print(sys.argv, __name__)"


@pytest.fixture
def show(tmp_path):
    """show.py, in a module, a folder and a zip file too."""
    (tmp_path / "show.py").write_text(SHOW)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__main__.py").write_text(SHOW)
    with zipfile.ZipFile(tmp_path / "app.pyz", "w") as archive:
        archive.writestr("__main__.py", SHOW)
    return tmp_path


def script(path, text):
    path.write_text(text)
    path.chmod(0o755)
    return path


def first_line(done):
    assert done.returncode == 0, done
    return done.stdout.splitlines()[0]


@pytest.mark.parametrize(
    "words, argv",
    [
        (["show.py", "-x", "--json"], "['show.py', '-x', '--json']"),
        (["./show.py"], "['./show.py']"),
        (["show.py", "--", "a"], "['show.py', '--', 'a']"),
        (["show.py", "---", "--cli"], "['show.py', '--cli']"),
        (["---", "show.py", "---", "a"], "['show.py', '---', 'a']"),
        (["app", "a"], "['app', 'a']"),
        (["app.pyz", "a"], "['app.pyz', 'a']"),
        (["-c", SHOW, "a", "-h"], "['-c', 'a', '-h']"),
        (["---", "-c", SHOW, "a"], "['-c', 'a']"),
        (["run", "-c", SHOW, "a"], "['-c', 'a']"),
    ],
)
def test_forms(smp, show, words, argv):
    assert first_line(smp.run(*words)) == f"{argv} __main__"


@pytest.mark.parametrize("words", [["-m", "show"], ["-mshow"], ["---", "-m", "show"]])
def test_module(smp, show, words):
    assert first_line(smp.run(*words, "a")) == f"['{show}/show.py', 'a'] __main__"


def test_standard_input(smp):
    assert first_line(smp.run("-", "a", stdin=SHOW)) == "['-', 'a'] __main__"


def test_standard_input_is_the_program(smp, tmp_path):
    """Its lines are the program's own, though their text is gone."""
    code = "def work():\n    for _ in range(9000000):\n        pass\nwork()\n"
    smp.run("--json", "-o", "p.json", "-", stdin=code)
    files = json.loads((tmp_path / "p.json").read_text())["files"]
    assert [f["line"] for f in files["<stdin>"]["functions"]][0] == "work"


def test_all_code_has_code_without_a_file(smp, tmp_path):
    code = "def work():\n    for _ in range(9000000):\n        pass\nwork()\n"
    (tmp_path / "prog.py").write_text(f"exec(compile({code!r}, '<made>', 'exec'))")
    smp.run("--json", "-o", "p.json", "--profile-all", "prog.py")
    files = json.loads((tmp_path / "p.json").read_text())["files"]
    assert [f["line"] for f in files["<made>"]["functions"]][0] == "work"


def test_commands_of_path(smp, tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    script(folder / "greet", "#!/bin/sh\necho greet \"$@\"\n")
    path = {"PATH": f"{folder}:{os.environ['PATH']}"}
    assert first_line(smp.run("greet", "--json", env=path)) == "greet --json"
    # A file or folder of that name here does not hide the command...
    (tmp_path / "greet").mkdir()
    assert first_line(smp.run("greet", env=path)) == "greet "[:-1]
    # ... unless it is Python.
    (tmp_path / "greet" / "__main__.py").write_text("print('here')")
    assert first_line(smp.run("greet", env=path)) == "here"


def test_a_verb_s_name_as_a_program(smp, tmp_path):
    script(tmp_path / "view", "#!/bin/sh\necho viewed\n")
    assert first_line(smp.run("---", "./view")) == "viewed"
    assert first_line(smp.run("./view")) == "viewed"
    assert first_line(smp.run("run", "./view")) == "viewed"


def test_files_without_a_suffix(smp, tmp_path):
    (tmp_path / "plain").write_text("print('plain')")
    assert first_line(smp.run("plain")) == "plain"
    (tmp_path / "marked").write_text("#!/usr/bin/env python3\nprint('marked')")
    assert first_line(smp.run("marked")) == "marked"
    script(tmp_path / "shell", "#!/bin/sh\necho shell\n")
    assert first_line(smp.run("shell")) == "shell"


def test_python_s_own_options(smp, show):
    code = "import sys; print(sys.flags.optimize, sys.argv)"
    assert first_line(smp.run(sys.executable, "-OO", "-c", code, "a")) == "2 ['-c', 'a']"


def test_named_interpreter(smp, hello, tmp_path):
    script(tmp_path / "fake", "#!/bin/sh\necho fake \"$@\"\n")
    assert first_line(smp.run("--python", "./fake", hello, "a")) == f"fake {hello} a"
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    assert first_line(smp.run("--python=fake", "-m", "x", env=path)) == "fake -m x"
    assert "no such executable" in smp.refuses("--python", "./none", hello)
    assert "no such command" in smp.refuses("--python", "no-such-python", hello)


def test_interpreter_of_path(exe_path, smp, hello, tmp_path):
    """Where none stands next to the launcher, PATH's first is used."""
    near = os.path.join(os.path.dirname(os.path.realpath(exe_path)), "python3")
    expected = os.path.exists(near)
    folder = tmp_path / "bin"
    folder.mkdir()
    script(folder / "python3", "#!/bin/sh\necho from path\n")
    path = {"PATH": f"{folder}:{os.environ['PATH']}"}
    said = first_line(smp.run(hello, env=path))
    assert said == ("hello" if expected else "from path")


@pytest.mark.parametrize(
    "words, code, says",
    [
        (["none.py"], 2, "no such file: none.py"),
        (["sub/none.py"], 2, "no such file"),
        (["no-such-command"], 127, "no such command or file"),
        (["./none"], 127, "no such command or file"),
        (["empty"], 2, "is a folder without __main__.py"),
        (["-m"], 2, "-m needs the name of a module"),
        (["-c"], 2, "-c needs code"),
        (["---", "-x"], 2, "a program is expected, not -x"),
        (["./plain"], 126, "Permission denied"),
        (["./badline"], 127, "not found"),
    ],
)
def test_what_can_t_run(smp, tmp_path, words, code, says):
    (tmp_path / "empty").mkdir()
    (tmp_path / "plain").write_bytes(b"#!/bin/sh\n")
    script(tmp_path / "badline", "#!/no/such/interpreter\n")
    assert says in smp.refuses(*words, code=code)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_program(smp, hello):
    hello.chmod(0)
    assert "permission denied" in smp.refuses(hello)


@pytest.mark.parametrize("code", [0, 1, 2, 77, 255])
def test_exit_code(smp, code):
    assert smp.run("-c", f"raise SystemExit({code})").returncode == code


@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL", "SIGSEGV", "SIGUSR1"])
def test_death_by_signal(smp, tmp_path, name):
    number = getattr(signal, name)
    done = smp.run("-c", f"import os; os.kill(os.getpid(), {int(number)})")
    assert done.returncode == -number
    assert len(done.stdout) > 0, "the report comes all the same"
    assert not list(tmp_path.glob("core*"))


def test_standard_descriptors_that_were_closed(exe_path, smp):
    code = (
        "import os\n"
        "def there(fd):\n"
        "  try: os.fstat(fd); return 1\n"
        "  except OSError: return 0\n"
        "os.write(2, repr([there(fd) for fd in range(3)]).encode())\n"
    )
    line = f"exec '{exe_path}' -o out.json -c \"$1\" <&- >&-"
    import subprocess

    done = subprocess.run(
        ["sh", "-c", line, "sh", code],
        cwd=smp.directory,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "[0, 0, 1]" in done.stderr, done
    assert stat.S_ISREG((smp.directory / "out.json").stat().st_mode)
