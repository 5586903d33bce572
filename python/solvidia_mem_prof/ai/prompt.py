"""The words that are sent: instructions, evidence and source, shown before."""

import os
from typing import Any, Dict, List, NamedTuple, Sequence

from .errors import Refused
from .evidence import Evidence, HotLine, Share
from .sources import lines_of

BLOCK_LINES_MOST = 400  # of source in a prompt
NOTES_LIMIT = 4000  # characters of the person's own words
GOALS = {
    "time": "Make it faster.",
    "memory": "Make it use less memory.",
    "both": "Make it faster, and use less memory where that is possible.",
}

SYSTEM = """\
You optimize Python programs. You are given a profiler's measurements and the \
source they belong to. Propose the one change that saves most, and base it on the \
figures.

Rules:
- The program must do the same as before: same results, same output, same \
exceptions, same side effects and order of them.
- Change only the file that is named, and as little of it as the gain needs.
- Use the standard library and packages that are named as installed, no others.
- The code must run on the Python version that is named.
- Where nothing worth changing is left, say so in the diagnosis and leave the diff \
empty.

Answer in exactly these four parts, each under its heading:

DIAGNOSIS
Why it costs what it costs, in two to four sentences, with the figures.

DIFF
```diff
a unified diff against the file, with three lines of context, copied exactly
```

EXPECTED EFFECT
How much faster or smaller it becomes, and why; one or two sentences.

RISK
What could behave differently, and how to check it; one or two sentences.
"""


class Prompt(NamedTuple):
    system: str
    text: str


def _seconds(value: float) -> str:
    return f"{value:.3g} s"


def _bytes(value: float) -> str:
    size = abs(value)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            return f"{'-' if value < 0 else ''}{size:.3g} {unit}"
        size /= 1024
    return ""


def _percent(part: float, whole: float) -> str:
    return f" ({100 * part / whole:.0f} %)" if whole > 0 else ""


def _hot(hot: HotLine, whole: float) -> str:
    kinds = ("Python", "native", "system", "waiting")
    parts = [f"{k} {_seconds(s)}" for k, s in zip(kinds, hot.seconds) if s > 0]
    parts = [p for p in parts if not (hot.waits and p.startswith("waiting"))]
    parts += [f"waits for {what} {_seconds(s)}" for what, s in hot.waits]
    if hot.gpu_s:
        parts.append(f"GPU {_seconds(hot.gpu_s)}")
    parts += [f"{what} {_bytes(n)}" for what, n in hot.bytes]
    if hot.leak:
        parts.append(f"leaks: {hot.leak}")
    total = hot.seconds.total
    share = f"{_seconds(total)}{_percent(total, whole)}: " if total > 0 else ""
    return f"line {hot.line}: {share}{', '.join(parts)}\n    {hot.text.strip()}"


def _list(title: str, items: Sequence[str]) -> List[str]:
    return [title, *items, ""] if items else []


def _shares(shares: Sequence[Share], whole: float) -> List[str]:
    lines = []
    for share in shares:
        where = f" in {share.where}" if share.where else ""
        time = f"{_seconds(share.seconds)}{_percent(share.seconds, whole)}"
        lines.append(f"- {share.name}{where}: {time}")
        lines += ["      " + line for line in share.source.splitlines()]
    return lines


def _block(e: Evidence) -> List[str]:
    """The source of the whole function; of a huge one, what is near the place."""
    first, last = e.place.block_first, e.place.block_last
    if last - first >= BLOCK_LINES_MOST:
        spare = max(0, BLOCK_LINES_MOST - (e.place.last - e.place.first + 1))
        first = max(first, e.place.first - spare // 2)
        last = min(last, first + BLOCK_LINES_MOST - 1)
    lines = lines_of(e.source)[first - 1 : last]
    what = f"function {e.place.function}" if e.place.function else "source"
    fence = "````" if any("```" in line for line in lines) else "```"
    return [f"The {what}, lines {first} to {last}:", f"{fence}python", *lines, fence, ""]


def _imports(e: Evidence) -> List[str]:
    found = [
        line.rstrip()
        for line in lines_of(e.source)
        if line.startswith(("import ", "from "))
    ]
    return _list("The file's imports:", found[:60])


def _task(e: Evidence, name: str, goal: str) -> str:
    place = e.place
    if place.first == place.last:
        what = f"line {place.first}"
    elif (place.first, place.last) == (place.block_first, place.block_last):
        what = f"function {place.function}" if place.function else "these lines"
    else:
        what = f"lines {place.first} to {place.last}"
    where = f" in {place.function}" if place.function and what[0] == "l" else ""
    return f"File: {name}\nTask: {GOALS[goal]} The place: {what}{where}."


def _setting(e: Evidence) -> List[str]:
    gpu = f"GPU: {e.gpu}." if e.gpu else "GPU: none is known of."
    packages = ", ".join(f"{module} {version}" for module, version in e.packages)
    lines = [f"{e.interpreter} on {e.platform}, {e.cpus} CPUs. {gpu}"]
    lines.append(f"Installed: {packages or 'the standard library'}.")
    lines.append(
        f"The program ran {_seconds(e.elapsed_s)}; all its measured time is "
        f"{_seconds(e.whole_s)}. The place and what it calls took "
        f"{_seconds(e.place_s)}{_percent(e.place_s, e.whole_s)}."
    )
    if not e.memory:
        lines.append("Memory was not measured.")
    return [*lines, ""]


def diff_name(path: str, root: str) -> str:
    """The file's name in diffs: from the program's folder where it lies there."""
    relative = os.path.relpath(path, root) if root else path
    return os.path.basename(path) if relative.startswith("..") else relative


def check_options(options: Any) -> Dict[str, Any]:
    """What a person may choose: goal, notes, avoid (earlier diffs)."""
    if options is None:
        options = {}
    if not isinstance(options, dict):
        raise Refused("options is no object")
    if options.get("goal", "time") not in GOALS:
        raise Refused("goal is one of " + ", ".join(GOALS))
    notes = options.get("notes", "")
    if not isinstance(notes, str) or len(notes) > NOTES_LIMIT:
        raise Refused(f"notes is text of at most {NOTES_LIMIT} characters")
    return options


def make(e: Evidence, root: str, options: Dict[str, Any], avoid: Sequence[str]) -> Prompt:
    """`avoid`: diffs that were proposed already; another way is wanted."""
    whole = e.whole_s
    name = diff_name(e.place.path, root)
    parts = [_task(e, name, options.get("goal", "time")), "", *_setting(e)]
    parts += _block(e)
    parts += _list("Where its time and memory go:", [_hot(h, whole) for h in e.hot])
    parts += _list("Called by:", _shares(e.callers, whole))
    parts += _list("Python functions it calls:", _shares(e.callees, whole))
    parts += _list("Native functions that run in it:", _shares(e.leaves, whole))
    parts += _imports(e)
    if options.get("notes"):
        parts += ["The program's author says:", str(options["notes"]), ""]
    for diff in avoid:
        parts += ["Already proposed; propose a different way:", "```diff", diff, "```", ""]
    return Prompt(SYSTEM, "\n".join(parts).rstrip() + "\n")
