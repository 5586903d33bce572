"""``solvidia-mem-prof suggest``: a proposal in the terminal, or its prompt alone."""

import argparse
import json
import re
import signal
import sys
from typing import Any, Dict, List, Optional, Tuple

from .._say import EXIT_USAGE, NAME, Parser, say
from . import evidence, prompt, proposal, providers
from .apply import Applier
from .ask import ask
from .errors import Cancelled, Refused
from .facts import Facts
from .prompt import GOALS, Prompt
from .proof.verify import plan, verify
from .providers.base import Provider, ProviderError, Settings
from .shape import as_dict, as_list, as_number
from .transport import Cancel

EXIT_NOT_VERIFIED = 1
EXIT_INTERRUPTED = 130
PLACE = re.compile(r"^(?P<file>.+?)(?::(?P<what>[^:/]+))?$")
RANGE = re.compile(r"^(\d+)(?:-(\d+))?$")


def _parse(words: List[str]) -> argparse.Namespace:
    parser = Parser(prog=f"{NAME} suggest", description=__doc__, allow_abbrev=False)
    parser.add_argument("profile", nargs="?", default="profile.json")
    parser.add_argument("place", nargs="?", help="FILE:LINE, FILE:A-B or FILE:FUNCTION")
    parser.add_argument("--provider", choices=list(providers.BY_ID))
    parser.add_argument("--model")
    parser.add_argument("--base-url")
    parser.add_argument("--goal", choices=list(GOALS), default="time")
    parser.add_argument("--notes", default="")
    parser.add_argument("--test-command")
    parser.add_argument("--print-prompt", action="store_true")
    parser.add_argument("--verify", action="store_true")
    parser.add_argument("--apply", action="store_true")
    return parser.parse_args(words)


def _load(path: str) -> Tuple[Dict[str, Any], Facts]:
    try:
        with open(path, "rb") as stream:
            profile = json.load(stream)
    except OSError as error:
        raise Refused(f"profile {path}: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise Refused(f"profile {path}: no whole JSON") from None
    if not isinstance(profile, dict):
        raise Refused(f"profile {path}: none of ours")
    return profile, Facts(profile)


def _file(facts: Facts, name: str) -> str:
    """The path in the profile that ends as the name does; the program's first."""
    known = [f for f in facts.files if f.get("kind") == "source"]
    known.sort(key=lambda f: f.get("program") is not True)
    paths = [facts.path(f) for f in known]
    found = [p for p in paths if p == name or p.endswith("/" + name.lstrip("./"))]
    if not found:
        raise Refused(f"the profile knows no source file {name}")
    return found[0]


def _hottest(profile: Dict[str, Any]) -> Dict[str, Any]:
    """The line with the most time of its own."""
    best: Tuple[float, str, int] = (0.0, "", 0)
    for path, file in as_dict(profile.get("files")).items():
        for line in map(as_dict, as_list(as_dict(file).get("lines"))):
            names = ("cpu_python_s", "cpu_native_s", "cpu_system_s", "wait_s")
            time = sum(as_number(line.get(n)) for n in names)
            time -= as_number(as_dict(line.get("wait")).get("cpu"))
            best = max(best, (time, path, int(as_number(line.get("lineno")))))
    if not best[2]:
        raise Refused("no line of the profile has any time: name one, FILE:LINE")
    return {"file": best[1], "line": best[2]}


def _request(profile: Dict[str, Any], facts: Facts, place: Optional[str]) -> Dict[str, Any]:
    if place is None:
        return _hottest(profile)
    match = PLACE.match(place)
    file, what = (match.group("file"), match.group("what")) if match else (place, None)
    if not what:
        raise Refused(f"{place}: name a line, FILE:LINE")
    span = RANGE.match(what)
    path = _file(facts, file)
    if not span:
        return {"file": path, "function": what}
    first = int(span.group(1))
    return {"file": path, "range": [first, int(span.group(2) or first)]}


def _provider(asked: argparse.Namespace) -> Tuple[Provider, Settings]:
    if asked.provider:
        chosen = providers.find(asked.provider)
    elif asked.base_url:
        chosen = providers.BY_ID["compatible"]
    else:
        ready = [p for p in providers.ALL if p.key_needed and p.configured()]
        ready += [p for p in providers.ALL if not p.key_needed and p.own_key()]
        if not ready:
            raise Refused(
                "no provider's key is in the environment (OPENAI_API_KEY, …): name a "
                "local one with --provider ollama, or use --print-prompt"
            )
        chosen = ready[0]
    return chosen, chosen.settings(asked.model, asked.base_url, None)


def _ask(asked: argparse.Namespace, made: Prompt, cancel: Cancel) -> str:
    provider, settings = _provider(asked)
    size = len(made.system) + len(made.text)
    say(f"asking {provider.name} ({settings.model}); sending {size} characters")
    pieces = []
    shown = sys.stdout.isatty()
    for piece in ask(provider, settings, made, cancel):
        pieces.append(piece)
        if shown:
            sys.stdout.write(_printable(piece))
            sys.stdout.flush()
    if shown:
        sys.stdout.write("\n")
    return "".join(pieces)


def _printable(text: str) -> str:
    """Without control characters: an answer must not steer the terminal."""
    return "".join(c if c.isprintable() or c in "\n\t" else "?" for c in text)


def _print(made: proposal.Proposal) -> None:
    parts = [made.diagnosis]
    parts.append(made.diff.rstrip("\n") if made.diff else "No change is proposed.")
    parts += [f"Expected: {made.expected}"] if made.expected else []
    parts += [f"Risk: {made.risk}"] if made.risk else []
    print(_printable("\n\n".join(p for p in parts if p)))


def _verify(
    profile: Dict[str, Any],
    facts: Facts,
    made: proposal.Proposal,
    asked: argparse.Namespace,
    cancel: Cancel,
) -> bool:
    chosen = plan({"test_command": asked.test_command})
    verified = False
    for name, fields in verify(profile, facts, made, chosen, cancel):
        if name == "progress":
            say(fields["text"])
        else:
            verified = fields["verdict"] == "verified"
            print(_printable("\n" + fields["text"]))
    return verified


def _suggest(asked: argparse.Namespace, cancel: Cancel) -> int:
    profile, facts = _load(asked.profile)
    options = prompt.check_options({"goal": asked.goal, "notes": asked.notes})
    place = evidence.locate(profile, facts, _request(profile, facts, asked.place))
    found = evidence.gather(profile, facts, place)
    root = str(profile.get("entrypoint_dir") or "")
    made = prompt.make(found, root, options, [])
    if asked.print_prompt:
        sys.stdout.write(f"{made.system}\n{made.text}")
        return 0
    answer = _ask(asked, made, cancel)
    proposed = proposal.make(answer, place.path, found.source, root)
    _print(proposed)
    if asked.verify and proposed.diff:
        if not _verify(profile, facts, proposed, asked, cancel):
            return EXIT_NOT_VERIFIED
    if asked.apply and proposed.diff:
        done = Applier().apply(facts, proposed)
        say(f"applied to {done.path}; the old text is in {done.backup}")
    return 0


def main(words: Optional[List[str]] = None) -> int:
    asked = _parse(sys.argv[1:] if words is None else words)
    cancel = Cancel()
    signal.signal(signal.SIGINT, lambda *_: cancel.set())
    try:
        return _suggest(asked, cancel)
    except (Refused, ProviderError) as error:
        say(str(error))
        return EXIT_USAGE
    except Cancelled:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0


if __name__ == "__main__":
    sys.exit(main())
