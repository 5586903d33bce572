"""The page: made by the executable, then told where its server is.

The exported page allows no request at all; served, it may ask this server.
"""

import re
import subprocess
import threading
from typing import List, NamedTuple, Optional, Tuple

from ..ai.errors import Refused
from .store import Store

MAKE_LIMIT_S = 120
HEAD_BYTES = 64 << 10  # of the page in which its head begins
HEAD = re.compile(rb"<head(?:\s[^>]*)?>", re.I)
POLICY = re.compile(
    rb"<meta\s+http-equiv\s*=\s*[\"']?content-security-policy[\"']?\s+"
    rb"content\s*=\s*(?:\"([^\"]*)\"|'([^']*)')\s*/?>",
    re.I,
)
# Where a page brings no policy of its own.
DEFAULT_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; worker-src blob:"
)
NOT_IN_META = ("frame-ancestors", "sandbox", "report-uri")


class Page(NamedTuple):
    data: bytes
    policy: str  # for the header


def _served_policy(policy: str) -> str:
    """The page's policy with requests to its server allowed and framing denied."""
    given = [d.strip() for d in policy.split(";")]
    drop = ("connect-src", "form-action", "base-uri", *NOT_IN_META)
    kept = [d for d in given if d and d.split()[0].lower() not in drop]
    kept += ["connect-src 'self'", "form-action 'none'", "base-uri 'none'"]
    return "; ".join(kept)


def dress(html: bytes, prefix: str) -> Page:
    """The page with the address of its server in its head."""
    begin = html[:HEAD_BYTES]
    found = POLICY.search(begin)
    text = (
        (found.group(1) or found.group(2) or b"").decode("ascii", "replace")
        if found
        else ""
    )
    policy = _served_policy(text or DEFAULT_POLICY)
    if found:
        meta = b'<meta http-equiv="Content-Security-Policy" content="%s">' % policy.encode()
        html = html[: found.start()] + meta + html[found.end() :]
    head = HEAD.search(html[:HEAD_BYTES])
    if not head:
        raise Refused("the page has no head")
    server = b'<meta name="smp-server" content="%s">' % prefix.encode()
    html = html[: head.end()] + server + html[head.end() :]
    return Page(html, policy + "; frame-ancestors 'none'")


class Pages:
    """Makes the page of the store's profile, anew when that has changed."""

    def __init__(
        self, store: Store, executable: str, options: List[str], follows: bool = False
    ) -> None:
        """`follows`: the page asks for the profile itself, again and again."""
        self._store = store
        self._follows = follows
        asked = ["--html", "-o", "-", *options, store.path]
        self._command = [executable, "view", *(["--empty"] if follows else asked)]
        self._lock = threading.Lock()
        self._made: Optional[Tuple[str, bytes]] = None

    def page(self, prefix: str) -> Page:
        with self._lock:
            tag = "" if self._follows else self._store.snapshot().tag
            if self._made is None or self._made[0] != tag:
                self._made = (tag, self._make())
            return dress(self._made[1], prefix)

    def _make(self) -> bytes:
        try:
            done = subprocess.run(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                timeout=MAKE_LIMIT_S,
                check=False,
            )
        except OSError as error:
            raise Refused(f"can't run {self._command[0]}: {error.strerror}") from None
        except subprocess.TimeoutExpired:
            raise Refused("making the page took too long") from None
        if done.returncode != 0 or not done.stdout:
            raise Refused(_last_words(done.stderr))
        return done.stdout


def _last_words(errors: bytes) -> str:
    """What the executable said, without its name before it."""
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    text = lines[-1] if lines else "the page could not be made"
    return re.sub(r"^solvidia-mem-prof: ", "", text)
