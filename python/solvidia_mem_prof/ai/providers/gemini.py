"""Gemini: streamGenerateContent, with the key in a header, never in the URL."""

import json
import urllib.parse
from typing import Iterator

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


def request(settings: Settings, prompt: Prompt) -> Request:
    model = settings.model
    if model.startswith("models/"):
        model = model[len("models/") :]
    body = {
        "systemInstruction": {"parts": [{"text": prompt.system}]},
        "contents": [{"role": "user", "parts": [{"text": prompt.text}]}],
    }
    headers = json_headers()
    headers["x-goog-api-key"] = settings.key.reveal()
    path = f"/models/{urllib.parse.quote(model, safe='')}:streamGenerateContent?alt=sse"
    return Request(settings.base_url + path, headers, json.dumps(body).encode())


def read(response: Response) -> Iterator[str]:
    ended = False
    for _, data in server_sent(response.lines()):
        value = as_object(data)
        if value.get("error"):
            raise ProviderError(words_of_error(value) or data[:500])
        blocked = text_at(value, "promptFeedback", "blockReason")
        if blocked:
            raise ProviderError(f"it refused the prompt: {blocked}")
        for part in dig(value, "candidates", 0, "content", "parts") or []:
            if text_at(part, "text") and not dig(part, "thought"):
                yield text_at(part, "text")
        reason = text_at(value, "candidates", 0, "finishReason")
        if reason == "MAX_TOKENS":
            raise too_long()
        if reason not in ("", "STOP", "FINISH_REASON_UNSPECIFIED"):
            raise ProviderError(f"it stopped: {reason}")
        ended = ended or reason == "STOP"
    if not ended:
        raise cut_off()


GEMINI = Provider(
    id="gemini",
    name="Google Gemini",
    base_url="https://generativelanguage.googleapis.com/v1beta",
    models=("gemini-2.5-pro", "gemini-2.5-flash"),
    key_names=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    base_names=("GEMINI_BASE_URL",),
    model_names=("GEMINI_MODEL",),
    key_needed=True,
    request=request,
    read=read,
)
