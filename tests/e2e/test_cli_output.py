"""Where the report goes: files, streams, the terminal."""

import fcntl
import json
import os
import pty
import re
import stat
import struct
import subprocess
import sys
import termios
import threading

import pytest

ESCAPE = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b\x07]*(?:\x1b\\|\x07)")


def load(path):
    return json.loads(path.read_text())


def test_json_goes_to_profile_json(smp, hello):
    done = smp.run("--json", hello)
    assert done.stdout == "hello\n"
    assert load(smp.directory / "profile.json")
    assert done.stderr.startswith("solvidia-mem-prof: the profile is in profile.json")


def test_json_on_standard_output(smp, hello):
    for options in (["--cli", "--json"], ["--json", "-o", "-"], ["--json", "-o/dev/stdout"]):
        done = smp.run(*options, hello)
        first, _, rest = done.stdout.partition("\n")
        assert first == "hello" and json.loads(rest), done
        assert done.stderr == ""


def test_the_name_tells_the_format(smp, hello):
    done = smp.run("-o", "a.json", hello)
    assert done.stdout == "hello\n" and done.stderr == ""
    assert load(smp.directory / "a.json")
    smp.run("--outfile=a.txt", hello)
    with pytest.raises(ValueError):
        load(smp.directory / "a.txt")


@pytest.mark.parametrize(
    "place, says",
    [
        ("none/a.json", "can't write none/a.json: No such file"),
        ("folder", "can't write folder: Is a directory"),
        ("folder/", "Is a directory"),
        ("hello.py/a.json", "Not a directory"),
        ("/proc/a.json", "/proc/a.json: "),  # even root makes no file there
    ],
)
def test_a_wrong_place_is_found_before_the_run(smp, hello, place, says):
    (smp.directory / "folder").mkdir()
    hello.write_text("print('ran')")
    assert says in smp.refuses("--json", "-o", place, "hello.py")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_forbidden_place_is_found_before_the_run(smp, hello):
    (smp.directory / "shut").mkdir(mode=0o500)
    assert "Permission denied" in smp.refuses("-o", "shut/a.json", hello)


def test_no_trace_before_the_end(smp):
    code = "import os; print(sorted(os.listdir()))"
    assert smp.run("-o", "a.json", "-c", code).stdout == "[]\n"
    assert os.listdir(smp.directory) == ["a.json"]


def test_a_file_is_replaced_with_its_mode_and_behind_links(smp, hello):
    real = smp.directory / "real.json"
    real.write_text("old")
    real.chmod(0o640)
    link = smp.directory / "link.json"
    link.symlink_to("real.json")
    before = real.stat().st_ino
    smp.run("-o", "link.json", hello)
    assert link.is_symlink() and load(real)
    assert real.stat().st_ino != before, "replaced in one step"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_new_files_follow_the_umask(smp, hello):
    old = os.umask(0o027)
    try:
        smp.run("-o", "a.json", hello)
    finally:
        os.umask(old)
    assert stat.S_IMODE((smp.directory / "a.json").stat().st_mode) == 0o640


def test_a_pipe_is_written_to(smp, hello):
    pipe = smp.directory / "pipe"
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
    reader.start()
    assert smp.run("--json", "-o", pipe, hello).returncode == 0
    reader.join(20)
    assert json.loads(got[0]) and stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_full_disk_is_one_line_and_the_program_s_code(smp):
    done = smp.run("-o", "/dev/full", "-c", "raise SystemExit(3)")
    assert done.returncode == 3
    assert done.stderr == (
        "solvidia-mem-prof: can't write /dev/full: No space left on device\n"
    )


def test_a_failed_write_leaves_the_old_file(exe_path, smp):
    old = smp.directory / "a.json"
    old.write_text("old")
    # The interpreter by its path: a shim may be a script that writes files.
    python = f"--python '{sys.executable}'"
    line = f"ulimit -f 0; exec '{exe_path}' -o a.json {python} -c 'raise SystemExit(3)'"
    done = subprocess.run(
        ["bash", "-c", line], cwd=smp.directory, capture_output=True, text=True
    )
    assert done.returncode == 3 and "File too large" in done.stderr, done
    assert old.read_text() == "old" and os.listdir(smp.directory) == ["a.json"]


def test_a_reader_that_goes_away(exe_path, smp):
    line = f"('{exe_path}' -c 'raise SystemExit(4)'; echo $? >&2) | true"
    done = subprocess.run(
        ["bash", "-c", line], cwd=smp.directory, capture_output=True, text=True
    )
    assert done.stderr == "4\n"


def on_terminal(smp, columns, *arguments, env=None):
    """What the tool writes on a terminal of that many columns."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    variables = dict(os.environ, TERM="xterm-256color", LC_ALL="C.UTF-8")
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TMUX", "VTE_VERSION"):
        variables.pop(name, None)
    variables.update(env or {})
    process = subprocess.Popen(
        [smp.path, *map(str, arguments)],
        cwd=smp.directory,
        env=variables,
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    text = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:
            break
        if not piece:
            break
        text += piece
    os.close(leader)
    assert process.wait(60) == 0
    return text.decode()


BUSY = "sum(i * i for i in range(3000000))"


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
def test_the_report_fits_the_terminal(smp, columns):
    text = on_terminal(smp, columns, "-c", BUSY)
    lines = ESCAPE.sub("", text).splitlines()
    assert lines and max(map(len, lines)) <= columns


def test_colours(smp):
    def has_colours(*options, **env):
        return "\x1b[" in on_terminal(smp, 80, *options, "-c", BUSY, env=env)

    assert has_colours()
    assert not has_colours(NO_COLOR="1")
    assert not has_colours(TERM="dumb")
    assert not has_colours("--color=never")
    assert has_colours("--color=always", NO_COLOR="1")


def test_colours_in_a_pipe(smp):
    def has_colours(*options, **env):
        return "\x1b[" in smp.run(*options, "-c", BUSY, env=env).stdout

    assert not has_colours(TERM="xterm-256color")
    assert has_colours(TERM="xterm-256color", FORCE_COLOR="1")
    assert has_colours("--color=always", TERM="xterm")
    assert not has_colours("--color=never", FORCE_COLOR="1")
    assert not has_colours(FORCE_COLOR="1", NO_COLOR="1")


def test_links_only_where_they_are_known(smp):
    assert "\x1b]8;" not in on_terminal(smp, 80, "-c", BUSY)
    assert "\x1b]8;" not in smp.run("-c", BUSY, env={"VTE_VERSION": "7000"}).stdout


def test_without_utf8_the_report_is_ascii(smp):
    assert smp.run("-c", BUSY, env={"LC_ALL": "C"}).stdout.isascii()


def test_width_without_a_terminal(smp):
    for options, env, most in (
        ([], {}, 80),
        ([], {"COLUMNS": "60"}, 60),
        (["--width=100"], {"COLUMNS": "60"}, 100),
    ):
        lines = smp.run(*options, "-c", BUSY, env=env).stdout.splitlines()
        assert max(map(len, lines)) <= most
