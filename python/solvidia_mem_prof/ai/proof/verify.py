"""Verification: the command with and without the change, in turns; the verdict.

Yields events (name, fields): "progress" {text, …} again and again, and one "result"
{verdict, text, speedup, interval, memory, same_output, detail, …} at the end.
"""

import os
import subprocess
import sys
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from ..errors import Cancelled, Refused
from ..facts import Facts
from ..proposal import Proposal
from ..shape import as_number, as_text, first_process
from ..sources import decode, read_unchanged
from ..transport import Cancel
from .command import Command, of_profile, words
from .compare import difference
from .copies import Copies, environment
from .ratio import Ratio, median, paired
from .runs import Run, Runner, TooLong, last_line
from .watch import Watch

Event = Tuple[str, Dict[str, Any]]

PAIRS_LEAST = 3
PAIRS_MOST = 12
PAIRS_LIMIT = 100  # of those that may be asked for
BUDGET_S = 90.0  # of pairs, after the least
GOOD_WIDTH = 0.03  # of the interval: enough pairs
CLEAR = 1.3  # a ratio whose lower end is above this needs no more than
CLEAR_WIDTH = 0.1
WARM_UP_BELOW_S = 10.0  # a first pair faster than this is not counted
FASTER = 1.02  # below this it is not called faster
SMALLER = 1.05  # peak memory: below this it is not called smaller
LIMIT_S = 1800.0  # for one run, at most
LIMIT_LEAST_S = 30.0


class Plan(NamedTuple):
    """What a person may choose."""

    command: Any  # None: the profiled one
    test_command: Optional[List[str]]
    pairs: Optional[int]
    limit_s: Optional[float]


class NotVerified(Exception):
    """The reason, and whether the output was the same as far as is known."""

    def __init__(self, reason: str, same_output: Optional[bool] = None) -> None:
        super().__init__(reason)
        self.same_output = same_output


class Pairs:
    """Runs of both sides, pair by pair."""

    def __init__(self) -> None:
        self.before: List[Run] = []
        self.after: List[Run] = []

    def counted(self) -> Tuple[List[Run], List[Run]]:
        first = self.before[0].wall_s + self.after[0].wall_s
        skip = 1 if first < WARM_UP_BELOW_S and len(self.before) > 1 else 0
        return self.before[skip:], self.after[skip:]

    def time(self) -> Ratio:
        before, after = self.counted()
        return paired([r.wall_s for r in before], [r.wall_s for r in after])

    def cpu(self) -> Ratio:
        before, after = self.counted()
        return paired([r.cpu_s for r in before], [r.cpu_s for r in after])

    def memory(self) -> Ratio:
        before, after = self.counted()
        return paired([r.peak_bytes for r in before], [r.peak_bytes for r in after])

    def spent(self) -> float:
        return sum(r.wall_s for r in self.before + self.after)

    def enough(self, asked: Optional[int]) -> bool:
        counted = len(self.counted()[0])
        if asked is not None:
            return counted >= asked
        if counted < PAIRS_LEAST:
            return False
        if counted >= PAIRS_MOST or self.spent() > BUDGET_S:
            return True
        time = self.time()
        return time.width < (CLEAR_WIDTH if time.low > CLEAR else GOOD_WIDTH)


def plan(request: Dict[str, Any]) -> Plan:
    """From a request {command?, test_command?, runs?, timeout_s?}."""
    tests, runs, limit = (request.get(k) for k in ("test_command", "runs", "timeout_s"))
    if runs is not None and (not isinstance(runs, int) or not 1 <= runs <= PAIRS_LIMIT):
        raise Refused(f"runs is a whole number from 1 to {PAIRS_LIMIT}")
    good = isinstance(limit, (int, float)) and 0 < limit <= 24 * 3600
    if limit is not None and not good:
        raise Refused("timeout_s is a number of seconds, at most a day")
    return Plan(
        request.get("command"),
        words(tests, "test_command") if tests else None,
        runs,
        float(limit) if limit is not None else None,
    )


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


def _check_syntax(trial: Trial, profile: Dict[str, Any], path: str) -> None:
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


def _write_change(copies: Copies, proposal: Proposal, encoding: str) -> None:
    target = copies.side_path("after", os.path.realpath(proposal.path))
    if not os.path.isfile(target):
        raise Refused(f"{proposal.path} is in none of the folders that are copied")
    with open(target, "wb") as stream:
        stream.write(proposal.new.encode(encoding))


def _progress(text: str, **more: Any) -> Event:
    return "progress", {"text": text, **more}


def _check_same(pairs: Pairs, copies: Copies) -> None:
    found = difference(pairs.before[-1], pairs.after[-1], copies)
    if found is None:
        return
    first = pairs.before[0]
    if any(difference(first, other, copies) for other in pairs.before[1:]):
        raise NotVerified(
            "the program's output differs from run to run without the change too, so "
            "it can't be compared"
        )
    raise NotVerified(found, same_output=False)


def _run_pairs(
    trial: Trial, pairs: Pairs, first_limit: float, asked: Optional[Plan]
) -> Iterator[Event]:
    yield _progress("running without the change")
    pairs.before.append(trial.first_before(first_limit))
    limit = max(LIMIT_LEAST_S, 5 * pairs.before[0].wall_s)
    yield _progress("running with the change", before_s=pairs.before[0].wall_s)
    pairs.after.append(trial.watched_after(limit))
    count = asked.pairs if asked else None
    if difference(pairs.before[0], pairs.after[0], trial.copies):
        # Is it the change? One more run without it tells.
        pairs.before.append(trial.run("before", trial.command, limit, 2))
        pairs.before[0], pairs.before[1] = pairs.before[1], pairs.before[0]
        _check_same(pairs, trial.copies)
    while not pairs.enough(count):
        yield from _one_pair(trial, pairs, limit)


