"""What the profile knows about a place: the figures that a proposal needs."""

import os
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from .errors import Refused
from .facts import Facts, Position, Seconds
from .place import Place, imports, of_function, of_lines
from .shape import as_dict, as_list, as_number, as_text, first_process
from .sources import lines_of, read_source
from .versions import installed

CALLERS_MOST = 5
LEAVES_MOST = 8
CALLEES_MOST = 8
HOT_LINES_MOST = 40
CALL_CONTEXT = 2  # lines shown around a call

# Figures of a line beside its seconds: field of the profile, what people read.
BYTES = (
    ("alloc_bytes", "allocated"),
    ("peak_bytes", "alive at its peak"),
    ("net_bytes", "net growth"),
    ("copy_bytes", "copied"),
)


class HotLine(NamedTuple):
    line: int
    text: str
    seconds: Seconds
    gpu_s: float
    bytes: List[Tuple[str, float]]  # (what, bytes)
    waits: List[Tuple[str, float]]  # (what it waited for, seconds)
    leak: str


class Share(NamedTuple):
    """A named part of the place's time, with what stands there in the source."""

    name: str
    seconds: float
    where: str = ""
    source: str = ""


class Evidence(NamedTuple):
    place: Place
    source: str  # of the whole file
    whole_s: float
    elapsed_s: float
    place_s: float  # in the asked lines, with all that they call
    block_s: float
    hot: List[HotLine]
    callers: List[Share]
    leaves: List[Share]  # native functions that ran below the asked lines
    callees: List[Share]  # Python functions called by the asked lines
    interpreter: str
    platform: str
    cpus: int
    gpu: str  # its name; "": none measured
    memory: bool
    packages: List[Tuple[str, str]]  # (module, version)


def locate(profile: Dict[str, Any], facts: Facts, request: Dict[str, Any]) -> Place:
    """The place that a request {file, line | function | range} names."""
    path = request.get("file")
    if not isinstance(path, str) or not path:
        raise Refused("the request names no file")
    source = read_source(profile, facts, path)
    function, span = as_text(request.get("function")), as_list(request.get("range"))
    line, last = span if len(span) == 2 else [request.get("line")] * 2
    if function:
        return of_function(path, source, function, line if type(line) is int else None)
    if type(line) is not int or type(last) is not int:
        raise Refused("the request names no line, function or range")
    if request.get("kind") == "region" and not span:
        place = of_lines(path, source, line, line)
        return place._replace(first=place.block_first, last=place.block_last)
    return of_lines(path, source, line, last)


def _leak(file: Dict[str, Any], line: int) -> str:
    leak = as_dict(as_dict(file.get("leaks")).get(str(line)))
    if not leak:
        return ""
    rate = as_number(leak.get("velocity_mb_s"))
    return f"grows {rate:.3g} MiB/s, likelihood {as_number(leak.get('likelihood')):.2f}"


def _hot_line(entry: Dict[str, Any], file: Dict[str, Any]) -> Optional[HotLine]:
    cpu = {k: as_number(entry.get(f"cpu_{k}_s")) for k in ("python", "native", "system")}
    waits = as_dict(entry.get("wait"))
    waits = {k: as_number(v) for k, v in waits.items() if k != "cpu"}
    seconds = Seconds(wait=sum(waits.values()), **cpu)
    bytes_ = [(what, as_number(entry.get(field))) for field, what in BYTES]
    line = entry.get("lineno")
    if not isinstance(line, int):
        return None
    hot = HotLine(
        line,
        str(entry.get("line", "")).rstrip(),
        seconds,
        as_number(entry.get("gpu_s")),
        [(what, n) for what, n in bytes_ if n],
        [(k, v) for k, v in waits.items() if v > 0],
        _leak(file, line),
    )
    return hot if seconds.total > 0 or hot.bytes or hot.gpu_s or hot.leak else None


def _hot_lines(profile: Dict[str, Any], place: Place) -> List[HotLine]:
    """Lines of the block with any figure, in the order of the source."""
    file = as_dict(as_dict(profile.get("files")).get(place.path))
    inside = [
        entry
        for entry in as_list(file.get("lines"))
        if isinstance(entry, dict)
        and isinstance(entry.get("lineno"), int)
        and place.block_first <= entry["lineno"] <= place.block_last
    ]
    found = [hot for hot in (_hot_line(e, file) for e in inside) if hot]
    found.sort(key=lambda hot: -(hot.seconds.total + hot.gpu_s))
    return sorted(found[:HOT_LINES_MOST])


