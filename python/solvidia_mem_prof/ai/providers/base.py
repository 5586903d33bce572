"""What a provider is: how a question is put, and how its answer is read.

A provider's key from the environment goes only to the base URL that the
environment (or the provider) names, never to one that a request names.
"""

import os
from typing import Any, Callable, Dict, Iterator, NamedTuple, Tuple

from ..errors import Refused
from ..prompt import Prompt
from ..secret import Secret
from ..transport import Request, Response, check_url

MODEL_LIMIT = 200  # characters of a model's name


class ProviderError(Exception):
    """What the provider said; or why nothing was to be understood."""


class Settings(NamedTuple):
    base_url: str  # without a slash at its end
    model: str
    key: Secret


class Provider(NamedTuple):
    id: str
    name: str
    base_url: str  # "": has none of its own
    models: Tuple[str, ...]  # suggestions; any other may be asked for
    key_names: Tuple[str, ...]  # environment; the first that is set
    base_names: Tuple[str, ...]
    model_names: Tuple[str, ...]
    key_needed: bool
    request: Callable[[Settings, Prompt], Request]
    read: Callable[[Response], Iterator[str]]  # raises ProviderError

    def own_key(self) -> Secret:
        return Secret(_first(self.key_names))

    def own_base(self) -> str:
        url = _first(self.base_names) or self.base_url
        return url.rstrip("/") if "://" in url or not url else "http://" + url

    def own_model(self) -> str:
        return _first(self.model_names) or (self.models[0] if self.models else "")

    def configured(self) -> bool:
        return bool(self.own_base()) and (bool(self.own_key()) or not self.key_needed)

    def public(self) -> Dict[str, Any]:
        """What a page may know: no key, only whether there is one."""
        return {
            "id": self.id,
            "name": self.name,
            "configured": self.configured(),
            "key_needed": self.key_needed,
            "key_names": list(self.key_names),
            "base_url": self.own_base(),
            "models": list(self.models),
            "default_model": self.own_model(),
        }

    def base(self, base_url: Any) -> str:
        """The address that a request names, else the provider's own."""
        return _text(base_url, "base_url").rstrip("/") or self.own_base()

    def settings(self, model: Any, base_url: Any, key: Any) -> Settings:
        """From a request's fields; what is absent comes from the environment."""
        base = self.base(base_url)
        if not base:
            raise Refused(f"{self.name} needs a base URL")
        check_url(base)
        secret = Secret(_text(key, "key"))
        if not secret and base == self.own_base():
            secret = self.own_key()
        name = _text(model, "model") or self.own_model()
        if not name or len(name) > MODEL_LIMIT or not name.isprintable():
            raise Refused(f"{self.name} needs the name of a model")
        if self.key_needed and not secret:
            raise Refused(_no_key(self, base))
        if not secret.fits_a_header():
            raise Refused("the key holds characters that no key has")
        return Settings(base, name, secret)


def _no_key(provider: Provider, base: str) -> str:
    names = " or ".join(provider.key_names)
    if base != provider.own_base():
        return f"type in the key: {names} goes only to {provider.name}'s own address"
    return f"no key: set {names} where this program is started, or type one in"


def _first(names: Tuple[str, ...]) -> str:
    return next((v for v in (os.environ.get(n, "").strip() for n in names) if v), "")


def _text(value: Any, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > 8192:
        raise Refused(f"{name} is no text")
    return value.strip()


def json_headers(**more: str) -> Dict[str, str]:
    headers = {"Content-Type": "application/json", "Accept": "*/*"}
    headers["User-Agent"] = "solvidia-mem-prof"
    headers.update({k.replace("_", "-"): v for k, v in more.items()})
    return headers


def cut_off() -> ProviderError:
    return ProviderError("the answer was cut off before its end")


def too_long() -> ProviderError:
    return ProviderError("the answer was cut at the model's limit of tokens")


def words_of_error(body: Any) -> str:
    """The message of an error in JSON, in any of the forms that are in use."""
    if isinstance(body, list) and body:
        body = body[0]
    if not isinstance(body, dict):
        return ""
    for name in ("error", "message", "Message", "detail"):
        value = body.get(name)
        if isinstance(value, dict):
            value = value.get("message")
        if isinstance(value, str) and value:
            return value
    return ""
