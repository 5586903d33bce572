"""The magics of IPython and Jupyter, for code in a kernel that was started as
always: %scrun, %%solvidia-mem-prof, %smp_on, %smp_off.

A cell that begins with %%solvidia-mem-prof is not handed to a function as a text:
its first line becomes a call that begins the recording, and the rest stays the
cell that it is. So await, magics, tracebacks and line numbers are as always.
"""

import re
import sys
from typing import Any, List, Optional

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class, needs_local_scope

from . import _cells, _display, _options
from ._late import Recording, Unavailable

NAME = "solvidia-mem-prof"
CELL = re.compile(r"%%solvidia[-_]mem[-_]prof(?:\s+(.*))?$")


def _say(text: str) -> None:
    sys.stderr.write(f"{NAME}: {text}\n")


def _read(text: str) -> _options.Line:
    try:
        return _options.read(text)
    except _options.OptionError as error:
        raise UsageError(f"{NAME}: {error}") from None


def cell_to_code(lines: List[str]) -> List[str]:
    """IPython's input transformer for %%solvidia-mem-prof. A cell magic below it
    needs the whole text, so then it stays one itself."""
    found = CELL.match(lines[0].rstrip()) if lines else None
    if not found or "".join(lines[1:]).lstrip().startswith("%%"):
        return lines
    call = f"get_ipython().run_line_magic('_smp_cell', {found.group(1) or ''!r})\n"
    return [call, *lines[1:]]


@magics_class
class ProfilerMagics(Magics):
    """One recording at a time."""

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self.recording: Optional[Recording] = None
        self.line = _options.Line([], [], {}, "")
        self.title = ""
        self.statements: _cells.Cells = {}

    def _begin(self, line: _options.Line) -> None:
        """Where nothing can be measured the code runs all the same."""
        recording = Recording(line.measure)
        try:
            recording.begin()
        except (Unavailable, _options.OptionError, OSError) as error:
            _say(f"not profiled: {error}")
            return
        self.recording, self.line = recording, line
        self.title = _cells.running(self.shell)

    def _end(self) -> None:
        recording, self.recording = self.recording, None
        if recording is None:
            return
        try:
            recording.end()
            for line in recording.said:
                _say(line)
            cells = {**_cells.known(self.shell), **self.statements}
            _cells.rename(recording.path, cells, self.title)
            _display.show(self.shell, self.line, recording.path, self.title)
        except (Unavailable, _options.OptionError, OSError) as error:
            _say(str(error))
        finally:
            recording.forget()

    def _is_busy(self) -> bool:
        if self.recording is not None:
            _say("measuring already: %smp_off ends it and reports")
        return self.recording is not None

    @needs_local_scope
    @line_magic
    def scrun(self, line: str, local_ns: Any = None) -> Any:
        """%scrun [options] statement: profiles one statement.

        The options are those of the command line: --cpu-only, --memory,
        --profile-all, --reduced-profile, --outfile FILE, ..."""
        read = _read(line)
        if not read.rest:
            raise UsageError(f"{NAME}: %scrun needs a statement: %scrun f(x)")
        code, is_value = self._compile(read.rest)
        if not self._is_busy():
            self._begin(read)
        began = self.recording is not None and self.line is read
        try:
            space = self.shell.user_ns
            if is_value:
                return eval(code, space, local_ns)
            exec(code, space, local_ns)
        finally:
            if began:
                self._end()
        return None

    def _compile(self, text: str) -> Any:
        """The statement's code, and whether it is an expression."""
        source = self.shell.transform_cell(text)
        name = self.shell.compile.cache(source, self.shell.execution_count, source)
        self.statements[name] = (f"{_cells.running(self.shell)} %scrun", source)
        try:
            return compile(source.strip(), name, "eval"), True
        except SyntaxError:
            return compile(source, name, "exec"), False

    @line_magic("_smp_cell")
    def begin_cell(self, line: str) -> None:
        """Begins the recording of the cell that runs; see cell_to_code."""
        read = _read(line)
        if read.rest:
            raise UsageError(f"{NAME}: not an option: {read.rest}")
        if self._is_busy():
            return
        self._begin(read)
        if self.recording is not None:
            self.shell.events.register("post_execute", self._end_cell)

    def _end_cell(self) -> None:
        self.shell.events.unregister("post_execute", self._end_cell)
        self._end()

    def profile(self, line: str, cell: Optional[str] = None) -> Any:
        """%%solvidia-mem-prof [options]: profiles the cell.
        %solvidia-mem-prof [options] statement: the same as %scrun."""
        if cell is None:
            return self.shell.run_line_magic("scrun", line)
        read = _read(line)
        began = not self._is_busy()
        if began:
            self._begin(read)
        try:
            return self._run(cell)
        finally:
            if began:
                self._end()

    def _run(self, cell: str) -> Any:
        """Runs a cell's text. One that is a magic itself lets its exception
        through; any other shows it."""
        found = re.match(r"\s*%%(\S+)[ \t]*(.*)\n?([\s\S]*)", cell)
        if found:
            return self.shell.run_cell_magic(*found.groups())
        self.shell.run_cell(cell)
        return None

    @line_magic
    def smp_on(self, line: str) -> None:
        """%smp_on [options]: measures from here to %smp_off, over many cells."""
        read = _read(line)
        if not self._is_busy():
            self._begin(read)

    @line_magic
    def smp_off(self, line: str) -> None:
        """%smp_off: stops, and shows the report."""
        if line.strip():
            raise UsageError(f"{NAME}: options go to %smp_on")
        if self.recording is None:
            _say("not measuring: %smp_on begins")
        self.title = _cells.span(self.title, _cells.running(self.shell))
        self._end()


def load(shell: Any) -> None:
    """%load_ext solvidia_mem_prof. Again: nothing."""
    if getattr(shell, "_solvidia_mem_prof", None) is not None:
        return
    magics = ProfilerMagics(shell)
    shell._solvidia_mem_prof = magics
    shell.register_magics(magics)
    for name in (NAME, "solvidia_mem_prof"):
        shell.register_magic_function(magics.profile, "line_cell", name)
    shell.input_transformers_cleanup.append(cell_to_code)


def unload(shell: Any) -> None:
    magics = getattr(shell, "_solvidia_mem_prof", None)
    if magics is None:
        return
    magics._end()
    shell.input_transformers_cleanup.remove(cell_to_code)
    shell._solvidia_mem_prof = None
