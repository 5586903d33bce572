"""Runs a case bare and profiled in the same place, and compares the two."""

import difflib
import hashlib
import os
import re
import shutil
import signal
import stat
import subprocess
from dataclasses import dataclass

from support import prepare, tool

# What the profiler itself prints; a program's last line may lack its newline,
# so ours can begin in the middle of a line.
OUR_LINE = re.compile(rb"solvidia-mem-prof: [^\n]*\n")
ADDRESS = re.compile(rb"0x[0-9a-f]{6,}")  # of objects: new in every run


@dataclass
class Outcome:
    """What a run did that can be seen from outside."""

    stdout: bytes
    stderr: bytes
    status: int  # exit code, or -signal
    files: dict  # relative path -> what it is
    said: list  # the profiler's own lines


class TimedOut(Exception):
    """The run did not end in its time; it was killed."""


class Place:
    """A directory with all that a run may touch: work, tmp, home."""

    def __init__(self, root):
        self.root = root
        self.work = root / "work"
        self.profile = root / "profile.json"

    def fresh(self, case, python):
        for name in ("work", "tmp", "home"):
            shutil.rmtree(self.root / name, ignore_errors=True)
            (self.root / name).mkdir()
        if case.source.is_dir():
            skip = shutil.ignore_patterns("__pycache__")
            shutil.copytree(case.source, self.work, dirs_exist_ok=True, ignore=skip)
        else:
            shutil.copy2(case.source, self.work / case.prog)
        for name in case.prepare:
            getattr(prepare, name)(self.work, case, python)

    def environment(self, case):
        kept = {k: os.environ[k] for k in ("PATH", "ASAN_OPTIONS") if k in os.environ}
        own = {"HOME": str(self.root / "home"), "TMPDIR": str(self.root / "tmp")}
        return {**kept, "LANG": "C.UTF-8", **own, **case.env}

    def snapshot(self):
        found = {}
        for name in ("work", "tmp", "home"):
            for directory, subdirectories, files in os.walk(self.root / name):
                for entry in subdirectories + files:
                    path = os.path.join(directory, entry)
                    found[os.path.relpath(path, self.root)] = describe(path)
        return found


def describe(path):
    """Type, mode and content. Of a .pyc only the type: marshal writes a
    reference bit that depends on the counts of interned objects."""
    info = os.lstat(path)
    content = ""
    if stat.S_ISLNK(info.st_mode):
        content = os.readlink(path)
    elif stat.S_ISREG(info.st_mode) and not path.endswith(".pyc"):
        with open(path, "rb") as file:
            content = hashlib.sha256(file.read()).hexdigest()[:16]
    return f"{stat.filemode(info.st_mode)} {content}"


def execute(argv, cwd, env, stdin, timeout):
    """Runs it in a session of its own: (stdout, stderr, status)."""
    process = subprocess.Popen(
        argv,
        cwd=cwd,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        out, err = process.communicate()
        raise TimedOut(f"{argv}: no end after {timeout} s\n{out!r}\n{err!r}") from None
    return out, err, process.returncode


def run(case, python, place, exe):
    """One run in a fresh place; exe None or tool.BARE: without profiler."""
    place.fresh(case, python)
    arguments = [a.replace("{dir}", str(place.work)) for a in case.run]
    argv = tool.command(
        exe or tool.BARE, python.path, arguments, place.profile, case.prog
    )
    env = place.environment(case)
    out, err, status = execute(
        case.wrap + argv, place.work, env, case.stdin, case.timeout
    )
    said = OUR_LINE.findall(err) if exe not in (None, tool.BARE) else []
    if said:
        err = OUR_LINE.sub(b"", err)
    out, err = (ADDRESS.sub(b"0x...", text) for text in (out, err))
    return Outcome(out, err, status, place.snapshot(), said)


def text_difference(name, bare, profiled):
    if bare == profiled:
        return []
    lines = [t.decode("utf-8", "backslashreplace").splitlines() for t in (bare, profiled)]
    shown = list(difflib.unified_diff(*lines, "bare", "profiled", lineterm="", n=1))
    return [f"{name} differs:", *(shown[:60] or [f"{bare!r}", f"{profiled!r}"])]


def compare(bare, profiled):
    """What differs, as lines of text; empty where nothing does."""
    differences = []
    if bare.status != profiled.status:
        differences.append(f"status: bare {bare.status}, profiled {profiled.status}")
    differences += text_difference("stdout", bare.stdout, profiled.stdout)
    differences += text_difference("stderr", bare.stderr, profiled.stderr)
    for path in sorted(bare.files.keys() | profiled.files.keys()):
        a, b = bare.files.get(path), profiled.files.get(path)
        if a != b:
            differences.append(f"file {path}: bare {a}, profiled {b}")
    return differences
