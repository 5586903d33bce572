"""Finds the native launcher of this installation and becomes it.

Only os and sys are imported on the usual way: the current directory is first in
sys.path here, and a program's own random.py or json.py must not be run by us.
"""

import os
import sys
from typing import Iterator, List, Optional

NAME = "solvidia-mem-prof"
EXIT_USAGE = 2


def _likely() -> Iterator[str]:
    """Where installers put the launcher that belongs to this package."""
    package = os.path.dirname(os.path.abspath(__file__))
    yield os.path.join(package, "..", "bin")  # pip install --target
    # PREFIX/lib/python3.X/site-packages/PACKAGE: a venv, --user, a prefix
    yield os.path.join(package, "..", "..", "..", "..", "bin")
    # PREFIX/local/lib/..., where Debian's pip has its scripts beside
    yield os.path.join(sys.prefix, "bin")


def _recorded() -> Iterator[str]:
    """Where the installer says that it put it (an editable install, say)."""
    from importlib import metadata

    try:
        files = metadata.files(NAME) or []
    except metadata.PackageNotFoundError:
        return
    for file in files:
        if file.name == NAME:
            yield os.path.dirname(str(file.locate()))


def find() -> Optional[str]:
    """The launcher's path, or None where it is not there."""
    for places in (_likely, _recorded):
        for place in places():
            path = os.path.normpath(os.path.join(place, NAME))
            if os.path.isfile(path) and os.access(path, os.X_OK):
                return path
    return None


def _fail(why: str) -> int:
    sys.stderr.write(f"{NAME}: {why}\n")
    return EXIT_USAGE


def main(arguments: List[str]) -> int:
    """Becomes the launcher; returns only where that fails."""
    path = find()
    if path is None:
        return _fail("its executable is not where pip put it: install it again")
    options = ["--python", sys.executable] if sys.executable else []
    try:
        os.execv(path, [path, *options, *arguments])
    except (OSError, ValueError) as error:
        return _fail(f"can't run {path}: {error}")
