"""SMP=dormant in the environment of a plain python: it is prepared, and nobody sees.

Each test has a venv with the wheel's files, since what prepares lies beside them.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import package, pythons  # noqa: E402
from support.control import PHASES, Running, functions, newest, wait_for  # noqa: E402
from support.profile import Profile  # noqa: E402

PREPARED = {**os.environ, "SMP": "dormant", "PYTHONDONTWRITEBYTECODE": "1"}
IS_LOADED = (
    "with open('/proc/self/maps') as maps: print('librecorder.so' in maps.read())"
)
CHILDREN = """
import os, subprocess, sys, time
if len(sys.argv) > 1:
    def child():
        while not os.path.exists("end"): sum(n * n for n in range(3000))
    child()
    sys.exit()
print(os.getpid(), flush=True)
def start():
    return subprocess.Popen([sys.executable, __file__, "child"])
children = [start()]
while not os.path.exists("second"): time.sleep(0.01)
children.append(start())
if os.fork() == 0:
    while not os.path.exists("end"): time.sleep(0.01)
    os._exit(0)
[child.wait() for child in children]
os.wait()
"""
KERNEL = """
import os, time
from solvidia_mem_prof._late import Recording
keep = []
def busy():
    end = time.thread_time() + 0.2
    while time.thread_time() < end:
        keep.append(bytearray(1000))
for path in ("a.json", "b.json"):
    recording = Recording(); recording.begin(); busy(); recording.end()
    os.replace(recording.path, path)
"""


def venv(python, exe_path, place):
    return package.make_venv(place / "venv", python.path, exe_path)


@pytest.fixture
def new(exe_path, tmp_path):
    """The newest interpreter, in a venv."""
    return venv(newest(), exe_path, tmp_path)


def run(python, *words, env=PREPARED):
    """What it printed; it says nothing else."""
    done = subprocess.run([python, *words], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout.strip()


def attach(exe_path, pid, *options):
    words = [exe_path, "attach", "--pid", str(pid), "-o", "p.json", *options]
    return subprocess.Popen(words, stderr=subprocess.PIPE, text=True)


def attached(exe_path, program, *options):
    process = attach(exe_path, program.pid, *options)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    return Profile("p.json")


@pytest.mark.parametrize(
    "python", pythons.one_per_minor(), ids=lambda python: python.name
)
def test_attached_again_and_again(python, exe_path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("prog.py").write_text(PHASES)
    program = Running([venv(python, exe_path, tmp_path), "prog.py"], tmp_path, PREPARED)
    try:
        for phase in ("first", "second"):
            profile = attached(exe_path, program, "--duration", "0.7")
            (thread,) = profile.threads()
            assert functions(profile)[phase] == pytest.approx(thread["cpu_s"], abs=0.05)
            assert thread["cpu_s"] <= profile.elapsed_s() + 0.02
            assert profile.json["alloc_bytes"] > 1e6
            assert profile.json["peak_bytes"] > 1e5
            program.to("second")
        assert program.end() == (0, "")
    finally:
        program.abandon()


def test_its_children_also_those_that_come_later(new, exe_path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("prog.py").write_text(CHILDREN)
    program = Running([new, "prog.py"], tmp_path, PREPARED)
    time.sleep(0.5)  # its child has begun
    collector = attach(exe_path, program.pid)
    time.sleep(1)
    program.to("second")
    try:
        status = [exe_path, "snapshot", "--pid", str(program.pid), "-o", "now.json"]

        def all_four():
            done = subprocess.run(status, capture_output=True, text=True)
            found = Profile("now.json") if done.returncode == 0 else None
            return found and len(found.processes()) == 4 and found

        profile = wait_for(all_four)
        assert functions(profile)["child"] > 0
        assert program.end()[0] == 0
        assert collector.wait(60) == 0
        assert len(Profile("p.json").processes()) == 4
    finally:
        collector.communicate(timeout=60)
        program.abandon()


def test_every_way_to_start_a_program(new, tmp_path):
    (tmp_path / "prog.py").write_text(IS_LOADED)
    assert run(new, tmp_path / "prog.py") == "True"
    assert run(new, "-c", IS_LOADED) == "True"
    assert run(new, "-X", "dev", "-W", "error", "-c", IS_LOADED) == "True"
    env = {**PREPARED, "PYTHONMALLOC": "debug"}
    assert run(new, "-c", IS_LOADED, env=env) == "True"
    with open(tmp_path / "prog.py") as file:
        done = subprocess.run([new, "-"], stdin=file, env=PREPARED, capture_output=True)
    assert (done.stdout, done.stderr) == (b"True\n", b"")


@pytest.mark.parametrize("option", ["-I", "-E", "-S"])
def test_who_wants_no_variables_or_no_site_gets_none(new, option):
    assert run(new, option, "-c", IS_LOADED) == "False"


@pytest.mark.parametrize("value", [None, "", "1", "dormant "])
def test_without_the_variable_nothing_is_there(new, value):
    env = {name: text for name, text in PREPARED.items() if name != "SMP"}
    if value is not None:
        env["SMP"] = value
    assert run(new, "-c", IS_LOADED, env=env) == "False"
    code = "import sys; print([m for m in sys.modules if 'solvidia' in m])"
    assert run(new, "-c", code, env=env) == "[]"


def test_what_the_program_sees_is_as_bare(new):
    """A module of our name apart: the package's own are imported as always."""
    code = (
        "import os, sys; print(sorted(set(sys.modules) - {'_solvidia_mem_prof_start'}),"
        " sys.argv, sys.orig_argv, sys.path, sys.flags, os.listdir('/proc/self/fd'),"
        " os.listdir('/proc/self/task') == [str(os.getpid())],"
        " {k: v for k, v in os.environ.items() if k != 'SMP'})"
    )
    bare = {name: text for name, text in PREPARED.items() if name != "SMP"}
    assert run(new, "-c", code) == run(new, "-c", code, env=bare)


