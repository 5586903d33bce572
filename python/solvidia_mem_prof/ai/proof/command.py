"""The command that shows whether a proposal works: the one that was profiled."""

import os
import shlex
from typing import Any, Dict, List, NamedTuple, Optional

from ..errors import Refused
from ..shape import as_list
from .copies import roots_for

WORDS_MOST = 4096


class Command(NamedTuple):
    argv: List[str]
    cwd: str
    roots: List[str]  # folders to be copied
    exit_status: Optional[int]  # when it was profiled


def words(value: Any, what: str) -> List[str]:
    """A command as a list of words, or as text that is split as a shell would
    (no shell runs it)."""
    if isinstance(value, str):
        try:
            value = shlex.split(value)
        except ValueError as error:
            raise Refused(f"{what}: {error}") from None
    good = isinstance(value, list) and all(
        isinstance(w, str) and "\0" not in w for w in value
    )
    if not good or not value or len(value) > WORDS_MOST:
        raise Refused(f"{what} is no command")
    return list(value)


def _import_root(path: str) -> str:
    """The folder that Python imports this file's top package from."""
    folder = os.path.dirname(path)
    while os.path.exists(os.path.join(folder, "__init__.py")):
        folder = os.path.dirname(folder)
    return folder


def _absolute(argv: List[str], cwd: str) -> List[str]:
    """A relative path to the command is that of the user's folder: a venv in it is
    not copied."""
    if "/" in argv[0] and not os.path.isabs(argv[0]):
        return [os.path.join(cwd, argv[0]), *argv[1:]]
    return argv


def of_profile(profile: Dict[str, Any], path: str, given: Any) -> Command:
    """The profiled command, or the one that is given in its place; for a change to
    the file `path`."""
    cwd = profile.get("entrypoint_dir")
    if not isinstance(cwd, str) or not os.path.isabs(cwd) or not os.path.isdir(cwd):
        raise Refused("the folder that the program was started in is not here")
    status = None
    if given is None:
        if profile.get("program") in ("<stdin>", "-"):
            raise Refused("the program was read from standard input: name a command")
        argv = words(as_list(profile.get("args")), "the profiled command line")
        status = profile.get("exit_status")
    else:
        argv = words(given, "command")
    if "site-packages" in path or "dist-packages" in path:
        raise Refused(f"{path} is of an installed package, not of the program")
    cwd = os.path.realpath(cwd)
    roots = roots_for([cwd, _import_root(os.path.realpath(path))])
    known = isinstance(status, int) and not isinstance(status, bool)
    return Command(_absolute(argv, cwd), cwd, roots, status if known else None)
