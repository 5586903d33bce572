"""An ASGI app without a framework."""

import hashlib
import os


def python_work():
    total = 0
    for i in range(20000):
        total += i * i % 7
    return total


def native_work():
    return hashlib.pbkdf2_hmac("sha256", b"x", b"y", 4000).hex()


ANSWERS = {"/python": python_work, "/native": native_work, "/pid": os.getpid}


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body = str(ANSWERS[scope["path"]]()).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
