"""Our decoder of location tables against code.co_positions().

For every instruction of every code object in many modules of the standard
library, on every interpreter of the machine.
"""

import struct
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import build, pythons  # noqa: E402

# Runs in the interpreter under test: writes each table for the decoder to
# `tables`, and what co_positions() says, in the decoder's own form, to `truth`.
COLLECT = r"""
import array, glob, os, struct, sys, sysconfig, warnings
warnings.simplefilter("ignore")

def codes(code):
    yield code
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            yield from codes(constant)

def position(line, end, column, end_column):
    # Columns count from 1 here, 0 is "none"; without a line nothing is known.
    plus = lambda n: 0 if n is None else n + 1
    if line is None:
        return 0, 0, 0, 0
    return line, end or 0, plus(column), plus(end_column)

odd = '''
x = (lambda: [
    y for y in range(3)
    if y])(); long = {NAME}; z = (1 +
  2)
''' .replace("{NAME}", "a" * 3000)
library = sysconfig.get_path("stdlib")
paths = sorted(glob.glob(library + "/*.py") + glob.glob(library + "/test/test_*.py"))
step = max(1, len(paths) // 250)
texts = [odd] + [open(path, "rb").read() for path in paths[::step]]
with open(sys.argv[1], "wb") as tables, open(sys.argv[2], "wb") as truth:
    for text in texts:
        try:
            module = compile(text, "x", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            continue
        for code in codes(module):
            table, units = code.co_linetable, len(code.co_code) // 2
            head = code.co_firstlineno, units, len(table)
            tables.write(struct.pack("3i", *head) + table)
            out = array.array("i")
            for place in code.co_positions():
                out.extend(position(*place))
            assert len(out) == 4 * units, (code, len(out), units)
            out.extend((code.co_firstlineno, code.co_firstlineno, 0, 0))
            truth.write(out.tobytes())
"""


@pytest.fixture(scope="module")
def decoder(tmp_path_factory):
    directory = tmp_path_factory.mktemp("decoder")
    return build.program(directory, "read_locations", "cpython/location.c")


def first_difference(ours, theirs):
    """The first place where they differ: (number, ours, theirs)."""
    size = struct.calcsize("4i")
    for at in range(0, max(len(ours), len(theirs)), size):
        if ours[at : at + size] != theirs[at : at + size]:
            pair = (ours[at : at + size], theirs[at : at + size])
            return at // size, *(struct.unpack("4i", p) for p in pair if p)
    return None


@pytest.mark.parametrize("python", pythons.one_per_minor(), ids=lambda p: p.name)
def test_every_instruction(python, decoder, tmp_path):
    tables, truth = tmp_path / "tables", tmp_path / "truth"
    collect = [python.path, "-I", "-c", COLLECT, tables, truth]
    subprocess.run(list(map(str, collect)), check=True, timeout=120)
    done = subprocess.run([decoder], stdin=tables.open("rb"), capture_output=True)
    assert done.returncode == 0, done.stderr
    theirs = truth.read_bytes()
    assert len(theirs) > 16 * 500_000, "too few instructions to say anything"
    if done.stdout != theirs:
        pytest.fail(str(first_difference(done.stdout, theirs)))
