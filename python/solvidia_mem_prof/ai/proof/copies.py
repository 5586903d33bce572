"""Two copies of the program's folders, taking turns at one path.

The program runs in BOX/run both times, so nothing that depends on a path differs;
the copy that does not run waits beside it. The user's folders are only read.
"""

import os
import shutil
import stat
import tempfile
from typing import Dict, Iterator, List, Sequence, Tuple

from ..errors import Refused

FILES_MOST = 20_000
BYTES_MOST = 512 << 20
SKIPPED = {
    ".git",
    ".hg",
    ".svn",
    ".tox",
    ".nox",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "__pycache__",
    "node_modules",
}
SIDES = ("before", "after")


def inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _too_large(folder: str) -> Refused:
    return Refused(
        f"{folder} holds more than {FILES_MOST} files or "
        f"{BYTES_MOST >> 20} MiB: too much to copy for a trial"
    )


def _is_venv(path: str) -> bool:
    return os.path.exists(os.path.join(path, "pyvenv.cfg"))


def _entries(root: str) -> Iterator[Tuple[str, os.stat_result]]:
    """(path, lstat) of all that is to be copied, folders before what they hold."""
    for folder, folders, files in os.walk(root):
        folders[:] = [
            name
            for name in folders
            if name not in SKIPPED and not _is_venv(os.path.join(folder, name))
        ]
        for name in folders + files:
            path = os.path.join(folder, name)
            try:
                yield path, os.lstat(path)
            except OSError:
                continue


def _plan(roots: Sequence[str]) -> List[Tuple[str, os.stat_result]]:
    found = []
    size = 0
    for root in roots:
        for path, info in _entries(root):
            size += info.st_size if stat.S_ISREG(info.st_mode) else 0
            found.append((path, info))
            if len(found) > FILES_MOST or size > BYTES_MOST:
                raise _too_large(root)
    if shutil.disk_usage(tempfile.gettempdir()).free < 2 * size + (64 << 20):
        raise Refused("there is not enough room for two copies in the temporary folder")
    return found


def _copy_entry(source: str, target: str, mode: int) -> None:
    if stat.S_ISDIR(mode):
        os.makedirs(target, exist_ok=True)
    elif stat.S_ISLNK(mode):
        link = os.readlink(source)
        if os.path.isfile(source) and (os.path.isabs(link) or link.startswith("..")):
            shutil.copy2(source, target)
        else:
            os.symlink(link, target)
    elif stat.S_ISREG(mode):
        shutil.copy2(source, target)


class Copies:
    """Use it in a with statement: the copies go when it ends."""

    def __init__(self, roots: Sequence[str]) -> None:
        """`roots`: absolute folders, none within another."""
        self.roots = list(roots)
        self.box = ""
        self._running = ""

    def __enter__(self) -> "Copies":
        plan = _plan(self.roots)
        self.box = os.path.realpath(tempfile.mkdtemp(prefix="smp-proof-"))
        try:
            for side in SIDES:
                self._copy(side, plan)
        except OSError as error:
            self.__exit__()
            raise Refused(f"can't copy the program: {error.strerror}") from None
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.box, ignore_errors=True)

    def _copy(self, side: str, plan: List[Tuple[str, os.stat_result]]) -> None:
        for number in range(len(self.roots)):
            os.makedirs(os.path.join(self.box, side, str(number)))
        for path, info in plan:
            target = self._place(path).replace("run", side, 1)
            _copy_entry(path, os.path.join(self.box, target), info.st_mode)

    def _place(self, path: str) -> str:
        """Where a path lies, from the box; "" where it is in no root."""
        for number, root in enumerate(self.roots):
            if inside(path, root):
                rest = os.path.relpath(path, root)
                return os.path.normpath(os.path.join("run", str(number), rest))
        return ""

    def run_path(self, path: str) -> str:
        """The path in the copy that runs; the path itself where it is in no root."""
        place = self._place(path)
        return os.path.join(self.box, place) if place else path

    def side_path(self, side: str, path: str) -> str:
        """The same in one copy, while it does not run."""
        place = self._place(path)
        return os.path.join(self.box, place.replace("run", side, 1))

    def turn(self, side: str) -> None:
        """Puts this side's copy where the program runs."""
        run = os.path.join(self.box, "run")
        if self._running:
            os.rename(run, os.path.join(self.box, self._running))
        self._running = ""
        os.rename(os.path.join(self.box, side), run)
        self._running = side

    def rest(self) -> None:
        """Puts the running copy back beside."""
        if self._running:
            os.rename(os.path.join(self.box, "run"), os.path.join(self.box, self._running))
            self._running = ""

    def translate(self, text: str) -> str:
        """A word of a command, or a variable, with the roots' paths replaced, where
        what it names was copied."""
        for root in self.roots:
            at = text.find(root)
            while at >= 0:
                end = at + len(root)
                tail = text[end:].split(":")[0].split(",")[0]
                whole = text[at:end] + tail
                before = text[at - 1 : at]
                copied = os.path.exists(self._existing(whole))
                if before in ("", "=", ":", ",") and tail[:1] in ("", "/") and copied:
                    new = self.run_path(root)
                    text = text[:at] + new + text[end:]
                    end = at + len(new)
                at = text.find(root, end)
        return text

    def _existing(self, path: str) -> str:
        """Where the copy of a path lies right now."""
        side = self._running and "run" or "before"
        place = self._place(path)
        return os.path.join(self.box, place.replace("run", side, 1)) if place else ""

    def untranslate(self, data: bytes) -> bytes:
        """Output of the program with the user's paths in place of the copy's."""
        for number, root in enumerate(self.roots):
            copy = os.path.join(self.box, "run", str(number))
            data = data.replace(copy.encode(), root.encode())
        return data


def roots_for(folders: Sequence[str]) -> List[str]:
    """The folders, without those that lie within another."""
    real = sorted({os.path.realpath(f) for f in folders}, key=len)
    out: List[str] = []
    for folder in real:
        if folder == "/":
            raise Refused("the program's folder is /: too much to copy for a trial")
        if not any(inside(folder, other) for other in out):
            out.append(folder)
    return out


def environment(copies: Copies) -> Dict[str, str]:
    """Ours, with paths into the program's folders led to the copy."""
    variables = dict(os.environ)
    for name in ("PYTHONPATH", "PATH", "PWD"):
        if name in variables:
            words = variables[name].split(":")
            variables[name] = ":".join(copies.translate(word) for word in words)
    return variables
