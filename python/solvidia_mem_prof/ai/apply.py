"""Applies a proposal to the user's file, with a backup beside it, and undoes it."""

import os
import stat
import tempfile
from typing import Dict, NamedTuple

from .errors import Refused
from .facts import Facts
from .proposal import Proposal
from .sources import decode, read_unchanged

BACKUP_END = ".smp-backup"
BACKUPS_MOST = 1000


class Applied(NamedTuple):
    path: str  # links followed
    backup: str
    before: bytes
    after: bytes


def _replace(path: str, data: bytes) -> None:
    """In one step, with the old file's permissions."""
    folder, name = os.path.split(path)
    mode = stat.S_IMODE(os.stat(path).st_mode)
    handle, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _write_backup(path: str, data: bytes) -> str:
    """The backup's path; an older backup is never written over."""
    mode = stat.S_IMODE(os.stat(path).st_mode)
    for number in range(BACKUPS_MOST):
        backup = path + BACKUP_END + (f"-{number}" if number else "")
        try:
            handle = os.open(backup, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except FileExistsError:
            continue
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        return backup
    raise Refused(f"{path} has too many backups beside it")


class Applier:
    """Remembers what it applied, by the proposal's id."""

    def __init__(self) -> None:
        self._applied: Dict[str, Applied] = {}

    def apply(self, facts: Facts, proposal: Proposal) -> Applied:
        if proposal.id in self._applied:
            raise Refused("it is applied already")
        if proposal.new == proposal.old:
            raise Refused("the proposal changes nothing")
        before = read_unchanged(facts, proposal.path)
        text, encoding = decode(before)
        if text != proposal.old:
            raise Refused(
                f"{proposal.path} has changed since the profile: profile it again"
            )
        path = os.path.realpath(proposal.path)
        try:
            after = proposal.new.encode(encoding)
            backup = _write_backup(path, before)
            _replace(path, after)
        except UnicodeEncodeError:
            raise Refused(
                f"the change does not fit the file's encoding, {encoding}"
            ) from None
        except OSError as error:
            raise Refused(f"can't write {path}: {error.strerror}") from None
        applied = Applied(path, backup, before, after)
        self._applied[proposal.id] = applied
        return applied

    def undo(self, proposal_id: str) -> Applied:
        applied = self._applied.get(proposal_id)
        if applied is None:
            raise Refused("it is not applied")
        try:
            with open(applied.path, "rb") as stream:
                now = stream.read(len(applied.after) + 1)
            if now != applied.after:
                raise Refused(
                    f"{applied.path} was changed after the proposal was applied: the "
                    f"old text is in {applied.backup}"
                )
            _replace(applied.path, applied.before)
            os.unlink(applied.backup)
        except OSError as error:
            raise Refused(f"can't undo: {error.strerror}; see {applied.backup}") from None
        del self._applied[proposal_id]
        return applied
