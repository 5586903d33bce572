"""Reads the test programs and what their headers ask for.

A case is a file `name.py`, or a directory `name/` with `main.py` in it, that
is copied as a whole. Its header is the comment at the top: what it shows, then
lines of `#: key value`:

    run ARGS       what follows the interpreter; {prog} is the program, {dir}
                   the working directory, \\n a newline; each `run` is a case
                   of its own; default: {prog}
    exit N         how the bare program ends: exit code, or -signal; default 0
    env NAME=TEXT  a variable of the program's environment
    stdin TEXT     what it reads, with \\n for a newline; default: nothing
    wrap ARGS      a command put in front, e.g. sh -c 'exec "$@" 0<&-' sh
    prepare NAME   a function of prepare.py, run in the working directory
    needs NAME     a module the interpreter must have, or a word of needs.py
    python 3.12+   versions it is for; also 3.11-3.12
    timeout N      seconds; default 60
    processes N    processes that ran Python; default 1; 0: don't look
    exits 0*3 7 ?  how the Python processes end, in any order; ?: it runs on
    check NAME     a function of checks.py that is given the profile
    slow           in a quick run on the newest interpreter only
"""

import functools
import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path

MANY = ("run", "env", "needs", "prepare", "check")
ONE = ("exit", "stdin", "wrap", "python", "timeout", "processes", "exits")
FLAGS = ("slow",)


@dataclass
class Case:
    name: str  # room/program or room/program:2 for its second `run`
    source: Path  # file or directory to copy
    prog: str  # the program's name in the working directory
    run: list
    exit: int = 0
    env: dict = field(default_factory=dict)
    stdin: bytes = b""
    wrap: list = field(default_factory=list)
    prepare: list = field(default_factory=list)
    needs: list = field(default_factory=list)
    python: str = ""
    timeout: float = 60
    processes: str = "1"
    exits: str = ""
    check: list = field(default_factory=list)
    slow: bool = False

    def fits(self, version):
        """Whether it is for this (3, 12, 1)."""
        low, _, high = self.python.rstrip("+").partition("-")
        at_least = not low or version[:2] >= parse_version(low)
        return at_least and (not high or version[:2] <= parse_version(high))


def parse_version(text):
    major, minor = text.split(".")
    return int(major), int(minor)


def header(path):
    """The header's lines as {key: [values]}; a wrong key or place is an error."""
    keys = {}
    lines = path.read_bytes().decode("utf-8-sig", "replace").splitlines()
    length = next((n for n, line in enumerate(lines) if line[:1] != "#"), len(lines))
    for number, line in enumerate(lines):
        if line.startswith("#: "):
            if number >= length:
                raise ValueError(f"{path}: header line {number + 1} after the header")
            key, _, value = line[3:].strip().partition(" ")
            keys.setdefault(key, []).append(value)
    for key, values in keys.items():
        if key not in MANY + ONE + FLAGS or (key in ONE and len(values) > 1):
            raise ValueError(f"{path}: header line `{key}`")
    return keys


def read(path, root):
    """The cases of one program. It must not hide a module of the library from
    what it starts in its directory (`python -m venv` beside a venv.py)."""
    if path.is_file() and path.stem in sys.stdlib_module_names:
        raise ValueError(f"{path}: the name of a standard module")
    main = path / "main.py" if path.is_dir() else path
    keys = header(main)
    single = {key: values[0] for key, values in keys.items() if key in ONE}
    name = str(path.relative_to(root).with_suffix(""))
    runs = keys.get("run", ["{prog}"])
    for number, run in enumerate(runs, 1):
        yield Case(
            name=name if len(runs) == 1 else f"{name}:{number}",
            source=path,
            prog=main.name,
            run=[word.replace("\\n", "\n") for word in shlex.split(run)],
            exit=int(single.get("exit", 0)),
            env=dict(pair.split("=", 1) for pair in keys.get("env", [])),
            stdin=single.get("stdin", "").replace("\\n", "\n").encode(),
            wrap=shlex.split(single.get("wrap", "")),
            prepare=keys.get("prepare", []),
            needs=keys.get("needs", []),
            python=single.get("python", ""),
            timeout=float(single.get("timeout", 60)),
            processes=single.get("processes", "1"),
            exits=single.get("exits", ""),
            check=keys.get("check", []),
            slow="slow" in keys,
        )


@functools.lru_cache(maxsize=None)
def find(root):
    """Every case below `root` (rooms, then programs), sorted by name."""
    rooms = [room for room in sorted(root.iterdir()) if room.is_dir()]
    programs = [
        entry
        for room in rooms
        for entry in sorted(room.iterdir())
        if entry.suffix == ".py" or (entry / "main.py").exists()
    ]
    return [case for program in programs for case in read(program, root)]
