"""One connection: reads requests, has them checked, writes answers."""

import json
import urllib.parse
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, Dict, Optional

from ..ai.errors import Refused
from .api import GETS, POSTS, Stream
from .store import NotYet
from .streams import pump

if TYPE_CHECKING:
    from .server import Server

BODY_LIMIT = 1 << 20  # bytes of a request
IDLE_S = 30
# Of every answer. No other page may embed, read or keep any of them.
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
NO_PAGE_POLICY = "default-src 'none'; frame-ancestors 'none'"


class _Wrong(Exception):
    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Handler(BaseHTTPRequestHandler):
    server: "Server"
    protocol_version = "HTTP/1.1"
    timeout = IDLE_S

    # ---- answers

    def _begin(self, status: int, kind: str, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if "Content_Security_Policy" not in headers:
            self.send_header("Content-Security-Policy", NO_PAGE_POLICY)
        for name, value in {**HEADERS, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def _send(self, status: int, kind: str, data: bytes, **headers: str) -> None:
        self._begin(status, kind, Content_Length=str(len(data)), **headers)
        self.wfile.write(data)

    def _send_json(self, value: Any, status: int = 200, **headers: str) -> None:
        data = json.dumps(value).encode()
        self._send(status, "application/json", data, **headers)

    def send_error(
        self, code: int, message: Optional[str] = None, explain: Optional[str] = None
    ) -> None:
        """For what http.server refuses: nothing of the request is repeated."""
        self.close_connection = True
        self._send_json({"error": "bad request"}, code, Connection="close")

    def _send_stream(self, stream: Stream) -> None:
        self.close_connection = True

        def end() -> None:
            self.server.api.jobs.end(stream.cancel)

        try:
            self._begin(200, "text/event-stream", Connection="close")
        except OSError:
            end()
            raise
        pump(stream.events, stream.cancel, end, self.connection, self.wfile)

    # ---- requests

    def _body(self) -> Dict[str, Any]:
        length = self.headers.get("Content-Length", "")
        if self.headers.get("Transfer-Encoding") or not length.isdigit():
            raise _Wrong(411, "a length is needed")
        if int(length) > BODY_LIMIT:
            raise _Wrong(413, "too large")
        data = self.rfile.read(int(length))
        try:
            value = json.loads(data or b"{}")
        except (ValueError, RecursionError):
            raise _Wrong(400, "no JSON") from None
        if not isinstance(value, dict):
            raise _Wrong(400, "no JSON object")
        return value

    def _answer(self) -> None:
        target = urllib.parse.urlsplit(self.path)
        if self.command == "GET" and self.server.is_ticket(target.path):
            if self.server.guard.check_ticket(self.headers):
                self._redirect()
                return
        denied = self.server.guard.check(self.command, target.path, self.headers)
        if denied:
            raise _Wrong(denied.status, denied.why)
        rest = self.server.guard.rest_of(target.path) or ""
        if self.command == "POST":
            self._post(rest)
        else:
            self._get(rest, dict(urllib.parse.parse_qsl(target.query)))

    def _redirect(self) -> None:
        """The browser's first call: from the ticket, used up now, to the page."""
        self.server.use_ticket()
        self._send(303, "text/plain", b"", Location=self.server.guard.prefix)

    def _get(self, rest: str, query: Dict[str, str]) -> None:
        if rest == "":
            page = self.server.pages.page(self.server.guard.prefix)
            self.server.life.ping("")
            kind = "text/html; charset=utf-8"
            self._send(200, kind, page.data, Content_Security_Policy=page.policy)
        elif rest == "api/profile":
            self.server.life.touch()
            self._send_profile()
        elif rest in GETS:
            self._send_json(GETS[rest](self.server.api, query))
        else:
            raise _Wrong(405 if rest in POSTS else 404, "not found")

    def _post(self, rest: str) -> None:
        if rest not in POSTS:
            raise _Wrong(404, "not found")
        answer = POSTS[rest](self.server.api, self._body())
        if isinstance(answer, Stream):
            self._send_stream(answer)
        else:
            self._send_json(answer)

    def _send_profile(self) -> None:
        try:
            snapshot = self.server.store.snapshot()
        except NotYet:
            self._begin(204, "application/json")
            return
        tag = f'"{snapshot.tag}"'
        if self.headers.get("If-None-Match") == tag:
            self._begin(304, "application/json", ETag=tag, Content_Length="0")
            return
        self._send(200, "application/json", snapshot.data, ETag=tag)

    def handle_request(self) -> None:
        try:
            self._answer()
        except _Wrong as wrong:
            self.close_connection = True  # its body may not have been read
            self._send_json({"error": str(wrong)}, wrong.status, Connection="close")
        except Refused as refused:
            self._send_json({"error": str(refused)}, 400)

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = handle_request

    # ---- nothing is logged, and nobody is told what we run on

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        pass

    def version_string(self) -> str:
        return "solvidia-mem-prof"
