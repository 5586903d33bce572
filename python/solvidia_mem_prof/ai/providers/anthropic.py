"""Anthropic: the messages API."""

import json
from typing import Iterator

from ..events import as_object, server_sent, text_at
from ..prompt import Prompt
from ..transport import Request, Response
from .base import (
    Provider,
    ProviderError,
    Settings,
    cut_off,
    json_headers,
    too_long,
    words_of_error,
)

API_VERSION = "2023-06-01"
TOKENS_MOST = 8192  # of the answer; the API wants a number


def request(settings: Settings, prompt: Prompt) -> Request:
    body = {
        "model": settings.model,
        "max_tokens": TOKENS_MOST,
        "stream": True,
        "system": prompt.system,
        "messages": [{"role": "user", "content": prompt.text}],
    }
    headers = json_headers()
    headers["x-api-key"] = settings.key.reveal()
    headers["anthropic-version"] = API_VERSION
    url = settings.base_url + "/v1/messages"
    return Request(url, headers, json.dumps(body).encode())


def read(response: Response) -> Iterator[str]:
    for _, data in server_sent(response.lines()):
        value = as_object(data)
        kind = value.get("type")
        if kind == "error":
            raise ProviderError(words_of_error(value) or data[:500])
        if kind == "content_block_delta":
            text = text_at(value, "delta", "text")
            if text:
                yield text
        elif kind == "message_delta":
            if text_at(value, "delta", "stop_reason") == "max_tokens":
                raise too_long()
        elif kind == "message_stop":
            return
    raise cut_off()


ANTHROPIC = Provider(
    id="anthropic",
    name="Anthropic",
    base_url="https://api.anthropic.com",
    models=("claude-sonnet-4-5", "claude-opus-4-5", "claude-haiku-4-5"),
    key_names=("ANTHROPIC_API_KEY",),
    base_names=("ANTHROPIC_BASE_URL",),
    model_names=("ANTHROPIC_MODEL",),
    key_needed=True,
    request=request,
    read=read,
)
