"""The collector's table of calling opcodes against each interpreter's own.

dis knows the numbers of all forms, adaptive, specialised and instrumented; by
their names they are calls or not.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import build, pythons  # noqa: E402

ASK = """
import dis, json, opcode, sys
names = dict(getattr(dis, "_all_opmap", {}))
names.update(opcode.opmap)
specialised = getattr(opcode, "_specializations", {})
json.dump([sys.hexversion, names, specialised], sys.stdout)
"""
# Calls something the program named; an intrinsic is the interpreter's own work.
CALL = re.compile(r"(INSTRUMENTED_)?(PRE)?CALL(_|$)(?!INTRINSIC)")
# Specialised for functions whose frames the interpreter pushes itself.
PYTHON = re.compile(
    r"CALL_PY_\w+|CALL_BOUND_METHOD_(EXACT_ARGS|GENERAL)|PRECALL_PYFUNC"
    r"|CALL_ALLOC_AND_ENTER_INIT"
)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    directory = tmp_path_factory.mktemp("opcodes")
    return build.program(directory, "print_opcodes", "collector/opcode.c")


def ours(table, version):
    lines = subprocess.check_output([table, str(version)], text=True).split("\n")
    flags = [line.split() for line in lines if line]
    assert len(flags) == 256
    calls = {n for n, (called, _) in enumerate(flags) if called == "1"}
    return calls, {n for n, (_, is_python) in enumerate(flags) if is_python == "1"}


@pytest.mark.parametrize("python", pythons.find(), ids=lambda p: p.name)
def test_calling_opcodes(python, table):
    answer = subprocess.check_output([python.path, "-I", "-c", ASK])
    version, names, specialised = json.loads(answer)
    missing = {n for forms in specialised.values() for n in forms} - names.keys()
    assert not missing, "specialised forms without a number"
    by_name = {name: n for name, n in names.items() if n < 256}
    calls = {n for name, n in by_name.items() if CALL.match(name)}
    pushes = {n for name, n in by_name.items() if PYTHON.fullmatch(name)}
    assert len(calls) > 15 and pushes
    found = ours(table, version)
    name_of = {n: name for name, n in by_name.items()}
    named = [{name_of.get(n, n) for n in numbers} for numbers in found]
    truth = [{name_of[n] for n in numbers} for numbers in (calls, pushes)]
    assert named == truth


def test_unknown_version(table):
    assert ours(table, 0x030A0000) == (set(), set())
