"""Events to a page as they happen, while watching that it still listens."""

import json
import queue
import select
import socket
import threading
from io import BufferedIOBase
from typing import Any, Callable, Dict, Iterator, Optional, Tuple

from ..ai.errors import Cancelled, Refused
from ..ai.providers.base import ProviderError
from ..ai.transport import Cancel

Event = Tuple[str, Dict[str, Any]]

LOOK_S = 0.25  # between looks whether the page is still there
HEARTBEAT_LOOKS = 40
EVENTS_WAITING = 1000


def encode(event: Event) -> bytes:
    name, fields = event
    return f"event: {name}\ndata: {json.dumps(fields)}\n\n".encode()


def _is_gone(connection: socket.socket) -> bool:
    readable, _, _ = select.select([connection], [], [], 0)
    if not readable:
        return False
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except OSError:
        return True


def _safe(events: Iterator[Event]) -> Iterator[Event]:
    """The events, then "done" in any case. What went wrong is an event of its own;
    of the unforeseen only the kind is told, since its text may hold anything."""
    cancelled = False
    try:
        yield from events
    except Cancelled:
        cancelled = True
    except (Refused, ProviderError) as error:
        yield "error", {"message": str(error)}
    except Exception as error:  # noqa: BLE001
        yield "error", {"message": f"internal error: {type(error).__name__}"}
    yield "done", {"cancelled": cancelled}


class _Worker(threading.Thread):
    """Makes the events; waits where the page is slow to take them."""

    def __init__(
        self, events: Iterator[Event], cancel: Cancel, end: Callable[[], None]
    ) -> None:
        super().__init__(daemon=True)
        self.queue: "queue.Queue[Optional[Event]]" = queue.Queue(EVENTS_WAITING)
        self._events = events
        self._cancel = cancel
        self._end = end

    def run(self) -> None:
        try:
            for event in _safe(self._events):
                self._put(event)
        finally:
            self._end()
            self._put(None)

    def _put(self, event: Optional[Event]) -> None:
        while True:
            try:
                self.queue.put(event, timeout=LOOK_S)
                return
            except queue.Full:
                if self._cancel.is_set:
                    return


def pump(
    events: Iterator[Event],
    cancel: Cancel,
    end: Callable[[], None],
    connection: socket.socket,
    out: BufferedIOBase,
) -> None:
    """Writes the events until they end or the page is gone, which cancels them."""
    worker = _Worker(events, cancel, end)
    worker.start()
    quiet = 0
    try:
        while True:
            try:
                event = worker.queue.get(timeout=LOOK_S)
            except queue.Empty:
                quiet += 1
                if _is_gone(connection):
                    raise ConnectionResetError from None
                if quiet % HEARTBEAT_LOOKS == 0:
                    out.write(b": still here\n\n")
                continue
            if event is None:
                return
            out.write(encode(event))
    except OSError:
        cancel.set()