def _one_pair(trial: Trial, pairs: Pairs, limit: float) -> Iterator[Event]:
    """Sides take turns in going first, so that a drift cancels out."""
    seed = len(pairs.before) + 1
    runs: Dict[str, Run] = {}
    order = ("before", "after") if seed % 2 else ("after", "before")
    for side in order:
        if side == "after":
            runs[side] = trial.after(limit, seed)
        else:
            runs[side] = trial.run(side, trial.command, limit, seed)
    pairs.before.append(runs["before"])
    pairs.after.append(runs["after"])
    _check_same(pairs, trial.copies)
    ratio = pairs.time()
    yield _progress(
        f"pair {len(pairs.before)}: {ratio.value:.2f}x",
        before_s=runs["before"].wall_s,
        after_s=runs["after"].wall_s,
    )


def _interval(ratio: Ratio) -> Optional[List[float]]:
    return [ratio.low, ratio.high] if ratio.low > 0 else None


def _times(value: float) -> str:
    return (
        f"{value:.0f}x"
        if value >= 20
        else f"{value:.1f}x"
        if value >= 1.95
        else f"{value:.2f}x"
    )


def _figures(pairs: Pairs) -> Dict[str, Any]:
    before, after = pairs.counted()
    time, cpu, memory = pairs.time(), pairs.cpu(), pairs.memory()
    return {
        "speedup": time.value,
        "interval": _interval(time),
        "cpu_speedup": cpu.value,
        "cpu_interval": _interval(cpu),
        "before_s": median([r.wall_s for r in before]),
        "after_s": median([r.wall_s for r in after]),
        "runs": len(before),
        "memory": {
            "before_bytes": median([r.peak_bytes for r in before]),
            "after_bytes": median([r.peak_bytes for r in after]),
            "ratio": memory.value,
            "interval": _interval(memory),
        },
    }


def verdict(pairs: Pairs) -> Tuple[bool, str]:
    """(verified, what is shown). Less memory may cost some time, but less than it
    saves."""
    time, memory = pairs.time(), pairs.memory()
    range_ = f" (95 %: {_times(time.low)} to {_times(time.high)})" if time.low > 0 else ""
    faster = time.low > 1 and time.value >= FASTER
    smaller = memory.low > 1 and memory.value >= SMALLER
    slower = time.high < 1 and time.value <= 1 / FASTER
    lighter = f"{_times(memory.value)} less peak memory"
    if faster:
        more = f", {lighter}" if smaller else ""
        return True, f"verified {_times(time.value)} faster, same output{range_}{more}"
    loss = f"{_times(1 / time.value)} slower"
    if smaller and not (slower and memory.value * time.value < 1):
        return True, f"verified {lighter}{', ' + loss if slower else ''}, same output"
    if slower:
        return False, f"not verified: {loss}, same output"
    return (
        False,
        f"not verified: no clear difference, {time.value:.2f}x{range_}, same output",
    )


def _result(verified: bool, text: str, **more: Any) -> Event:
    return "result", {
        "verdict": "verified" if verified else "not verified",
        "text": text,
        "speedup": None,
        "detail": text,
        **more,
    }


def _trial(
    profile: Dict[str, Any], proposal: Proposal, encoding: str, asked: Plan, cancel: Cancel
) -> Iterator[Event]:
    command = of_profile(profile, proposal.path, asked.command)
    usual = 10 * as_number(profile.get("elapsed_time_sec"))
    limit = asked.limit_s or min(LIMIT_S, max(60.0, usual))
    yield _progress("copying the program", command=command.argv)
    with Copies(command.roots) as copies:
        _write_change(copies, proposal, encoding)
        trial = Trial(command, copies, proposal.path, cancel)
        _check_syntax(trial, profile, proposal.path)
        if asked.test_command:
            yield _progress("running the tests without the change")
            trial.tests("before", asked.test_command, limit)
        pairs = Pairs()
        yield from _run_pairs(trial, pairs, limit, asked)
        if asked.test_command:
            yield _progress("running the tests with the change")
            trial.tests("after", asked.test_command, limit)
    verified, text = verdict(pairs)
    if verified and asked.test_command:
        text += ", tests pass"
    yield _result(verified, text, same_output=True, **_figures(pairs))


def verify(
    profile: Dict[str, Any], facts: Facts, proposal: Proposal, asked: Plan, cancel: Cancel
) -> Iterator[Event]:
    """Raises Cancelled; every other failure is a result that says why."""
    try:
        if proposal.new == proposal.old:
            raise Refused("the proposal changes nothing")
        text, encoding = decode(read_unchanged(facts, proposal.path))
        if text != proposal.old:
            raise Refused(
                f"{proposal.path} has changed since the profile: profile it again"
            )
        yield from _trial(profile, proposal, encoding, asked, cancel)
    except Cancelled:
        raise
    except NotVerified as reason:
        yield _result(False, f"not verified: {reason}", same_output=reason.same_output)
    except (
        Refused,
        TooLong,
        OSError,
        UnicodeEncodeError,
        subprocess.TimeoutExpired,
    ) as error:
        words_ = str(error) if isinstance(error, Refused) else "a run failed"
        if isinstance(error, OSError) and error.strerror:
            words_ = error.strerror
        yield _result(False, f"not verified: {words_}", same_output=None)
