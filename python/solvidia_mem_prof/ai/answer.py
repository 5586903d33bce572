"""A model's answer, read into its parts: by headings, or as JSON."""

import json
import re
from typing import Any, Dict, List, NamedTuple, Optional

from .errors import Refused

ANSWER_LIMIT = 1 << 20  # characters
PARTS = ("diagnosis", "diff", "expected", "risk")
HEADING = re.compile(
    r"^[\s#*_>\d.)]*(diagnosis|diff|patch|expected(?:[ _]effect)?|effect|risks?)\b"
    r"[\s*_]*(?::[\s*_]*(.*))?$",
    re.I,
)
FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})\s*([\w+-]*)\s*$")
OTHER_NAMES = {"patch": "diff", "effect": "expected", "risks": "risk"}


class Answer(NamedTuple):
    diagnosis: str
    diff: str  # as it was written; "": nothing is proposed
    expected: str
    risk: str


class _Fences:
    """Follows code fences, so that a heading inside of one is none."""

    def __init__(self) -> None:
        self.mark = ""
        self.blocks: List[List[str]] = []
        self.kinds: List[str] = []

    def take(self, line: str) -> bool:
        """True where the line is a fence or inside of one."""
        match = FENCE.match(line)
        if self.mark:
            if match and match.group(1).startswith(self.mark) and not match.group(2):
                self.mark = ""
            else:
                self.blocks[-1].append(line)
            return True
        if match:
            self.mark = match.group(1)
            self.blocks.append([])
            self.kinds.append(match.group(2).lower())
        return bool(match)

    def diff(self) -> str:
        """The first block that is a diff by its name or its look."""
        for kind, block in zip(self.kinds, self.blocks):
            if kind in ("diff", "patch") or any(line.startswith("@@") for line in block):
                return "\n".join(block)
        return ""


def _name(word: str) -> str:
    word = word.lower().replace("_", " ")
    word = "expected" if word.startswith("expected") else word
    return OTHER_NAMES.get(word, word)


def _by_headings(text: str) -> Dict[str, str]:
    found: Dict[str, List[str]] = {}
    fences = _Fences()
    part = ""
    for line in text.splitlines():
        inside = fences.take(line)
        match = None if inside else HEADING.match(line)
        if match:
            part = _name(match.group(1))
            found.setdefault(part, [])
            if match.group(2):
                found[part].append(match.group(2))
        elif part and not (inside and part != "diff"):
            found[part].append(line)
    parts = {name: "\n".join(lines).strip() for name, lines in found.items()}
    block = fences.diff()
    if block:
        parts["diff"] = block
    elif "@@" not in parts.get("diff", "") and not fences.blocks:
        # Words instead of a diff: "no change".
        parts["diff"] = parts.get("diff", "") if "\n-" in parts.get("diff", "") else ""
    else:
        parts["diff"] = "\n".join(fences.blocks[0]) if fences.blocks else parts["diff"]
    return parts


def _json_object(text: str) -> Optional[Dict[str, Any]]:
    """The answer as a JSON object, bare or in a fence; None where it is none."""
    begin, end = text.find("{"), text.rfind("}")
    first = text.lstrip()[:1]
    if begin < 0 or end < begin or not (first == "{" or first == "`"):
        return None
    try:
        value = json.loads(text[begin : end + 1], strict=False)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _by_json(value: Dict[str, Any]) -> Dict[str, str]:
    parts = {}
    for key, content in value.items():
        text = content if isinstance(content, str) else json.dumps(content)
        parts[_name(str(key))] = (
            text.strip("\n") if _name(str(key)) == "diff" else text.strip()
        )
    fences = _Fences()
    for line in parts.get("diff", "").splitlines():
        fences.take(line)
    if fences.blocks:
        parts["diff"] = "\n".join(fences.blocks[0])
    return parts


def read(text: str) -> Answer:
    """Refused where nothing of the asked form is in it."""
    if len(text) > ANSWER_LIMIT:
        raise Refused("the answer is too long")
    value = _json_object(text)
    parts = _by_json(value) if value else _by_headings(text)
    answer = Answer(*(parts.get(name, "") for name in PARTS))
    if not answer.diff and not answer.diagnosis:
        raise Refused("the answer is not of the asked form: it holds no diff")
    return answer
