"""HTTP to a provider: one request, an answer that streams and can be cancelled.

No redirect is followed, so that a key goes only where it was sent. HTTPS_PROXY and
its like are honoured.
"""

import http.client
import socket
import ssl
import threading
import urllib.parse
import urllib.request
from typing import Dict, Iterator, NamedTuple, Optional

from .errors import Cancelled, Refused

CONNECT_TIMEOUT_S = 20
READ_TIMEOUT_S = 300  # models may think for minutes before the first word
ERROR_BODY_LIMIT = 64 << 10
LINE_LIMIT = 4 << 20
ANSWER_LIMIT = 32 << 20  # bytes of a whole answer


class Request(NamedTuple):
    url: str
    headers: Dict[str, str]
    body: Optional[bytes]  # None: GET

    def __repr__(self) -> str:  # the headers hold keys
        return f"Request({self.url})"


class Cancel:
    """Set from any thread; ends a read that is under way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: Optional[socket.socket] = None
        self.is_set = False

    def set(self) -> None:
        with self._lock:
            self.is_set = True
            if self._socket is not None:
                _shut(self._socket)

    def watch(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            self._socket = connection.sock
            if self.is_set and self._socket is not None:
                _shut(self._socket)

    def check(self) -> None:
        if self.is_set:
            raise Cancelled()


def _shut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it was never connected, or is closed


def check_url(url: str) -> urllib.parse.SplitResult:
    """Its parts; Refused where it is no http or https URL."""
    try:
        parts = urllib.parse.urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("the base URL is not one") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused("the base URL begins with http:// or https:// and a host")
    if parts.username or parts.password:
        raise Refused("the base URL must hold no name or password")
    if port == 0 or not url.isascii() or not url.isprintable() or " " in url:
        raise Refused("the base URL is not one")
    return parts


def _connect(parts: urllib.parse.SplitResult) -> http.client.HTTPConnection:
    host, port = parts.hostname or "", parts.port
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and not urllib.request.proxy_bypass(host):
        at = urllib.parse.urlsplit(proxy if "://" in proxy else "http://" + proxy)
        connect_host, connect_port = at.hostname or "", at.port
    else:
        proxy, connect_host, connect_port = None, host, port
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(
            connect_host,
            connect_port,
            timeout=CONNECT_TIMEOUT_S,
            context=ssl.create_default_context(),
        )
        if proxy:
            connection.set_tunnel(host, port)
    else:
        connection = http.client.HTTPConnection(
            connect_host, connect_port, timeout=CONNECT_TIMEOUT_S
        )
    return connection


class Response:
    """An answer under way: its status, then its bytes as they come."""

    def __init__(self, connection, response, cancel: Cancel) -> None:  # type: ignore[no-untyped-def]
        self._connection = connection
        self._response = response
        self._cancel = cancel
        self._taken = 0
        self.status: int = response.status
        self.retry_after: str = response.getheader("Retry-After") or ""
        self.content_type: str = response.getheader("Content-Type") or ""

    def _count(self, data: bytes) -> bytes:
        self._cancel.check()
        self._taken += len(data)
        if self._taken > ANSWER_LIMIT:
            raise Refused("the provider's answer is too large")
        return data

    def lines(self) -> Iterator[bytes]:
        while True:
            line = self._count(self._response.readline(LINE_LIMIT))
            if not line:
                return
            if len(line) >= LINE_LIMIT:
                raise Refused("the provider's answer has a line without an end")
            yield line

    def chunks(self) -> Iterator[bytes]:
        while True:
            data = self._count(self._response.read1(64 << 10))
            if not data:
                return
            yield data

    def error_body(self) -> str:
        data: bytes = self._response.read(ERROR_BODY_LIMIT)
        return data.decode("utf-8", "replace")

    def close(self) -> None:
        self._response.close()
        self._connection.close()


def send(request: Request, cancel: Cancel) -> Response:
    """Raises OSError, http.client.HTTPException or Cancelled."""
    parts = check_url(request.url)
    connection = _connect(parts)
    try:
        connection.connect()
        cancel.watch(connection)
        connection.sock.settimeout(READ_TIMEOUT_S)
        target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
        proxied = parts.scheme == "http" and connection.host != parts.hostname
        connection.request(
            "GET" if request.body is None else "POST",
            request.url if proxied else target,
            request.body,
            request.headers,
        )
        return Response(connection, connection.getresponse(), cancel)
    except BaseException:
        connection.close()
        cancel.check()
        raise