class _Sums:
    """Seconds around a place, added up stack by stack."""

    def __init__(self) -> None:
        self.place_s = self.block_s = 0.0
        self.callers: Dict[Position, float] = {}
        self.leaves: Dict[str, float] = {}
        self.callees: Dict[Tuple[str, str], float] = {}

    def add(self, stack: List[Position], seconds: float, place: Place) -> None:
        """`stack`: innermost first."""
        at = next((i for i, p in enumerate(stack) if _holds(place, p)), None)
        if at is None:
            return
        self.block_s += seconds
        self._add_caller(stack[at:], seconds, place)
        if not place.first <= stack[at].line <= place.last:
            return
        self.place_s += seconds
        below = stack[:at]
        if below and below[0].native:
            leaf = _native_name(below[0])
            self.leaves[leaf] = self.leaves.get(leaf, 0.0) + seconds
        callee = next((p for p in reversed(below) if not p.native), None)
        if callee:
            key = (callee.function, callee.path)
            self.callees[key] = self.callees.get(key, 0.0) + seconds

    def _add_caller(self, outer: List[Position], seconds: float, place: Place) -> None:
        for position in outer:
            if not _holds(place, position) and not position.native:
                if position.path:
                    old = self.callers.get(position, 0.0)
                    self.callers[position] = old + seconds
                return


def _native_name(position: Position) -> str:
    """The function and its library; without a symbol the library alone."""
    library = os.path.basename(position.path)
    if position.function.startswith("[") or not position.function:
        return f"{library} (no symbol)" if library else "?"
    return f"{position.function} ({library})" if library else position.function


def _holds(place: Place, position: Position) -> bool:
    return (
        position.path == place.path
        and place.block_first <= position.line <= place.block_last
    )


def _sum(facts: Facts, place: Place) -> _Sums:
    sums = _Sums()
    for stack, seconds in facts.seconds.items():
        if seconds.total > 0:
            sums.add(list(facts.walk(stack)), seconds.total, place)
    return sums


def _callers(
    profile: Dict[str, Any], facts: Facts, found: Dict[Position, float]
) -> List[Share]:
    most = sorted(found.items(), key=lambda item: -item[1])[:CALLERS_MOST]
    shares = []
    for position, seconds in most:
        where = f"{position.path}:{position.line}"
        text = ""
        if position.program and position.line > 0:
            text = _lines_around(profile, facts, position)
        shares.append(Share(position.function, seconds, where, text))
    return shares


def _lines_around(profile: Dict[str, Any], facts: Facts, position: Position) -> str:
    try:
        lines = lines_of(read_source(profile, facts, position.path))
    except Refused:
        return ""
    first = max(1, position.line - CALL_CONTEXT)
    return "\n".join(lines[first - 1 : position.line + CALL_CONTEXT])


def _shares(found: Dict[Any, float], most: int) -> List[Share]:
    top = sorted(found.items(), key=lambda item: -item[1])[:most]
    return [
        Share(*((key, s) if isinstance(key, str) else (key[0], s, key[1])))
        for key, s in top
    ]


def gather(profile: Dict[str, Any], facts: Facts, place: Place) -> Evidence:
    source = read_source(profile, facts, place.path)
    sums = _sum(facts, place)
    return Evidence(
        place=place,
        source=source,
        whole_s=as_number(profile.get("whole_s")),
        elapsed_s=as_number(profile.get("elapsed_time_sec")),
        place_s=sums.place_s,
        block_s=sums.block_s,
        hot=_hot_lines(profile, place),
        callers=_callers(profile, facts, sums.callers),
        leaves=_shares(sums.leaves, LEAVES_MOST),
        callees=_shares(sums.callees, CALLEES_MOST),
        interpreter=as_text(first_process(profile).get("interpreter")) or "CPython",
        platform=as_text(profile.get("platform")),
        cpus=int(as_number(profile.get("cpus"))),
        gpu=as_text(profile.get("gpu_device")) if profile.get("gpu") else "",
        memory=profile.get("memory") is True,
        packages=installed(profile, facts, imports(source)),
    )
