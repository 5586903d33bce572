"""A proposal: an answer whose diff was checked against the file it changes."""

import os
import secrets
from typing import Any, Dict, NamedTuple

from . import answer as answers
from . import diff as diffs
from .errors import Refused
from .prompt import diff_name


class Proposal(NamedTuple):
    """`diff` is made anew from `old` and `new`, so it fits exactly."""

    id: str
    path: str
    old: str
    new: str
    diagnosis: str
    diff: str
    expected: str
    risk: str

    def public(self) -> Dict[str, Any]:
        names = ("diagnosis", "diff", "expected", "risk")
        return {
            "proposal_id": self.id,
            "file": self.path,
            **{name: getattr(self, name) for name in names},
        }


def _check_files(names: Any, path: str) -> None:
    for name in names:
        if os.path.basename(name) != os.path.basename(path):
            raise Refused(f"the diff changes another file: {name[:80]}")


def make(text: str, path: str, source: str, root: str) -> Proposal:
    """From a model's whole answer. Refused, with the reason, where it has no diff
    that fits; a diagnosis without a diff becomes a proposal that changes nothing
    (`new` is `old`)."""
    answer = answers.read(text)
    new = source
    diff = ""
    if answer.diff.strip():
        names, hunks = diffs.parse(answer.diff)
        _check_files(names, path)
        new = diffs.apply(source, hunks)
        diff = diffs.make(source, new, diff_name(path, root))
    return Proposal(
        secrets.token_hex(8),
        path,
        source,
        new,
        answer.diagnosis,
        diff,
        answer.expected,
        answer.risk,
    )
