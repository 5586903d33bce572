"""Verification: the command with and without the change, in turns; the verdict.

Yields events (name, fields): "progress" {text, …} again and again, and one "result"
{verdict, text, speedup, interval, memory, same_output, detail, …} at the end.
"""

import subprocess
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from ..errors import Cancelled, Refused
from ..facts import Facts
from ..proposal import Proposal
from ..shape import as_number
from ..sources import decode, read_unchanged
from ..transport import Cancel
from .command import of_profile, words
from .compare import difference
from .copies import Copies
from .pairs import Pairs, figures, verdict
from .runs import Run, TooLong
from .trial import NotVerified, Trial, check_syntax, write_change

Event = Tuple[str, Dict[str, Any]]

NOT = "not verified: "
PAIRS_LIMIT = 100  # of those that may be asked for
LIMIT_S = 1800.0  # for one run, at most
LIMIT_LEAST_S = 30.0


class Plan(NamedTuple):
    """What a person may choose."""

    command: Any  # None: the profiled one
    test_command: Optional[List[str]]
    pairs: Optional[int]
    limit_s: Optional[float]


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


def _result(verified: bool, text: str, **more: Any) -> Event:
    return "result", {
        "verdict": "verified" if verified else "not verified",
        "text": text,
        "speedup": None,
        "detail": text[len(NOT) :] if text.startswith(NOT) else text,
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
        write_change(copies, proposal, encoding)
        trial = Trial(command, copies, proposal.path, cancel)
        check_syntax(trial, profile, proposal.path)
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
    yield _result(verified, text, same_output=True, **figures(pairs))


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
        yield _result(False, f"{NOT}{reason}", same_output=reason.same_output)
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
        yield _result(False, f"{NOT}{words_}", same_output=None)
