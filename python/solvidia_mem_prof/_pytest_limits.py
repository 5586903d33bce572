"""The limits of a test: how they are written, and what is said where one is
passed."""

import os
import re
from typing import Any, Dict, List, Optional

SIZES = {"B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3}
SIZES.update({"KIB": 1024, "MIB": 1024**2, "GIB": 1024**3})
TIMES = {"NS": 1e-9, "US": 1e-6, "MS": 1e-3, "S": 1.0, "MIN": 60.0}
LINES = 5  # of a message
NAMES = ("limit_memory", "limit_cpu", "limit_leaks")


class LimitError(Exception):
    """A mark that can't be read: one line."""


def quantity(text: Any, units: Dict[str, float], example: str) -> float:
    """Bytes or seconds of a text such as "24 MB" or "200 ms"."""
    found = re.fullmatch(r"\s*([0-9]*\.?[0-9]+)\s*([A-Za-z]+)\s*", str(text))
    unit = found and units.get(found.group(2).upper())
    if not found or not unit:
        raise LimitError(f'a limit is written as "{example}", not {text!r}')
    return float(found.group(1)) * unit


def size(bytes_: float) -> str:
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "KB")):
        if bytes_ >= unit:
            return f"{bytes_ / unit:.3g} {name}"
    return f"{bytes_:.0f} B"


def seconds(value: float) -> str:
    if value >= 100:
        return f"{value:.0f} s"
    return f"{value:.3g} s" if value >= 1 else f"{value * 1e3:.3g} ms"


def place(line: Dict[str, Any]) -> str:
    """Files below the current folder by their path from there."""
    path, here = line["file"], os.getcwd() + os.sep
    path = path[len(here) :] if path.startswith(here) else path
    return f"{path}:{line['line']} {line['function']}"


def _top(figures: Dict[str, Any], which: str) -> List[Dict[str, Any]]:
    lines = [line for line in figures.get("lines", []) if line[which] > 0]
    return sorted(lines, key=lambda line: -line[which])[:LINES]


def _message(what: str, figures: Dict[str, Any], which: str, how: Any) -> str:
    rows = [(how(line[which]), place(line)) for line in _top(figures, which)]
    width = max((len(value) for value, _ in rows), default=0)
    text = [what] + [f"    {value:>{width}}  {where}" for value, where in rows]
    return "\n".join(text)


def _argument(mark: Any) -> Any:
    if len(mark.args) != 1 or mark.kwargs:
        raise LimitError(f"{mark.name} takes one value")
    return mark.args[0]


def _over_size(mark: Any, figures: Dict[str, Any], field: str) -> Optional[float]:
    """The limit, where the figure is above it for sure: an estimate's error does
    not fail a test."""
    limit = quantity(_argument(mark), SIZES, "24 MB")
    value = figures.get(f"{field}_bytes")
    if value is None:
        return None
    return limit if value - figures[f"{field}_error"] > limit else None


def check(mark: Any, figures: Dict[str, Any]) -> Optional[str]:
    """The failure's text, or None where the limit is kept."""
    if mark.name == "limit_cpu":
        limit = quantity(_argument(mark), TIMES, "200 ms")
        if figures["cpu_s"] <= limit:
            return None
        what = f"CPU {seconds(figures['cpu_s'])}, limit {seconds(limit)}; most in"
        return _message(what, figures, "cpu_s", seconds)
    field, words, which = {
        "limit_memory": ("peak", "memory at its most", "at_peak_bytes"),
        "limit_leaks": ("live", "memory still alive after the test", "live_bytes"),
    }[mark.name]
    over = _over_size(mark, figures, field)
    if over is None:
        return None
    value = size(figures[f"{field}_bytes"])
    return _message(f"{words} {value}, limit {size(over)}; by", figures, which, size)


def complaint(mark: Any, figures: Dict[str, Any]) -> Optional[str]:
    """As check, also where the mark itself is wrong."""
    try:
        return check(mark, figures)
    except LimitError as error:
        return f"@pytest.mark.{mark.name}: {error}"


def marks_of(item: Any) -> List[Any]:
    """The limits of a test; of one kind the nearest."""
    nearest = [item.get_closest_marker(name) for name in NAMES]
    return [mark for mark in nearest if mark is not None]
