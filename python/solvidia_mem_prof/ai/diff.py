"""Unified diffs as models write them: read, repaired where that is safe, applied.

Line counts in hunk headers are not trusted: a hunk is found by its own text. It
must fit exactly one place (of several the one nearest to the header's line). What
does not fit is refused; nothing is guessed.
"""

import difflib
import re
from typing import List, NamedTuple, Optional, Sequence, Tuple

from .errors import Refused

HEADER = re.compile(r"^@@(?:\s*-(\d+)(?:,\d+)?\s+\+\d+(?:,\d+)?\s*@@)?.*$")
FILE_LINE = re.compile(r"^(?:---|\+\+\+) (?:[ab]/)?([^\t]+)")
NOISE = ("diff ", "index ", "new file", "\\ No newline", "similarity ", "old mode")
DIFF_LIMIT = 1 << 20  # characters
HUNKS_MOST = 200


class Hunk(NamedTuple):
    line: Optional[int]  # in the old file, as its header says
    lines: List[Tuple[str, str]]  # (one of " -+", text without it)

    @property
    def old(self) -> List[str]:
        return [text for op, text in self.lines if op != "+"]

    @property
    def new(self) -> List[str]:
        return [text for op, text in self.lines if op != "-"]


def _is_file_line(lines: Sequence[str], at: int) -> bool:
    """ "--- a" followed by "+++ b": not a removed line that begins with "-- "."""
    if lines[at].startswith("--- "):
        return at + 1 < len(lines) and lines[at + 1].startswith("+++ ")
    return lines[at].startswith("+++ ") and at > 0 and lines[at - 1].startswith("--- ")


def _body_line(line: str) -> Tuple[str, str]:
    if line[:1] in (" ", "-", "+"):
        return line[0], line[1:]
    # The blank before a context line is often lost; on an empty one most of all.
    return " ", line


def _blank_ends(hunk: Hunk) -> Hunk:
    """Without the empty context lines at the end that stand for no line."""
    lines = list(hunk.lines)
    while lines and lines[-1] == (" ", ""):
        lines.pop()
    return hunk._replace(lines=lines)


def parse(text: str) -> Tuple[List[str], List[Hunk]]:
    """(names of the files it changes, its hunks). Refused where it is no diff."""
    if len(text) > DIFF_LIMIT:
        raise Refused("the proposed diff is too large")
    lines = [line.rstrip("\r") for line in text.split("\n")]
    files: List[str] = []
    hunks: List[Hunk] = []
    for at, line in enumerate(lines):
        if _is_file_line(lines, at):
            match = FILE_LINE.match(line)
            if match and match.group(1).strip() != "/dev/null":
                files.append(match.group(1).strip())
        elif HEADER.match(line):
            number = HEADER.match(line).group(1)  # type: ignore[union-attr]
            hunks.append(Hunk(int(number) if number else None, []))
        elif not line.startswith(NOISE):
            if not hunks:
                if not line.strip() or line[0] not in " +-":
                    continue
                hunks.append(Hunk(None, []))
            hunks[-1].lines.append(_body_line(line))
    hunks = [_blank_ends(h) for h in hunks]
    hunks = [h for h in hunks if any(op != " " for op, _ in h.lines)]
    if not hunks:
        raise Refused("the answer holds no diff")
    if len(hunks) > HUNKS_MOST:
        raise Refused("the proposed diff has too many hunks")
    return list(dict.fromkeys(files)), hunks


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _matches(have: Sequence[str], want: Sequence[str], start: int) -> List[int]:
    """Where `want` stands in `have`, ignoring blanks at the ends of lines."""
    size = len(want)
    wanted = [line.rstrip() for line in want]
    first = wanted[0]
    return [
        at
        for at in range(start, len(have) - size + 1)
        if have[at].rstrip() == first
        and [line.rstrip() for line in have[at : at + size]] == wanted
    ]