LISTENED = """
import ctypes, sys
head_at = {(3, 11): 656, (3, 12): 3064, (3, 13): 10424}[sys.version_info[:2]]
runtime = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
head = ctypes.c_void_p.from_address(runtime + head_at)
print(head.value, "librecorder" in open("/proc/self/maps").read())
"""


@pytest.mark.parametrize("python", pythons.one_per_minor(), ids=lambda python: python.name)
def test_its_audit_events_are_not_listened_to(python, exe_path, tmp_path):
    """Each would cost it; while it is recorded we hear of imports."""
    assert run(venv(python, exe_path, tmp_path), "-c", LISTENED) == "None True"


@pytest.mark.parametrize("damage", ["missing", "no library"])
def test_a_recorder_that_cannot_be_loaded_is_no_matter(new, damage):
    (link,) = new.parent.parent.glob("lib/python3*/site-packages/solvidia_mem_prof")
    link.unlink()
    if damage == "no library":
        link.mkdir()
        (link / "librecorder.so").write_text("no library")
    assert run(new, "-c", IS_LOADED) == "False"


def test_the_launcher_prepares_once(new, exe_path):
    code = (
        "print(len({line.split()[0] for line in open('/proc/self/maps')"
        " if 'librecorder.so' in line and ' r-xp ' in line}))"
    )
    assert run(exe_path, "--python", str(new), "-c", code) == "1"


def test_recorded_from_within_a_prepared_program(new, tmp_path, monkeypatch):
    """What notebooks do, in a kernel that is prepared."""
    monkeypatch.chdir(tmp_path)
    run(new, "-c", KERNEL)
    for path in ("a.json", "b.json"):
        profile = Profile(path)
        assert functions(profile)["busy"] > 0.1
        assert profile.json["python_alloc_bytes"] > 1e6
