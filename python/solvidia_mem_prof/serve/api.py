"""What the page may ask for: one method an answer. docs/serving.md is the contract."""

import secrets
import threading
from collections import OrderedDict
from typing import Any, Callable, Dict, Generic, Iterator, List, NamedTuple, Tuple, TypeVar

from ..ai import evidence, prompt, proposal, providers
from ..ai.apply import Applier
from ..ai.ask import ask
from ..ai.errors import Refused
from ..ai.prompt import Prompt
from ..ai.proof.command import of_profile
from ..ai.proof.verify import plan, verify
from ..ai.providers.base import Provider, Settings
from ..ai.secret import Secret
from ..ai.transport import Cancel
from .jobs import Jobs
from .life import PING_S, Life
from .run import Run
from .store import NotYet, Store
from .streams import Event

Body = Dict[str, Any]
T = TypeVar("T")

KEPT = 200  # prompts and proposals; the oldest go
AVOID_MOST = 5  # earlier proposals that a prompt names


class Kept(Generic[T]):
    """The latest things by their id."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._lock = threading.Lock()
        self._items: "OrderedDict[str, T]" = OrderedDict()

    def put(self, name: str, item: T) -> None:
        with self._lock:
            self._items[name] = item
            while len(self._items) > KEPT:
                self._items.popitem(last=False)

    def get(self, name: object) -> T:
        with self._lock:
            if not isinstance(name, str) or name not in self._items:
                raise Refused(f"no such {self._what}: ask for it again")
            return self._items[name]


class Asked(NamedTuple):
    prompt: Prompt
    path: str
    source: str
    root: str


class Stream(NamedTuple):
    """An answer that comes in events."""

    events: Iterator[Event]
    cancel: Cancel


class Api:
    def __init__(self, store: Store, life: Life, jobs: Jobs, run: Run) -> None:
        self.store = store
        self.jobs = jobs
        self._life = life
        self._run = run
        self._prompts: Kept[Asked] = Kept("prompt")
        self._proposals: Kept[proposal.Proposal] = Kept("proposal")
        self._typed: Dict[Tuple[str, str], Secret] = {}  # by provider and address
        self._applier = Applier()
        self._writing = threading.Lock()
        self._measuring = threading.Lock()  # trials disturb each other's times

    # ---- answers at once

    def state(self, _: Body) -> Body:
        self._life.touch()
        try:
            version = self.store.snapshot().version
        except NotYet:
            version = 0
        return {"live": self._run.is_live, "running": self._is_running(), "version": version}

    def _is_running(self) -> bool:
        if self._run.is_followed:
            return not self._run.has_ended
        try:
            return self._run.is_live and self.store.says_running()
        except NotYet:
            return False

    def providers(self, _: Body) -> List[Body]:
        found = []
        for provider in providers.ALL:
            typed = (provider.id, provider.own_base()) in self._typed
            public = provider.public()
            found.append({**public, "configured": public["configured"] or typed})
        return found

    def ping(self, body: Body) -> Body:
        self._life.ping(_name(body, "page"))
        return {"every_s": PING_S}

    def bye(self, body: Body) -> Body:
        self._life.bye(_name(body, "page"))
        return {}

    def prompt(self, body: Body) -> Body:
        profile, facts = self.store.parsed()
        options = prompt.check_options(body.get("options"))
        place = evidence.locate(profile, facts, body)
        found = evidence.gather(profile, facts, place)
        root = profile.get("entrypoint_dir")
        root = root if isinstance(root, str) else ""
        made = prompt.make(found, root, options, self._avoided(options))
        name = secrets.token_hex(8)
        self._prompts.put(name, Asked(made, place.path, found.source, root))
        return {
            "id": name,
            "system": made.system,
            "prompt": made.text,
            "file": place.path,
            "function": place.function,
            "range": [place.first, place.last],
        }

    def _avoided(self, options: Body) -> List[str]:
        names = options.get("avoid") or []
        if not isinstance(names, list) or len(names) > AVOID_MOST:
            raise Refused(f"avoid is a list of at most {AVOID_MOST} proposals")
        return [self._proposals.get(name).diff for name in names]

    def cancel(self, body: Body) -> Body:
        return {"cancelled": self.jobs.cancel(_name(body, "id"))}

    def apply(self, body: Body) -> Body:
        _, facts = self.store.parsed()
        with self._writing:
            done = self._applier.apply(facts, self._proposals.get(body.get("proposal_id")))
        return {"applied": True, "file": done.path, "backup": done.backup}

    def undo(self, body: Body) -> Body:
        with self._writing:
            done = self._applier.undo(_name(body, "proposal_id"))
        return {"undone": True, "file": done.path}

    # ---- answers in events

    def propose(self, body: Body) -> Stream:
        asked = self._prompts.get(body.get("prompt_id"))
        provider = providers.find(body.get("provider"))
        settings = self._settings(provider, body)
        name = secrets.token_hex(8)
        cancel = self.jobs.begin([name, _name(body, "prompt_id")])

        def events() -> Iterator[Event]:
            yield "start", {"id": name}
            pieces: List[str] = []
            for piece in ask(provider, settings, asked.prompt, cancel):
                pieces.append(piece)
                yield "delta", {"text": piece}
            made = proposal.make("".join(pieces), asked.path, asked.source, asked.root)
            self._proposals.put(made.id, made)
            yield "proposal", {**made.public(), "command": self._command(made)}

        return Stream(events(), cancel)

    def _settings(self, provider: Provider, body: Body) -> Settings:
        """With the key that was typed in before, for the same address."""
        base = provider.base(body.get("base_url"))
        key = body.get("key") or self._typed.get((provider.id, base), Secret()).reveal()
        settings = provider.settings(body.get("model"), base, key)
        if body.get("key"):
            self._typed[provider.id, base] = settings.key
        return settings

    def _command(self, made: proposal.Proposal) -> List[str]:
        """What verify would run; empty where it can't run anything."""
        try:
            profile, _ = self.store.parsed()
            return of_profile(profile, made.path, None).argv
        except Refused:
            return []

    def verify(self, body: Body) -> Stream:
        profile, facts = self.store.parsed()
        chosen = self._proposals.get(body.get("proposal_id"))
        asked = plan(body)
        name = secrets.token_hex(8)
        cancel = self.jobs.begin([name, chosen.id])

        def events() -> Iterator[Event]:
            yield "start", {"id": name}
            if not self._measuring.acquire(blocking=False):
                yield "progress", {"text": "waiting for another verification"}
                while not self._measuring.acquire(timeout=0.2):
                    cancel.check()
            try:
                yield from verify(profile, facts, chosen, asked, cancel)
            finally:
                self._measuring.release()

        return Stream(events(), cancel)


def _name(body: Body, field: str) -> str:
    value = body.get(field, "")
    if not isinstance(value, str) or len(value) > 100:
        raise Refused(f"{field} is a short text")
    return value


Answer = Callable[[Api, Body], Any]

GETS: Dict[str, Answer] = {
    "api/state": Api.state,
    "api/providers": Api.providers,
    "api/ping": Api.ping,
}
POSTS: Dict[str, Answer] = {
    "api/prompt": Api.prompt,
    "api/propose": Api.propose,
    "api/cancel": Api.cancel,
    "api/verify": Api.verify,
    "api/apply": Api.apply,
    "api/undo": Api.undo,
    "api/bye": Api.bye,
}
