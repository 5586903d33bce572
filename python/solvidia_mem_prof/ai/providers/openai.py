"""OpenAI, and every server that speaks as it does: chat completions."""

import json
from typing import Any, Dict, Iterator

from ..events import as_object, dig, server_sent, text_at
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


def body(settings: Settings, prompt: Prompt) -> Dict[str, Any]:
    return {
        "model": settings.model,
        "stream": True,
        "messages": [
            {"role": "system", "content": prompt.system},
            {"role": "user", "content": prompt.text},
        ],
    }


def request(settings: Settings, prompt: Prompt) -> Request:
    headers = json_headers()
    if settings.key:
        headers["Authorization"] = "Bearer " + settings.key.reveal()
    return Request(
        settings.base_url + "/chat/completions",
        headers,
        json.dumps(body(settings, prompt)).encode(),
    )


def _whole(response: Response) -> str:
    """The text of an answer from a server that does not stream."""
    value = as_object(b"".join(response.chunks()).decode("utf-8", "replace"))
    if value.get("error"):
        raise ProviderError(words_of_error(value) or "it answered with an error")
    if dig(value, "choices", 0, "finish_reason") == "length":
        raise too_long()
    text = text_at(value, "choices", 0, "message", "content")
    if not text:
        raise ProviderError("it answered without text")
    return text


def read(response: Response) -> Iterator[str]:
    if response.content_type.startswith("application/json"):
        yield _whole(response)
        return
    ended = False
    for _, data in server_sent(response.lines()):
        if data.strip() == "[DONE]":
            return
        value = as_object(data)
        if value.get("error"):
            raise ProviderError(words_of_error(value) or data[:500])
        text = text_at(value, "choices", 0, "delta", "content")
        if text:
            yield text
        reason = dig(value, "choices", 0, "finish_reason")
        if reason == "length":
            raise too_long()
        ended = ended or bool(reason)
    if not ended:
        raise cut_off()


OPENAI = Provider(
    id="openai",
    name="OpenAI",
    base_url="https://api.openai.com/v1",
    models=("gpt-5.1", "gpt-5-mini", "gpt-4.1"),
    key_names=("OPENAI_API_KEY",),
    base_names=("OPENAI_BASE_URL", "OPENAI_API_BASE"),
    model_names=("OPENAI_MODEL",),
    key_needed=True,
    request=request,
    read=read,
)

COMPATIBLE = Provider(
    id="compatible",
    name="OpenAI-compatible server",
    base_url="",
    models=(),
    key_names=("SMP_AI_API_KEY",),
    base_names=("SMP_AI_BASE_URL",),
    model_names=("SMP_AI_MODEL",),
    key_needed=False,
    request=request,
    read=read,
)
