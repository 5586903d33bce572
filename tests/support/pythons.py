"""Finds the CPython interpreters of this machine that the tests use.

SMP_PYTHONS, a colon-separated list, overrides the search.
"""

import functools
import glob
import os
import shutil
import subprocess
from dataclasses import dataclass

VERSIONS = ((3, 11), (3, 12), (3, 13))
ASK = (
    "import os, sys; print(sys.implementation.name, *sys.version_info[:3],"
    " sys.executable, os.path.realpath(sys.executable), sys.prefix, sep='\\n')"
)


@dataclass(frozen=True)
class Python:
    """One interpreter: `path` is what to run, `version` its (3, 12, 1)."""

    path: str
    version: tuple
    name: str  # unique among those found: the test's id

    @property
    def minor(self):
        return self.version[:2]

    def has(self, module):
        return has_module(self.path, module)


@functools.lru_cache(maxsize=None)
def has_module(path, module):
    code = f"import importlib.util as u, sys; sys.exit(not u.find_spec({module!r}))"
    return quiet([path, "-c", code]) is not None


def quiet(argv):
    """The command's stdout, or None where it can't run or fails."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def candidates():
    listed = os.environ.get("SMP_PYTHONS")
    if listed:
        return [shutil.which(path) or path for path in listed.split(":") if path]
    names = [f"python{major}.{minor}" for major, minor in VERSIONS] + ["python3"]
    directories = os.environ.get("PATH", "").split(":")
    found = [os.path.join(d, name) for name in names for d in directories]
    root = os.environ.get("PYENV_ROOT", "~/.pyenv")
    found += sorted(glob.glob(os.path.expanduser(root) + "/versions/*/bin/python"))
    return [path for path in found if os.access(path, os.X_OK)]


@functools.lru_cache(maxsize=None)
def find():
    """Every interpreter that counts, each once, oldest version first."""
    unique = {}
    for path in candidates():
        answer = quiet([path, "-c", ASK])
        if answer is None:
            continue
        kind, major, minor, micro, executable, real, prefix = answer.splitlines()
        version = (int(major), int(minor), int(micro))
        if kind == "cpython" and version[:2] in VERSIONS:
            unique.setdefault((real, prefix), (version, executable))
    return tuple(named(sorted(unique.values())))


def named(pairs):
    seen = {}
    for version, path in pairs:
        name = ".".join(map(str, version))
        count = seen[name] = seen.get(name, 0) + 1
        yield Python(path, version, name if count == 1 else f"{name}-{count}")


def one_per_minor():
    """The newest interpreter of each minor version: for the long tests."""
    return tuple({python.minor: python for python in find()}.values())
