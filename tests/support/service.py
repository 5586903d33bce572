"""Servers under load: starts one, bare or profiled, asks it, stops it."""

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

PATIENCE_S = 60
ADDRESS = re.compile(r"127\.0\.0\.1:([1-9]\d*)")
OURS = re.compile(r"^solvidia-mem-prof: ", re.MULTILINE)


def command(name):
    """A command that is installed beside this interpreter."""
    return str(Path(sys.executable).with_name(name))


class Service:
    """A command in a directory of its own, with its output in files."""

    def __init__(self, argv, directory, exe=None, options=(), env=None):
        self.directory = Path(directory)
        self.profile = self.directory / "profile.json"
        if exe:
            ours = [exe, *options, "--json", "--outfile", str(self.profile)]
            argv = [*ours, *argv]
        self.out = self.directory / "out"
        self.err = self.directory / "err"
        variables = {**os.environ, **(env or {})}
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen(
                argv,
                cwd=self.directory,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Nothing is left behind, also where a test failed."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def text(self):
        return self.out.read_text() + self.err.read_text()

    def wait_for(self, look, what):
        """Asks again until it is so; returns what `look` found."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            found = look()
            if found:
                return found
            assert self.process.poll() is None, (what, self.text())
            time.sleep(0.05)
        raise AssertionError(f"{what} did not come: {self.text()}")

    def port(self):
        """The port that its log names last, once it answers."""

        def answering():
            ports = ADDRESS.findall(self.text())
            return ports and self.answers(int(ports[-1])) and int(ports[-1])

        return self.wait_for(answering, "its port")

    @staticmethod
    def answers(port):
        try:
            return fetch(port, "/pid")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def stop(self, number=signal.SIGTERM, group=False):
        """Returns its exit status: code, or -signal."""
        (os.killpg if group else os.kill)(self.process.pid, number)
        return self.process.wait(PATIENCE_S)


def fetch(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def load(port, paths, clients=4):
    """Asks for all of them; how often each (status, body) came. A request that is
    lost is an error here."""
    left, answers, lock = iter(list(paths)), Counter(), threading.Lock()
    problems = []

    def work():
        while True:
            with lock:
                path = next(left, None)
            if path is None:
                return
            try:
                answer = fetch(port, path)
            except (OSError, http.client.HTTPException) as error:
                problems.append(error)
                return
            with lock:
                answers[answer] += 1

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems, problems
    return answers
