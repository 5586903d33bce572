"""A program on a terminal of its own, with or without a display."""

import os
import pty
import select
import signal
import subprocess
import time

AWAY = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "CI", "DISPLAY", "WAYLAND_DISPLAY")


class Terminal:
    """Standard input, output and error are a pseudo terminal; `text` is its screen."""

    def __init__(self, command, cwd, env=None):
        self.text = ""
        self._master, slave = pty.openpty()
        variables = {k: v for k, v in os.environ.items() if k not in AWAY}
        self.process = subprocess.Popen(
            list(map(str, command)),
            cwd=cwd,
            env={**variables, "TERM": "xterm", "LC_ALL": "C.UTF-8", **(env or {})},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    def _take(self, seconds):
        """False at the end of the output."""
        if not select.select([self._master], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return False
        self.text += data.decode("utf-8", "replace")
        return bool(data)

    def wait_for(self, words, seconds=60):
        deadline = time.monotonic() + seconds
        while words not in self.text and time.monotonic() < deadline:
            if not self._take(0.1):
                break
        assert words in self.text, self.text
        return self.text

    def end(self, seconds=60):
        """Its exit code, when it ends by itself."""
        deadline = time.monotonic() + seconds
        while self._take(0.1) and time.monotonic() < deadline:
            if (
                self.process.poll() is not None
                and not select.select([self._master], [], [], 0)[0]
            ):
                break
        code = self.process.wait(10)
        os.close(self._master)
        return code

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
