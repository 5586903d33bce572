"""Compiles the small C programs of support/c/ against the profiler's sources."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
C = Path(__file__).with_name("c")


def compiler():
    found = shutil.which("cc") or shutil.which("gcc")
    if found is None:
        pytest.skip("needs a C compiler")
    return found


def program(directory, name, *sources, flags=()):
    """support/c/NAME.c with some of src/, as an executable."""
    out = Path(directory) / name
    files = [C / f"{name}.c", *(ROOT / "src" / source for source in sources)]
    compile_c(out, files, flags)
    return out


def library(directory, name, flags=()):
    """support/c/NAME.c as a shared library."""
    out = Path(directory) / f"{name}.so"
    compile_c(out, [C / f"{name}.c"], ("-shared", "-fPIC", *flags))
    return out


def compile_c(out, files, flags=()):
    command = [compiler(), "-std=gnu11", "-O1", "-I", ROOT / "src", "-o", out]
    done = subprocess.run(
        [*map(str, command), *map(str, files), *flags, "-lpthread", "-ldl"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
