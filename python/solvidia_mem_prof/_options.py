"""Command lines inside of Python (a magic's, a plugin's), read by the launcher's
own table of options, so that they are those of the command line."""

import shlex
import subprocess
from typing import Dict, List, NamedTuple, Optional, Tuple

from ._launcher import find

# Where a report goes is for whoever shows it; these never reach the launcher.
PLACES = ("outfile", "cli", "json", "html", "web", "viewer", "standalone")
# They have no meaning for what runs already.
FOREIGN = ("python", "config", "pid", "port", "no-browser", "help", "version")


class OptionError(Exception):
    """What is wrong with a command line: one line."""


class Option(NamedTuple):
    name: str
    letter: str
    value: bool  # it takes one
    uses: str  # letters: m, the measurement; r, the report


class Line(NamedTuple):
    """A command line that was read."""

    measure: List[str]  # words for what measures
    report: List[str]  # words for what reports
    places: Dict[str, str]  # "outfile": "x.json", "html": ""
    rest: str  # what follows the options, as it was written


_table: Dict[str, Option] = {}


def launcher() -> str:
    path = find()
    if path is None:
        raise OptionError("the executable is not where pip put it: install it again")
    return path


def table() -> Dict[str, Option]:
    """The options by name; "-o" by "-o"."""
    if not _table:
        text = subprocess.run(
            [launcher(), "option-table"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for line in text.splitlines():
            name, letter, value, uses = line.split()
            option = Option(name, letter, value != "-", uses)
            _table["--" + name] = option
            if letter != "-":
                _table["-" + letter] = option
    return _table


def _first_word(text: str) -> Tuple[str, str]:
    """The first word as a shell reads it, and what follows it as it is."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        word = lexer.get_token() or ""
    except ValueError:
        raise OptionError(f"a quote is not closed: {text}") from None
    return word, text[lexer.instream.tell() :] if word else ""


def _find(word: str) -> Tuple[Optional[Option], str, Optional[str]]:
    """The option that the word names, its name as given, its value behind '='."""
    name, equals, value = word.partition("=")
    option = table().get(name)
    if option is None and name.startswith("--no-"):
        option = table().get("--" + name[5:])
        option = None if option is None or option.value else option
    return option, name, value if equals else None


def read(text: str) -> Line:
    """Reads the options at the start of a line. OptionError says what is wrong."""
    line = Line([], [], {}, "")
    rest = text.strip()
    while rest.startswith("-"):
        word, after = _first_word(rest)
        if word in ("--", "---"):
            return line._replace(rest=after.strip())
        option, name, value = _find(word)
        if option is None:
            if not word.startswith("--"):
                break  # an expression: -x
            raise OptionError(
                f"unknown option {name}; --help of the command lists them"
            )
        if option.name in FOREIGN:
            raise OptionError(f"--{option.name} has no meaning here")
        words = [name]
        if option.value:
            if value is None:
                value, after = _first_word(after)
            if not value:
                raise OptionError(f"--{option.name} needs a value")
            words = [f"--{option.name}={value}"]
        elif value is not None:
            raise OptionError(f"--{option.name} takes no value")
        if option.name in PLACES:
            line.places[option.name] = value or ""
        elif option.uses == "-":
            raise OptionError(f"--{option.name} has no meaning here")
        else:
            if "m" in option.uses:
                line.measure.extend(words)
            if "r" in option.uses:
                line.report.extend(words)
        rest = after.strip()
    return line._replace(rest=rest)
