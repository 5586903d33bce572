"""The server: its parts put together, its connections bounded, its end."""

import hmac
import secrets
import socket
import sys
import threading
from http.server import ThreadingHTTPServer
from typing import Any

from .api import Api
from .guard import Guard
from .handler import Handler
from .jobs import Jobs
from .life import Life
from .page import Pages
from .run import Run
from .store import Store

ADDRESS = "127.0.0.1"
CONNECTIONS_MOST = 64
TIDY_S = 10.0  # for jobs to end in


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 16

    def __init__(self, store: Store, pages: Pages, port: int, run: Run) -> None:
        """Raises OSError where the port is taken."""
        super().__init__((ADDRESS, port), Handler)
        token = secrets.token_urlsafe(24)
        self.guard = Guard(token, self.server_address[1])
        self.store = store
        self.pages = pages
        self.run_of_profile = run
        self.life = Life()
        self.jobs = Jobs()
        self.api = Api(store, self.life, self.jobs, run)
        self._ticket = secrets.token_urlsafe(24)
        self._free = threading.BoundedSemaphore(CONNECTIONS_MOST)

    def server_bind(self) -> None:
        """Without the look-up of a host name, which may take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = ADDRESS, self.server_address[1]

    @property
    def url(self) -> str:
        return f"http://{ADDRESS}:{self.server_port}{self.guard.prefix}"

    @property
    def ticket_url(self) -> str:
        """For the browser's command line, which other users can read: it opens the
        page once, and then no more."""
        return f"http://{ADDRESS}:{self.server_port}/open/{self._ticket}"

    def is_ticket(self, path: str) -> bool:
        if not self._ticket or not path.isascii():
            return False
        return hmac.compare_digest(path.encode(), f"/open/{self._ticket}".encode())

    def use_ticket(self) -> None:
        self._ticket = ""

    # ---- connections

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._free.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A page that goes away is no error; of others only the kind is told."""
        kind = sys.exc_info()[0]
        if kind and not issubclass(kind, OSError):
            sys.stderr.write(f"solvidia-mem-prof: a request failed: {kind.__name__}\n")

    # ---- life

    def _is_over(self) -> bool:
        """A run that is followed keeps us, with or without a page."""
        run = self.run_of_profile
        return (run.has_ended or not run.is_followed) and self.life.is_over()

    def run(self, ended: threading.Event) -> None:
        """Serves until `ended` is set or the last page is gone."""
        thread = threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        try:
            while not ended.wait(0.25) and not self._is_over():
                pass
        finally:
            self.shutdown()
            self.jobs.end_all(TIDY_S)
            self.server_close()
