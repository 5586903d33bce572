"""Whether two runs of the program did the same, and where they differ."""

from typing import List, Optional

from .copies import Copies
from .runs import Run, last_line

SHOWN = 80  # characters of a line that is shown


def _cut(line: bytes) -> str:
    text = line.decode("utf-8", "replace").strip()
    return repr(text if len(text) <= SHOWN else text[:SHOWN] + "…")


def _lines(run: Run, copies: Copies) -> List[bytes]:
    return copies.untranslate(run.output).split(b"\n")


def difference(before: Run, after: Run, copies: Copies) -> Optional[str]:
    """None where exit and output are the same; else what differs, in words."""
    if before.exit != after.exit:
        why = last_line(after.errors) if after.exit else None
        told = f" ({why})" if why else ""
        return f"it ends with {after.exit}{told}, without the change with {before.exit}"
    if before.output == after.output:
        return None
    old, new = _lines(before, copies), _lines(after, copies)
    for number, (a, b) in enumerate(zip(old, new), 1):
        if a != b:
            return f"output differs at line {number}: {_cut(b)} instead of {_cut(a)}"
    if len(old) != len(new):
        return f"output has {len(new)} lines instead of {len(old)}"
    return None
