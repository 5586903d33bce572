"""Cells of a notebook in a profile: their code has a file name that only IPython
knows. Here they get their number and their text."""

import hashlib
import json
import linecache
import sys
from typing import Any, Dict, Tuple

Cells = Dict[str, Tuple[str, str]]  # file name of code: name to show, text


def _compiled_text(name: str) -> str:
    entry = linecache.cache.get(name)
    return "".join(entry[2]) if entry and len(entry) > 2 else ""


def _typed_text(shell: Any, number: int) -> str:
    """The cell as it was typed, magics included; "" where it was not kept.
    IPython leaves out empty lines at its start, and so do its line numbers."""
    history = getattr(shell.history_manager, "input_hist_raw", [])
    lines = history[number].splitlines() if 0 <= number < len(history) else []
    while lines and not lines[0].strip():
        lines.pop(0)
    return "\n".join(lines) + "\n" if lines else ""


def _numbers(shell: Any) -> Dict[str, int]:
    return dict(getattr(shell.compile, "_filename_map", None) or {})


def running(shell: Any) -> str:
    """The cell that calls us. (IPython's own count may be a step ahead.)"""
    numbers = _numbers(shell)
    frame: Any = sys._getframe(1)
    while frame is not None:
        number = numbers.get(frame.f_code.co_filename)
        if number is not None:
            return f"cell [{number}]"
        frame = frame.f_back
    return f"cell [{shell.execution_count}]"


def span(first: str, last: str) -> str:
    """What was measured from one cell to another."""
    return first if first == last else f"{first.replace('cell', 'cells')} to {last[5:]}"


def known(shell: Any) -> Cells:
    """The cells that were run so far."""
    found = {}
    for name, number in _numbers(shell).items():
        compiled, typed = _compiled_text(name), _typed_text(shell, number)
        same = len(typed.splitlines()) == len(compiled.splitlines())
        found[name] = (f"cell [{number}]", typed if same else compiled)
    return found


def _put_into(facts: Dict[str, Any], cells: Cells) -> None:
    strings = facts["strings"]
    for file in facts["files"]:
        cell = cells.get(strings[file["path"]])
        if cell is None or file["kind"] == "native":
            continue
        name, text = cell
        strings.append(name)
        file.update(path=len(strings) - 1, kind="source", source=text)
        file.update(program=True, library=False)
        file["hash"] = hashlib.sha256(text.encode()).hexdigest()


def rename(path: str, cells: Cells, program: str) -> None:
    """Puts the cells' names and texts in place of IPython's in a profile's file,
    and says what was profiled."""
    with open(path, encoding="utf-8") as file:
        profile = json.load(file)
    profile["program"] = profile["command"] = program
    _put_into(profile["facts"], cells)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(profile, file)
