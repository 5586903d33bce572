"""One trial under way: the program in its two copies, one run at a time."""

import os
import subprocess
import sys
from typing import Any, Dict, List, Optional

from ..errors import Refused
from ..proposal import Proposal
from ..shape import as_text, first_process
from ..transport import Cancel
from .command import Command
from .copies import Copies, environment
from .runs import Run, Runner, TooLong, last_line
from .watch import Watch


class NotVerified(Exception):
    """The reason, and whether the output was the same as far as is known."""

    def __init__(self, reason: str, same_output: Optional[bool] = None) -> None:
        super().__init__(reason)
        self.same_output = same_output


class Trial:
    """One verification under way, in its copies."""

    def __init__(self, command: Command, copies: Copies, path: str, cancel: Cancel) -> None:
        self.copies = copies
        self.path = path
        self.command = [copies.translate(word) for word in command.argv]
        self.status = command.exit_status
        self._runner = Runner(
            copies.box, copies.run_path(command.cwd), environment(copies), cancel
        )

    def run(self, side: str, command: List[str], limit_s: float, seed: int) -> Run:
        self.copies.turn(side)
        try:
            return self._runner.run(command, limit_s, seed)
        finally:
            self.copies.rest()

    def first_before(self, limit_s: float) -> Run:
        """Tells whether the program works in a copy at all."""
        try:
            run = self.run("before", self.command, limit_s, 1)
        except TooLong:
            raise NotVerified(
                f"the program does not end within {limit_s:.3g} s: name a command that does"
            ) from None
        if self.status is not None and run.exit != self.status:
            why = last_line(run.errors)
            told = f": {why}" if why else ""
            raise NotVerified(
                f"without the change, in a copy, the program ends with {run.exit} and "
                f"not with {self.status} as when it was profiled{told}"
            )
        return run

    def after(self, limit_s: float, seed: int) -> Run:
        try:
            return self.run("after", self.command, limit_s, seed)
        except TooLong:
            raise NotVerified(
                f"with the change the program does not end within {limit_s:.3g} s"
            ) from None

    def watched_after(self, limit_s: float) -> Run:
        """The first run with the change; the changed file must be used in it."""
        watch = Watch(self.copies.side_path("after", os.path.realpath(self.path)))
        try:
            run = self.after(limit_s, 1)
            if watch.opened() is False:
                raise NotVerified(
                    f"the command does not use {os.path.basename(self.path)} of the "
                    "copy: Python finds it elsewhere"
                )
            return run
        finally:
            watch.close()

    def tests(self, side: str, command: List[str], limit_s: float) -> None:
        told = "with" if side == "after" else "without"
        argv = [self.copies.translate(word) for word in command]
        try:
            run = self.run(side, argv, limit_s, 1)
        except TooLong:
            raise NotVerified(
                f"the test command does not end within {limit_s:.3g} s {told} the change"
            ) from None
        if run.exit != 0:
            lines = run.output.decode("utf-8", "replace").split("\n")
            text = [line.strip() for line in lines if line.strip()]
            last = last_line(run.errors) or (text[-1][:200] if text else "")
            raise NotVerified(
                f"the test command fails {told} the change (exit {run.exit}): {last}"
            )


def check_syntax(trial: Trial, profile: Dict[str, Any], path: str) -> None:
    """By the program's own interpreter, where it is here."""
    first = first_process(profile)
    interpreter = as_text(first.get("executable"))
    if "ython" not in as_text(first.get("interpreter")) or not os.access(
        interpreter, os.X_OK
    ):
        interpreter = sys.executable
    code = "import sys; compile(open(sys.argv[1], 'rb').read(), 'file', 'exec')"
    target = trial.copies.side_path("after", os.path.realpath(path))
    done = subprocess.run(
        [interpreter, "-I", "-S", "-c", code, target],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    if done.returncode != 0:
        raise NotVerified(f"the changed file is no valid Python: {last_line(done.stderr)}")


def write_change(copies: Copies, proposal: Proposal, encoding: str) -> None:
    target = copies.side_path("after", os.path.realpath(proposal.path))
    if not os.path.isfile(target):
        raise Refused(f"{proposal.path} is in none of the folders that are copied")
    with open(target, "wb") as stream:
        stream.write(proposal.new.encode(encoding))
