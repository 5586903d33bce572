"""Runs modules of CPython's own test suite and reads how each method ended."""

import os
import subprocess
import tempfile
import xml.etree.ElementTree as tree
from pathlib import Path

from support import tool

TIMEOUT_S = 1200
LEFT_OUT = "*VSOCK*"  # hangs, bare, in a virtual machine whose host has no vsock
WHOLE = "(the whole run)"


def outcomes(exe, python, module, only=()):
    """{method: outcome} of `python -m test module`, bare where exe is tool.BARE.

    A run that dies has no methods, only the way it ended under WHOLE.
    """
    with tempfile.TemporaryDirectory(prefix="smp") as name:
        place = Path(name)
        arguments = ["-m", "test", "--junit-xml", "results.xml", "--tempdir", name]
        arguments += ["-i", LEFT_OUT]
        for method in only:
            arguments += ["-m", method]
        argv = tool.command(exe, python.path, [*arguments, module], place / "p.json", "")
        status, output = run(argv, place)
        results = place / "results.xml"
        if not results.exists():
            return {WHOLE: f"status {status}: {output[-2000:]}"}
        return read(results)


def run(argv, place):
    keep = ("PATH", "LANG", "TERM")
    env = {name: os.environ[name] for name in keep if name in os.environ}
    env.update(HOME=str(place), TMPDIR=str(place))
    with open(place / "output", "w+b") as output:
        status = subprocess.run(
            argv,
            cwd=place,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT_S,
            start_new_session=True,
        ).returncode
        output.seek(0)
        return status, output.read().decode("utf-8", "backslashreplace")


def read(path):
    """Methods by name; one that ran several times has all its outcomes."""
    found = {}
    for case in tree.parse(path).iter("testcase"):
        ends = sorted({child.tag for child in case} & {"failure", "error", "skipped"})
        outcome = "+".join(ends) or case.get("result", "completed")
        found.setdefault(case.get("name"), set()).add(outcome)
    return {name: "+".join(sorted(ends)) for name, ends in found.items()}


def differences(bare, profiled):
    """{method: (bare outcome, profiled outcome)} where they are not equal."""
    names = sorted(bare.keys() | profiled.keys())
    pairs = {name: (bare.get(name), profiled.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
