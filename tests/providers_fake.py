"""Fake providers: one server that speaks every protocol, and misbehaves on demand.

`Fake.script` says how it answers next; `Fake.calls` keeps what it was asked.
"""

import json
import struct
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PIECES = 7  # an answer is sent in so many parts


def parts(text):
    size = max(1, len(text) // PIECES)
    return [text[i : i + size] for i in range(0, len(text), size)]


def sse(value, event=None):
    head = f"event: {event}\n" if event else ""
    return f"{head}data: {json.dumps(value)}\n\n".encode()


def openai(text):
    for part in parts(text):
        yield sse({"choices": [{"delta": {"content": part}, "finish_reason": None}]})
    yield sse({"choices": [{"delta": {}, "finish_reason": "stop"}]})
    yield b"data: [DONE]\n\n"


def anthropic(text):
    yield sse({"type": "message_start", "message": {}}, "message_start")
    yield sse({"type": "ping"}, "ping")
    for part in parts(text):
        delta = {"type": "text_delta", "text": part}
        yield sse({"type": "content_block_delta", "index": 0, "delta": delta})
    yield sse({"type": "message_delta", "delta": {"stop_reason": "end_turn"}})
    yield sse({"type": "message_stop"}, "message_stop")


def gemini(text):
    pieces = parts(text)
    for i, part in enumerate(pieces):
        candidate = {"content": {"parts": [{"text": part}]}}
        if i == len(pieces) - 1:
            candidate["finishReason"] = "STOP"
        yield sse({"candidates": [candidate]})


def ollama(text):
    for part in parts(text):
        yield json.dumps({"message": {"content": part}, "done": False}).encode() + b"\n"
    yield json.dumps({"message": {"content": ""}, "done": True}).encode() + b"\n"


def aws_message(headers, value):
    head = b""
    for name, text in headers.items():
        head += bytes([len(name)]) + name.encode() + b"\x07"
        head += struct.pack(">H", len(text)) + text.encode()
    payload = json.dumps(value).encode()
    total = 12 + len(head) + len(payload) + 4
    prelude = struct.pack(">II", total, len(head))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + head + payload
    return message + struct.pack(">I", zlib.crc32(message))


def aws_event(kind, value):
    return aws_message({":event-type": kind, ":message-type": "event"}, value)


def bedrock(text):
    yield aws_event("messageStart", {"role": "assistant"})
    for part in parts(text):
        yield aws_event("contentBlockDelta", {"delta": {"text": part}})
    yield aws_event("messageStop", {"stopReason": "end_turn"})


SPEECH = {
    "openai": openai,
    "compatible": openai,
    "azure": openai,
    "anthropic": anthropic,
    "gemini": gemini,
    "ollama": ollama,
    "bedrock": bedrock,
}
ERRORS = {
    "openai": lambda words: {"error": {"message": words, "type": "x"}},
    "anthropic": lambda words: {"type": "error", "error": {"message": words}},
    "gemini": lambda words: [{"error": {"code": 400, "message": words}}],
    "ollama": lambda words: {"error": words},
    "bedrock": lambda words: {"message": words},
}
ERRORS["compatible"] = ERRORS["azure"] = ERRORS["openai"]


class Call:
    def __init__(self, path, headers, body):
        self.path, self.headers, self.body = path, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.fake.calls.append(Call(self.path, self.headers, body))
        self.close_connection = True
        try:
            self.server.fake.script(self)
        except OSError:
            self.server.fake.hung_up.set()

    do_GET = do_POST

    def log_message(self, *_):
        pass

    def begin(self, status=200, kind="text/event-stream", **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()


class Fake:
    def __init__(self):
        self.calls = []
        self.hung_up = threading.Event()
        self.script = self.refuse(500, {"error": "no script"})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.fake = self
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(
            target=self.server.serve_forever, args=(0.05,), daemon=True
        ).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, provider, text):
        """The whole answer, in chunks."""

        def script(handler):
            handler.begin(Transfer_Encoding="chunked")
            for piece in SPEECH[provider](text):
                handler.chunk(piece)
            handler.chunk(b"")

        self.script = script

    def cut(self, provider, text, keep=0.5, chunked=False):
        """The answer up to somewhere, then the connection ends."""
        data = b"".join(SPEECH[provider](text))

        def script(handler):
            half = data[: int(len(data) * keep)]
            if chunked:
                handler.begin(Transfer_Encoding="chunked")
                handler.chunk(half)
            else:
                handler.begin()
                handler.wfile.write(half)

        self.script = script

    def raw(self, data, **begin):
        def script(handler):
            handler.begin(**begin)
            handler.wfile.write(data)

        self.script = script

    def slow(self, provider, text, pause=0.05):
        """Piece by piece, for as long as somebody listens."""
        pieces = list(SPEECH[provider](text))

        def script(handler):
            handler.begin()
            while True:
                handler.wfile.write(pieces[2])
                handler.wfile.flush()
                time.sleep(pause)

        self.script = script

    def refuse(self, status, body, **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()

        def script(handler):
            handler.begin(status, "application/json", **headers)
            handler.wfile.write(data)

        self.script = script
        return script
