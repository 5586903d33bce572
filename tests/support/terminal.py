"""A program on a pseudo-terminal, as the foreground job of a tiny shell."""

import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

PATIENCE_S = 30


class Terminal:
    """The user's side: types, reads, resizes, hangs up."""

    def __init__(self, argv, cwd, env):
        self.seen = b""
        self.master, slave = os.openpty()
        self.resize(24, 80)
        shell = [sys.executable, __file__, *argv]
        streams = {"stdin": slave, "stdout": slave, "stderr": slave}
        self.shell = subprocess.Popen(
            shell, cwd=cwd, env=env, start_new_session=True, **streams
        )
        os.close(slave)

    def resize(self, rows, columns):
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, size)

    def type(self, data):
        os.write(self.master, data)

    def read_some(self, seconds):
        """Reads what is there; False at the end of the output."""
        if not select.select([self.master], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:  # EIO: nobody has the other side open any more
            return False
        self.seen += data
        return bool(data)

    def expect(self, pattern):
        """Waits until the output has it; what was seen until there is passed."""
        end = time.monotonic() + PATIENCE_S
        while not re.search(pattern, self.seen):
            assert time.monotonic() < end, (pattern, self.seen)
            assert self.read_some(0.1) or re.search(pattern, self.seen), self.seen

    def hang_up(self):
        os.close(self.master)
        self.master = -1

    def end(self):
        """Reads to the end."""
        end = time.monotonic() + PATIENCE_S
        while self.master >= 0 and self.read_some(0.1):
            if time.monotonic() > end:
                self.shell.kill()
                raise AssertionError(f"no end: {self.seen}")
        with contextlib.suppress(OSError):
            os.close(self.master)
        self.shell.wait()


def run_as_shell(argv):
    """In the session's leader: argv as a foreground job; a stopped job is
    reported and put back in the foreground, as `fg` does."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        os.execvp(argv[0], argv)
    with contextlib.suppress(OSError):
        os.setpgid(job, job)
    status = os.waitpid(job, os.WUNTRACED)[1]
    while os.WIFSTOPPED(status):
        attributes = termios.tcgetattr(0)
        os.tcsetpgrp(0, os.getpgrp())
        say(f"[stopped by {os.WSTOPSIG(status)}]")
        os.read(0, 100)
        termios.tcsetattr(0, termios.TCSADRAIN, attributes)
        os.tcsetpgrp(0, job)
        os.killpg(job, signal.SIGCONT)
        status = os.waitpid(job, os.WUNTRACED)[1]
    with contextlib.suppress(OSError):
        os.tcsetpgrp(0, os.getpgrp())
    say(f"[status {os.waitstatus_to_exitcode(status)}]")


def say(text):
    with contextlib.suppress(OSError):
        os.write(1, text.encode() + b"\n")


if __name__ == "__main__":
    run_as_shell(sys.argv[1:])
