"""One run of a command: no shell, no input, a limit of time, its output in files."""

import json
import os
import signal
import subprocess
import sys
import time
from typing import Dict, List, NamedTuple, Optional

from ..errors import Refused
from ..transport import Cancel

MEASURE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "measure.py")
OUTPUT_LIMIT = 128 << 20  # bytes on standard output or standard error
POLL_S = 0.02


class Run(NamedTuple):
    exit: int  # code, or minus the signal
    wall_s: float
    cpu_s: float
    peak_bytes: int
    output: bytes
    errors: bytes


class TooLong(Exception):
    """It had not ended when its time was over."""


class Runner:
    """Runs a command again and again; files of one run lie in `folder`."""

    def __init__(self, folder: str, cwd: str, env: Dict[str, str], cancel: Cancel) -> None:
        self._folder = folder
        self._cwd = cwd
        self._env = env
        self._cancel = cancel

    def _file(self, name: str) -> str:
        return os.path.join(self._folder, name)

    def run(self, command: List[str], limit_s: float, seed: int) -> Run:
        """Raises TooLong, Cancelled, or Refused where it can't be started."""
        result = self._file("result")
        if os.path.exists(result):
            os.unlink(result)
        env = {"PYTHONHASHSEED": str(seed), **self._env}
        with open(self._file("out"), "wb") as out, open(self._file("err"), "wb") as err:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-B", MEASURE, result, *command],
                cwd=self._cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
            try:
                self._wait(process, limit_s)
            finally:
                _end_group(process)
        return self._read(result, command)

    def _wait(self, process: "subprocess.Popen[bytes]", limit_s: float) -> None:
        deadline = time.monotonic() + limit_s
        while True:
            if _has_ended(process.pid):
                return
            time.sleep(POLL_S)
            self._cancel.check()
            if time.monotonic() > deadline:
                raise TooLong()
            if max(os.path.getsize(self._file(n)) for n in ("out", "err")) > OUTPUT_LIMIT:
                raise Refused(f"it writes more than {OUTPUT_LIMIT >> 20} MiB of output")

    def _read(self, path: str, command: List[str]) -> Run:
        try:
            with open(path) as stream:
                result = json.load(stream)
        except (OSError, ValueError):
            raise Refused("the run was killed from outside") from None
        if "error" in result:
            raise Refused(f"can't run {command[0]}: {result['error']}")
        texts: List[bytes] = []
        for name in ("out", "err"):
            with open(self._file(name), "rb") as stream:
                texts.append(stream.read(OUTPUT_LIMIT))
        return Run(
            result["exit"], result["wall_s"], result["cpu_s"], result["peak_bytes"], *texts
        )


def _has_ended(pid: int) -> bool:
    """Without reaping it: its number, which names the group, stays its own."""
    flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, pid, flags) is not None


def _end_group(process: "subprocess.Popen[bytes]") -> None:
    """Ends what is left of the run, children in the background too."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    process.wait()


def last_line(errors: bytes) -> Optional[str]:
    """The last line of standard error: of a traceback, the exception."""
    lines = [
        line for line in errors.decode("utf-8", "replace").splitlines() if line.strip()
    ]
    return lines[-1].strip()[:200] if lines else None
