"""``python3 -m solvidia_mem_prof.serve``: serves the page of one profile."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import threading
from typing import Any, List, Optional

from .._launcher import find
from .._say import EXIT_USAGE, NAME, Parser, say
from ..ai.errors import Refused
from .browser import open_page
from .page import Pages
from .run import NO_PAGE_S, Run
from .server import Server
from .store import Store


def _parse(words: List[str]) -> argparse.Namespace:
    parser = Parser(prog=f"{NAME} view", description=__doc__, allow_abbrev=False)
    parser.add_argument("file", nargs="?", default="profile.json")
    parser.add_argument("--profile", default=None, help="the same, whatever its name")
    parser.add_argument("--exe", default=None, help="the executable that makes the page")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--live", action="store_true", help="the profile goes on changing")
    parser.add_argument(
        "--follow",
        type=float,
        default=0.0,
        metavar="SINCE",
        help="a run writes the profile since this Unix time, until standard input ends",
    )
    options: List[str] = []
    if "--" in words:
        at = words.index("--")
        words, options = words[:at], words[at + 1 :]
    parsed = parser.parse_args(words)
    parsed.options = options
    parsed.profile = parsed.profile or parsed.file
    if not 0 <= parsed.port <= 65535:
        parser.error("--port is a whole number from 0 to 65535")
    return parsed


class _Standard:
    """A profile from standard input, kept in a file of our own for the while."""

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="smp-view-")
        self.path = os.path.join(self.folder, "profile.json")
        with open(self.path, "wb") as stream:
            shutil.copyfileobj(sys.stdin.buffer, stream)

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _end_by_signals(ended: threading.Event) -> None:
    def end(*_: Any) -> None:
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)


def _serve(parsed: argparse.Namespace, path: str) -> int:
    executable = parsed.exe or find()
    if executable is None:
        raise Refused("its executable is not where pip put it: install it again")
    follows = parsed.follow > 0
    store = Store(path, parsed.follow)
    pages = Pages(store, executable, parsed.options, follows)
    run = Run(parsed.live or follows, follows)
    ended = threading.Event()
    _end_by_signals(ended)
    try:
        server = Server(store, pages, parsed.port, run)
    except OSError as error:
        raise Refused(f"port {parsed.port}: {error.strerror}") from None
    try:
        pages.page(server.guard.prefix)  # says what is wrong before a browser opens
    except Refused:
        server.server_close()
        raise
    if follows:
        _follow(server, run)
    opened = not parsed.no_browser and open_page(server.ticket_url)
    told = "in the browser, and at" if opened else "at"
    ends = "follows the program" if follows else "Ctrl-C ends it"
    say(f"the page is {told} {server.url} ({ends})")
    server.run(ended)
    return 0


def _follow(server: Server, run: Run) -> None:
    """Until the program has ended, then as long as a page is open."""

    def end() -> None:
        if server.life.has_page:
            say("the program has ended: its page stays until it is closed (Ctrl-C ends it)")
        server.life.expect(NO_PAGE_S)

    run.watch(sys.stdin.fileno(), end)


def main(words: Optional[List[str]] = None) -> int:
    parsed = _parse(sys.argv[1:] if words is None else words)
    standard = _Standard() if parsed.profile == "-" else None
    try:
        return _serve(parsed, standard.path if standard else parsed.profile)
    except Refused as refused:
        say(str(refused))
        return EXIT_USAGE
    finally:
        if standard:
            standard.remove()


if __name__ == "__main__":
    sys.exit(main())
