"""What a case may need of the machine; else it is skipped with a reason."""

import functools
import shutil
import subprocess


@functools.lru_cache(maxsize=None)
def pid_namespace():
    """unshare may make a PID namespace here."""
    if not shutil.which("unshare"):
        return False
    argv = ["unshare", "--pid", "--fork", "--mount-proc", "true"]
    return subprocess.run(argv, capture_output=True).returncode == 0


def some_module(*names):
    return lambda python: any(python.has(name) for name in names)


def cc():
    return shutil.which("cc") is not None


WORDS = {"pid-namespace": pid_namespace, "cc": cc}
# Modules of which one must be there.
MODULES = {
    "subinterpreters": some_module("_interpreters", "_xxsubinterpreters"),
}


def missing(case, python):
    """The first thing that is not there, or None."""
    for need in case.needs:
        if need in WORDS:
            there = WORDS[need]()
        else:
            there = MODULES[need](python) if need in MODULES else python.has(need)
        if not there:
            return need
    return None
