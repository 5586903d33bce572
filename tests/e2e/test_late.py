"""Late load: the recorder in processes that were not started with it.

What programs do and how they end is as bare; what they allocate is seen.
"""

import json
import os
import shutil
import subprocess
import textwrap

import pytest
from support import package, pythons

BEGIN = """
import os, sys, threading, subprocess, ctypes
from solvidia_mem_prof._late import Recording
def record(work):
    recording = Recording()
    recording.begin()
    try:
        work()
    finally:
        recording.end()
        os.replace(recording.path, sys.argv[1])
"""


@pytest.fixture
def environment(tmp_path, exe_path):
    return package.lay_out(tmp_path / "site", exe_path)


@pytest.fixture(params=pythons.one_per_minor(), ids=lambda python: python.name)
def python(request):
    return request.param


class Late:
    def __init__(self, python, environment, folder):
        self.python, self.environment, self.folder = python, environment, folder

    def run(self, body, *options, code=0):
        """Runs a program; its standard output, and its profile where it left
        one."""
        program = self.folder / "late_program.py"
        program.write_text(BEGIN + textwrap.dedent(body))
        profile = self.folder / "late.json"
        done = subprocess.run(
            [self.python.path, *options, program, profile],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=self.folder,
        )
        assert done.returncode == code, done
        assert "solvidia" not in done.stderr, done.stderr
        self.errors = done.stderr
        found = json.loads(profile.read_text()) if profile.exists() else None
        return done.stdout, found


@pytest.fixture
def late(python, environment, tmp_path):
    return Late(python, environment, tmp_path)


def lines(profile):
    return {
        line["lineno"]: line
        for name, file in profile["files"].items()
        if name.endswith("late_program.py")
        for line in file["lines"]
    }


def number(body, text):
    program = BEGIN + textwrap.dedent(body)
    return next(n for n, line in enumerate(program.splitlines(), 1) if text in line)


MEMORY = """
    import array
    keep = []
    def work():
        keep.append(bytearray(50_000_000))
        keep.append([float(i) for i in range(1_000_000)])
    record(work)
"""


def test_memory_of_python_and_libraries_is_seen(late):
    _, profile = late.run(MEMORY)
    found = lines(profile)
    large = found[number(MEMORY, "bytearray")]
    small = found[number(MEMORY, "float(i)")]
    assert large["alloc_bytes"] == pytest.approx(50e6, rel=0.02)
    # 24 bytes a float and 8 a place; the interval is two sigmas to each side
    low, high = small["live_bytes_ci"]
    assert low < high < 50e6
    allowed = 1.25 * (high - low) + 1e6
    assert small["live_bytes"] == pytest.approx(32.4e6, abs=allowed)


def test_again_and_again(late):
    body = """
        def work():
            bytearray(20_000_000)
        for _ in range(5):
            record(work)
    """
    _, profile = late.run(body)
    assert profile["max_footprint_mb"] == pytest.approx(19.1, rel=0.1)
    assert len(profile["processes"]) == 1


LIBRARY = r"""
#include <stdlib.h>
static void *(*by_table)(size_t) = malloc;
void *make(size_t n) { return by_table(n); }
"""
CALLER = r"""
#include <dlfcn.h>
#include <stddef.h>
typedef void *maker(size_t);
/* Found by this library's own search path: the loader must see its caller. */
int go(void)
{
    void *inner = dlopen("libinner.so", RTLD_NOW);
    if (!inner)
        return 1;
    maker *make = (maker *)dlsym(inner, "make");
    return make && make(40000000) ? 0 : 2;
}
"""


def compile_library(folder, name, text, *options):
    (folder / "a.c").write_text(text)
    command = ["gcc", "-shared", "-fPIC", "-o", folder / name, folder / "a.c"]
    subprocess.run([*command, *options], check=True)


@pytest.mark.skipif(not shutil.which("gcc"), reason="no gcc")
def test_libraries_that_are_loaded_later(late, tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    compile_library(inner, "libinner.so", LIBRARY)
    compile_library(tmp_path, "libouter.so", CALLER, "-ldl", "-Wl,-rpath,$ORIGIN/inner")
    body = """
        def work():
            print(ctypes.CDLL(os.path.abspath("libouter.so")).go())
        record(work)
    """
    output, profile = late.run(body)
    assert output == "0\n"
    line = lines(profile)[number(body, "libouter")]
    assert line["alloc_bytes"] - line["python_alloc_bytes"] == pytest.approx(
        40e6, rel=0.02
    )


def test_threads_that_are_there_before(late):
    body = """
        stop = threading.Event()
        kept = []
        def run():
            while not stop.is_set():
                kept.append(bytearray(200_000))
                stop.wait(0.001)
        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads: thread.start()
        def work():
            import time
            begun = len(kept)
            while len(kept) < begun + 200: time.sleep(0.01)
        record(work)
        stop.set()
        for thread in threads: thread.join()
    """
    _, profile = late.run(body)
    # 4 threads; each may go a megabyte before it looks whether it is recorded
    assert lines(profile)[number(body, "kept.append")]["alloc_bytes"] > 30e6


def test_what_a_program_does_is_as_bare(late):
    body = """
        def work():
            child = os.fork()
            if not child:
                os._exit(7)
            print(os.waitpid(child, 0)[1] >> 8)
            done = subprocess.run([sys.executable, "-c", "print(6 * 7)"],
                                  capture_output=True, text=True)
            print(done.returncode, done.stdout.strip(), repr(done.stderr))
            thread = threading.Thread(target=lambda: print("thread"))
            thread.start()
            thread.join()
        before = os.listdir("/proc/self/fd")
        record(work)
        print(os.listdir("/proc/self/task") == [str(os.getpid())])
        print(os.listdir("/proc/self/fd") == before)
        sys.exit(5)
    """
    output, _ = late.run(body, "-X", "dev", code=5)
    assert output == "7\n0 42 ''\nthread\nTrue\nTrue\n"
    assert late.errors == ""


def test_children_that_are_new_programs_come_along(late):
    body = """
        def work():
            code = "keep = bytearray(30_000_000)"
            subprocess.run([sys.executable, "-c", code], env={}, check=True)
        record(work)
        assert "LD_PRELOAD" not in subprocess.run(
            ["env"], capture_output=True, text=True).stdout
    """
    _, profile = late.run(body)
    assert len(profile["processes"]) == 2
    assert profile["processes"][1]["peak_bytes"] == pytest.approx(30e6, rel=0.05)


def test_children_that_live_on_hold_nobody_up(late):
    body = """
        import signal
        def work():
            global child
            child = os.fork()
            if not child:
                signal.pause()
        record(work)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    """
    _, profile = late.run(body)
    assert len(profile["processes"]) == 2


def test_a_recording_that_nobody_ends_leaves_nothing(late, tmp_path):
    body = """
        recording = Recording()
        recording.begin()
        child = os.fork()
        if not child:
            sys.exit(3)
        print(os.waitpid(child, 0)[1] >> 8, recording.path)
    """
    output, _ = late.run(body)
    status, path = output.split()
    assert status == "3" and not os.path.exists(path)


def test_the_program_goes_on_where_it_cannot_be_read(late, tmp_path):
    body = """
        from solvidia_mem_prof import _late
        _late.library = lambda: "/does/not/exist.so"
        try:
            record(lambda: None)
        except _late.Unavailable as why:
            print(why)
    """
    output, profile = late.run(body)
    assert "can't be loaded" in output and profile is None
