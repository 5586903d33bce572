"""Who may ask: the page that we served, on this machine, and nobody else."""

import hmac
from email.message import Message
from typing import NamedTuple, Optional

METHODS = ("GET", "POST")
PATH_LIMIT = 2048  # characters


class Denied(NamedTuple):
    status: int
    why: str


class Guard:
    """Checks a request before anything of it is carried out.

    Host: against DNS rebinding. Token: against other users of this machine and
    pages that guess the port. Origin, Sec-Fetch-Site and the JSON content type:
    against other pages of the same browser.
    """

    def __init__(self, token: str, port: int) -> None:
        self._prefix = f"/{token}/"
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        if port == 80:
            self._hosts |= {"127.0.0.1", "localhost"}
        self._origins = {f"http://{host}" for host in self._hosts}

    @property
    def prefix(self) -> str:
        return self._prefix

    def check(self, method: str, path: str, headers: Message) -> Optional[Denied]:
        hosts = headers.get_all("Host") or []
        if len(hosts) != 1 or hosts[0].strip().lower() not in self._hosts:
            return Denied(403, "wrong host")
        if method not in METHODS:
            return Denied(405, "wrong method")
        if not self._origin_is_ours(method, headers):
            return Denied(403, "wrong origin")
        if self.rest_of(path) is None:
            return Denied(404, "not found")
        if method == "POST" and not _is_json(headers):
            return Denied(415, "only application/json")
        return None

    def check_ticket(self, headers: Message) -> bool:
        """Whether the browser's first call, which has no token yet, is let in."""
        hosts = headers.get_all("Host") or []
        return len(hosts) == 1 and hosts[0].strip().lower() in self._hosts

    def _origin_is_ours(self, method: str, headers: Message) -> bool:
        origins = headers.get_all("Origin") or []
        site = headers.get("Sec-Fetch-Site", "")
        if len(origins) > 1 or any(o not in self._origins for o in origins):
            return False
        if method == "POST":
            return bool(origins) and site in ("", "same-origin")
        return site in ("", "same-origin", "none")

    def rest_of(self, path: str) -> Optional[str]:
        """What follows the token in the path; None where the token is wrong."""
        size = len(self._prefix)
        if len(path) > PATH_LIMIT or not path.isascii():
            return None
        if not hmac.compare_digest(path[:size].encode(), self._prefix.encode()):
            return None
        return path[size:]


def _is_json(headers: Message) -> bool:
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return kind == "application/json"
