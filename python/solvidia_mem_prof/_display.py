"""A profile in the output of a notebook's cell, or of a console."""

import html
import subprocess
import sys
from typing import Any, Iterable, List

from ._options import Line, OptionError, launcher

WIDTH = 100  # columns of the table in a notebook
HEIGHT = 640  # of the page's frame, in pixels

# Where scripts are not trusted, frame and style are taken out and the table is
# what remains.
FRAME = """<div><style>.solvidia-mem-prof-table {{ display: none }}</style>
<iframe sandbox="allow-scripts" title="{title}" srcdoc="{page}"
 style="width: 100%; height: {height}px; border: 1px solid #8886"></iframe>
<pre class="solvidia-mem-prof-table">{table}</pre></div>"""


def _report(words: List[str], path: str) -> str:
    """What the launcher's report of a saved profile says."""
    done = subprocess.run(
        [launcher(), "report", *words, path],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        lines = done.stderr.splitlines() or ["no report could be made"]
        raise OptionError(lines[0].partition(": ")[2] or lines[0])
    return done.stdout


def _in_kernel(shell: Any) -> bool:
    return getattr(shell, "kernel", None) is not None


def table(line: Line, path: str, *words: str) -> str:
    return _report([*words, *line.report], path)


def _frame(line: Line, path: str, title: str, text: str) -> str:
    page = _report(["--html", "--outfile=-", *line.report], path)
    return FRAME.format(
        title=html.escape(title, quote=True),
        page=html.escape(page, quote=True),
        height=HEIGHT,
        table=html.escape(text),
    )


def save(path: str, place: str, words: Iterable[str] = ()) -> None:
    """Writes a profile's file elsewhere, as its name's end wants it."""
    _report([f"--outfile={place}", *words], path)


def _save(line: Line, path: str) -> None:
    """What --outfile, --json and --html asked for by name."""
    place = line.places.get("outfile")
    if place is None and "json" in line.places:
        place = "profile.json"
    if place is None:
        return
    words = ["--html"] if "html" in line.places else []
    save(path, place, [*words, *line.report])
    sys.stderr.write(f"solvidia-mem-prof: the profile is in {place}\n")


def show(shell: Any, line: Line, path: str, title: str) -> None:
    """Shows a profile's file: in a notebook the page and a table, in a console
    the table."""
    from IPython.display import display

    _save(line, path)
    if not _in_kernel(shell):
        color = "always" if sys.stdout.isatty() else "never"
        sys.stdout.write(table(line, path, f"--color={color}"))
        return
    text = table(line, path, "--color=never", f"--width={WIDTH}")
    data = {"text/plain": text}
    if "cli" not in line.places:
        data["text/html"] = _frame(line, path, title, text)
    display(data, raw=True)
