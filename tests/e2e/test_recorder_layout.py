"""The layout table against the headers of every CPython of this machine.

Offsets are computed anew by a C program that is compiled with the interpreter's
own internal headers; where these are missing the test is skipped. What a
running 3.13 says of itself (_Py_DebugOffsets) must come to the same.
"""

import struct
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import build, pythons  # noqa: E402

# Not offsets: how much is read, as bounds of what true_layout.c says.
AT_LEAST = {"code_bytes": "least_code_bytes", "gil_bytes": "least_gil_bytes"}
EVERY = pytest.mark.parametrize("python", pythons.find(), ids=lambda p: p.name)


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    directory = tmp_path_factory.mktemp("layout")
    return build.program(directory, "print_layout", "base/status.c")


def fields(text):
    pairs = (line.split() for line in text.splitlines())
    return {name: int(value) for name, value in pairs}


def ask(python, code):
    return subprocess.check_output([python.path, "-I", "-c", code])


def version_hex(python):
    return int(ask(python, "import sys; print(sys.hexversion)"))


def row(program, python):
    head = struct.pack("I", version_hex(python))
    return fields(subprocess.check_output([program], input=head).decode())


def true_layout(python, directory):
    """The fields by the interpreter's headers; skips where they are missing."""
    get = "import sysconfig; print(sysconfig.get_path('include'))"
    include = Path(ask(python, get).decode().strip())
    if not (include / "internal" / "pycore_frame.h").exists():
        pytest.skip(f"no internal headers in {include}")
    flags = ["-I", str(include), "-I", str(include / "internal"), "-w"]
    # Sizes only are asked for: nothing of the interpreter needs to be linked.
    flags += ["-Wl,--unresolved-symbols=ignore-all"]
    program = build.program(directory, "true_layout", flags=flags)
    return fields(subprocess.check_output([program]).decode())


@EVERY
def test_row_is_what_headers_say(python, ours, tmp_path):
    truth, table = true_layout(python, tmp_path), row(ours, python)
    wrong = {
        name: (value, truth.get(name))
        for name, value in table.items()
        if name not in AT_LEAST and value != truth.get(name)
    }
    assert not wrong, "field: (ours, true)"
    for name, least in AT_LEAST.items():
        assert table[name] >= truth[least], name


@EVERY
def test_what_the_walk_takes_for_granted(python, ours, tmp_path):
    """Numbers that stand in walk.c itself."""
    truth, table = true_layout(python, tmp_path), row(ours, python)
    assert truth["type_at"] == 8
    assert truth["collecting_size"] == 4
    assert truth["native_id_size"] == 8
    assert truth["owner_generator"] == 1
    assert truth["owner_frame_object"] == 2
    assert truth["frame_size"] <= 80  # FRAME_BYTES
    assert table["code_bytes"] <= 256  # CODE_BYTES_MAX
    ends = ("code_first_line", "code_first_traceable")
    assert all(table[name] + 4 <= table["code_bytes"] for name in ends)


RUNTIME = """
import ctypes, sys
n = 4096
runtime = (ctypes.c_char * n).in_dll(ctypes.pythonapi, "_PyRuntime")
sys.stdout.buffer.write(runtime.raw)
"""


@EVERY
def test_debug_offsets_say_the_same(python, ours):
    if python.minor < (3, 13):
        pytest.skip("has no _Py_DebugOffsets")
    head = struct.pack("I", version_hex(python))
    told = subprocess.run(
        [ours, "debug"], input=head + ask(python, RUNTIME), capture_output=True
    )
    assert told.returncode == 0
    assert fields(told.stdout.decode()) == row(ours, python)
