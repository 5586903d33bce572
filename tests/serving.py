"""A running view server, and a client that asks it as its page would."""

import http.client
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

from ai_cases import DOOR

URL = re.compile(re.escape("http://127.0.0.1:") + r"(\d+)(/[\w-]+/)")
HTML = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "script-src 'sha256-abc'; connect-src 'none'\"><title>page</title></head>"
    "<body>connect-src 'none' <head> stays in the body</body></html>\n"
)


def stand_in(folder, html=HTML, code=0, errors=""):
    """An executable that makes this page; it notes its arguments in `asked`."""
    (folder / "page.html").write_text(html)
    path = folder / "stand-in"
    path.write_text(
        f"#!{sys.executable} -IS\nimport json, sys\n"
        f"open({str(folder / 'asked')!r}, 'a').write(json.dumps(sys.argv[1:]) + '\\n')\n"
        f"sys.stdout.write(open({str(folder / 'page.html')!r}).read())\n"
        f"sys.stderr.write({errors!r})\nsys.exit({code})\n"
    )
    path.chmod(0o755)
    return path


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)


class Serving:
    def __init__(self, command, cwd, env=None):
        self.process = subprocess.Popen(
            list(map(str, command)),
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said = self.process.stderr.readline()
        match = URL.search(self.said)
        assert match, self.said + self.process.stderr.read()
        self.port, self.prefix = int(match.group(1)), match.group(2)
        self.origin = f"http://127.0.0.1:{self.port}"

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def raw(self, method, path, body=None, headers=None):
        connection = self.connect()
        connection.request(method, path, body, headers or {})
        answer = Answer(connection.getresponse())
        connection.close()
        return answer

    def get(self, path="", **headers):
        return self.raw("GET", self.prefix + path, headers=headers)

    def post(self, path, value, **headers):
        own = {"Origin": self.origin, "Content-Type": "application/json", **headers}
        return self.raw("POST", self.prefix + path, json.dumps(value), own)

    def open_stream(self, path, value):
        connection = self.connect()
        own = {"Origin": self.origin, "Content-Type": "application/json"}
        connection.request("POST", self.prefix + path, json.dumps(value), own)
        response = connection.getresponse()
        return connection, response

    def events(self, path, value, seen=None):
        """All events of a stream; `seen` is called with each as it comes."""
        connection, response = self.open_stream(path, value)
        assert response.status == 200, response.read()
        assert response.headers["Content-Type"] == "text/event-stream"
        found = []
        for event in read_events(response):
            found.append(event)
            if seen:
                seen(*event)
        connection.close()
        return found

    def stop(self):
        """As Ctrl-C does; (exit code, standard output, what it said since)."""
        if self.process.poll() is None:
            self.process.send_signal(2)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


def read_events(response):
    name, data = "", ""
    for line in response:
        text = line.decode().rstrip("\n")
        if text.startswith("event: "):
            name = text[7:]
        elif text.startswith("data: "):
            data = text[6:]
        elif not text and name:
            yield name, json.loads(data)
            name = ""


def start(folder, profile, *options, env=None, exe=None):
    """Serves the profile with a stand-in for the executable that makes the page."""
    exe = exe or stand_in(folder)
    command = [sys.executable, "-I", "-S", "-B", DOOR, "serve", "--exe", exe]
    command += ["--no-browser", *options, "--profile", profile]
    return Serving(command, folder, env)


def in_thread(function, *arguments):
    thread = threading.Thread(target=function, args=arguments, daemon=True)
    thread.start()
    return thread


def files_below(folder):
    return [p for p in Path(folder).rglob("*") if p.is_file()]
