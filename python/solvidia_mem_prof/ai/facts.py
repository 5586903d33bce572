"""The facts of a profile as tables: positions, stacks and their seconds.

The profile is untrusted: everything is checked here, once; what is wrong raises
Refused. docs/profile-format.md says what the fields mean.
"""

from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from .errors import Refused
from .shape import as_dict, as_list, as_number

CPU_KINDS = ("python", "native", "system")
DEPTH_LIMIT = 4096  # frames of a stack that are looked at


class Position(NamedTuple):
    """Where a frame stands. `line` 0: not known."""

    path: str
    function: str
    line: int
    native: bool
    program: bool


class Seconds(NamedTuple):
    """Time of one stack, over the whole profile."""

    python: float
    native: float
    system: float
    wait: float

    @property
    def total(self) -> float:
        return sum(self)


def _table(facts: Dict[str, Any], name: str, *columns: str) -> Tuple[List[Any], ...]:
    """Columns of one table, of one length."""
    table = as_dict(facts.get(name))
    if not all(isinstance(table.get(c), list) for c in columns):
        raise Refused(f"the profile's facts have no whole table of {name}")
    found: List[List[Any]] = [table[c] for c in columns]
    if len({len(c) for c in found}) > 1:
        raise Refused(f"the profile's {name} have columns of unequal length")
    return tuple(found)


def _at(items: List[Any], index: Any, what: str) -> Any:
    if type(index) is not int or not 0 <= index < len(items):
        raise Refused(f"the profile's {what} lead nowhere")
    return items[index]


class Facts:
    """Positions by frame, parents and frames by stack, seconds by stack."""

    def __init__(self, profile: Dict[str, Any]) -> None:
        facts = profile.get("facts")
        if not isinstance(facts, dict):
            raise Refused("the profile holds no facts to ask: it is none of ours")
        self._strings = as_list(facts.get("strings"))
        self.files: List[Dict[str, Any]] = as_list(facts.get("files"))
        if not all(isinstance(f, dict) for f in self.files):
            raise Refused("the profile's files are damaged")
        self.positions = self._read_positions(facts)
        self.parents, self.frames = _table(facts, "stacks", "parent", "frame")
        self._check_stacks()
        self.seconds = self._read_seconds(facts)

    def _string(self, index: Any) -> str:
        return str(_at(self._strings, index, "strings"))

    def path(self, file: Dict[str, Any]) -> str:
        return self._string(file.get("path"))

    def file(self, path: str) -> Optional[Dict[str, Any]]:
        """The entry of a source file; `hash` and `source` only where known."""
        for file in self.files:
            if file.get("kind") == "source" and self.path(file) == path:
                return file
        return None

    def _read_positions(self, facts: Dict[str, Any]) -> List[Position]:
        names, owners = _table(facts, "functions", "name", "file")
        functions, lines = _table(facts, "frames", "function", "line")
        positions = []
        for function, line in zip(functions, lines):
            name = self._string(_at(names, function, "functions"))
            file = _at(self.files, owners[function], "files")
            positions.append(
                Position(
                    self.path(file),
                    name,
                    line if isinstance(line, int) else 0,
                    file.get("kind") == "native",
                    file.get("program") is True,
                )
            )
        return positions

    def _check_stacks(self) -> None:
        for stack in range(1, len(self.parents)):
            parent = self.parents[stack]
            if type(parent) is not int or not 0 <= parent < stack:
                raise Refused("the profile's stacks stand before their parents")
            _at(self.positions, self.frames[stack], "stacks")

    def _read_seconds(self, facts: Dict[str, Any]) -> Dict[int, Seconds]:
        kinds = as_list(facts.get("kinds"))
        slots = [
            CPU_KINDS.index(k) if k in CPU_KINDS else 3 if k != "cpu" else -1 for k in kinds
        ]
        sums: Dict[int, List[float]] = {}
        for stack, kind, seconds in zip(
            *_table(facts, "samples", "stack", "kind", "seconds")
        ):
            _at(self.parents, stack, "samples")
            slot = _at(slots, kind, "samples")
            if slot >= 0:
                sums.setdefault(stack, [0.0] * 4)[slot] += as_number(seconds)
        return {stack: Seconds(*four) for stack, four in sums.items()}

    def walk(self, stack: int) -> Iterator[Position]:
        """Positions of a stack, the innermost first."""
        for _ in range(DEPTH_LIMIT):
            if stack <= 0:
                return
            yield self.positions[self.frames[stack]]
            stack = self.parents[stack]
