"""Messages to the person at the terminal: one line each, on standard error."""

import argparse
import sys
from typing import NoReturn

NAME = "solvidia-mem-prof"
EXIT_USAGE = 2


def say(text: str) -> None:
    """Control characters (of a file's name, say) are shown as '?'."""
    clean = "".join(c if c.isprintable() else "?" for c in text)
    sys.stderr.write(f"{NAME}: {clean}\n")
    sys.stderr.flush()


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        say(message)
        sys.exit(EXIT_USAGE)