def _shifted(hunk: Hunk, have: Sequence[str], start: int) -> Tuple[List[int], Hunk]:
    """The hunk with another indentation throughout, as the source has it."""
    old = hunk.old
    filled = next((i for i, line in enumerate(old) if line.strip()), None)
    if filled is None:
        return [], hunk
    text = old[filled].strip()
    own = _indent(old[filled])
    for indent in sorted({_indent(h) for h in have if h.strip() == text}):
        moved = _reindent(hunk, own, indent)
        places = _matches(have, moved.old, start) if moved else []
        if moved and places:
            return places, moved
    return [], hunk


def _reindent(hunk: Hunk, own: str, indent: str) -> Optional[Hunk]:
    """None where the lines do not share the indentation that is replaced."""
    lines = []
    for op, text in hunk.lines:
        if text.strip() and not text.startswith(own):
            return None
        lines.append((op, indent + text[len(own) :] if text.strip() else text))
    return hunk._replace(lines=lines)


def _nearest(places: List[int], line: Optional[int], number: int) -> int:
    if len(places) == 1:
        return places[0]
    if line is None:
        raise Refused(f"hunk {number} of the diff fits {len(places)} places")
    best = sorted(places, key=lambda at: abs(at + 1 - line))
    if len(best) > 1 and abs(best[0] + 1 - line) == abs(best[1] + 1 - line):
        raise Refused(f"hunk {number} of the diff fits {len(places)} places")
    return best[0]


def _insertion(hunk: Hunk, have: Sequence[str], number: int) -> int:
    """Where a hunk without any old line goes: behind the line its header names."""
    if hunk.line is None or hunk.line > len(have):
        raise Refused(f"hunk {number} of the diff does not say where it goes")
    return hunk.line


def _place(hunk: Hunk, have: Sequence[str], start: int, number: int) -> Tuple[int, Hunk]:
    if not hunk.old:
        return _insertion(hunk, have, number), hunk
    places = _matches(have, hunk.old, start)
    if not places:
        places, hunk = _shifted(hunk, have, start)
    if not places:
        raise Refused(_why(hunk, have, number))
    return _nearest(places, hunk.line, number), hunk


def _why(hunk: Hunk, have: Sequence[str], number: int) -> str:
    known = {line.strip() for line in have}
    strange = next((o.strip() for o in hunk.old if o.strip() not in known), None)
    what = f"no line reads '{strange[:80]}'" if strange else "its lines stand apart"
    return f"the diff does not fit the file: hunk {number}: {what}"


def _kept(hunk: Hunk, have: Sequence[str], at: int, end: str) -> List[str]:
    """The hunk's new lines; context keeps the file's own blanks at line ends."""
    out = []
    for op, text in hunk.lines:
        if op == "+":
            out.append(text + end)
        else:
            if op == " ":
                out.append(have[at])
            at += 1
    return out


def apply(text: str, hunks: Sequence[Hunk]) -> str:
    """The text after the diff; keeps its line ends. Refused where it does not fit."""
    have = text.split("\n")  # with their "\r", which matching ignores
    end = "\r" if 2 * text.count("\r\n") > text.count("\n") else ""
    out: List[str] = []
    done = 0
    for number, hunk in enumerate(hunks, 1):
        at, fitted = _place(hunk, have, done, number)
        if at < done:
            raise Refused(f"hunk {number} of the diff overlaps the one before")
        out += have[done:at] + _kept(fitted, have, at, end)
        done = at + len(fitted.old)
    changed = "\n".join(out + have[done:])
    if changed == text:
        raise Refused("the diff changes nothing")
    return changed


def make(old: str, new: str, name: str) -> str:
    """A unified diff that every tool can apply."""
    lines: List[str] = []
    for line in difflib.unified_diff(
        re.findall(r"[^\n]*\n|[^\n]+", old),
        re.findall(r"[^\n]*\n|[^\n]+", new),
        f"a/{name}",
        f"b/{name}",
    ):
        lines.append(
            line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"
        )
    return "".join(lines)
