"""Ollama: a local server, JSON lines. Called only when a proposal is asked for."""

import json
import urllib.parse
from typing import Iterator

from ..events import as_object, text_at
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

PORT = 11434


def request(settings: Settings, prompt: Prompt) -> Request:
    body = {
        "model": settings.model,
        "stream": True,
        "messages": [
            {"role": "system", "content": prompt.system},
            {"role": "user", "content": prompt.text},
        ],
    }
    headers = json_headers()
    if settings.key:
        headers["Authorization"] = "Bearer " + settings.key.reveal()
    return Request(settings.base_url + "/api/chat", headers, json.dumps(body).encode())


def read(response: Response) -> Iterator[str]:
    for line in response.lines():
        if not line.strip():
            continue
        value = as_object(line.decode("utf-8", "replace"))
        if value.get("error"):
            raise ProviderError(words_of_error(value) or "it failed")
        text = text_at(value, "message", "content")
        if text:
            yield text
        if value.get("done") is True:
            if value.get("done_reason") == "length":
                raise too_long()
            return
    raise cut_off()


class _Ollama(Provider):
    """OLLAMA_HOST may be a host alone, or one with a port."""

    def own_base(self) -> str:
        base = super().own_base()
        parts = urllib.parse.urlsplit(base)
        return base if parts.netloc.rpartition(":")[2].isdigit() else f"{base}:{PORT}"


OLLAMA = _Ollama(
    id="ollama",
    name="Ollama (local)",
    base_url="http://localhost:11434",
    models=("qwen2.5-coder", "llama3.1", "deepseek-coder-v2"),
    key_names=("OLLAMA_API_KEY",),
    base_names=("OLLAMA_HOST",),
    model_names=("OLLAMA_MODEL",),
    key_needed=False,
    request=request,
    read=read,
)
