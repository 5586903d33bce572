"""Keys: held in memory, never printed, taken out of every text that leaves us."""

import os
from typing import Iterable

HIDDEN = "***"
SHORTEST = 8  # characters; shorter ones are no keys and would blank out words
# Variables that hold a provider's key.
VARIABLES = (
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "AZURE_OPENAI_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "OLLAMA_API_KEY",
    "SMP_AI_API_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_BEARER_TOKEN_BEDROCK",
)


class Secret:
    """A key. Only reveal() tells it; printing, formatting and pickling do not."""

    __slots__ = ("_value",)

    def __init__(self, value: str = "") -> None:
        self._value = value.strip()

    def reveal(self) -> str:
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return HIDDEN if self._value else "no key"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a key is not to be stored")

    def fits_a_header(self) -> bool:
        return self._value.isascii() and self._value.isprintable()


def scrub(text: str, secrets: Iterable[Secret] = ()) -> str:
    """The text without these keys and without any key of the environment."""
    values = [secret.reveal() for secret in secrets]
    values += [part for value in values for part in value.split(":")]
    values += [os.environ.get(name, "") for name in VARIABLES]
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= SHORTEST:
            text = text.replace(value, HIDDEN)
    return text
