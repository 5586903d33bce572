"""Amazon Bedrock: ConverseStream, signed with SigV4, or with a Bedrock API key."""

import json
import os
import re
import urllib.parse
from typing import Iterator, Tuple

from ..errors import Refused
from ..event_stream import messages
from ..events import as_object, text_at
from ..prompt import Prompt
from ..secret import Secret
from ..sigv4 import Credentials, sign
from ..transport import Request, Response, check_url
from .base import (
    Provider,
    ProviderError,
    Settings,
    cut_off,
    json_headers,
    too_long,
    words_of_error,
)

TOKENS_MOST = 8192
REGION = "us-east-1"
HOST_REGION = re.compile(r"^bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\.")


def _region(base_url: str) -> str:
    match = HOST_REGION.match(check_url(base_url).hostname or "")
    if match:
        return match.group(1)
    names = ("AWS_REGION", "AWS_DEFAULT_REGION")
    return next((os.environ[n] for n in names if os.environ.get(n)), REGION)


def _credentials(key: Secret) -> Tuple[str, str, str]:
    """From "ID:SECRET" or "ID:SECRET:SESSION"; ("", API key, "") for a Bedrock key."""
    parts = key.reveal().split(":", 2)
    if len(parts) == 1:
        return "", parts[0], ""
    if not parts[0] or not parts[1]:
        raise Refused("the key is ACCESS_KEY_ID:SECRET_ACCESS_KEY[:SESSION_TOKEN]")
    return parts[0], parts[1], parts[2] if len(parts) > 2 else ""


def request(settings: Settings, prompt: Prompt) -> Request:
    body = json.dumps(
        {
            "system": [{"text": prompt.system}],
            "messages": [{"role": "user", "content": [{"text": prompt.text}]}],
            "inferenceConfig": {"maxTokens": TOKENS_MOST},
        }
    ).encode()
    model = urllib.parse.quote(settings.model, safe="")
    url = f"{settings.base_url}/model/{model}/converse-stream"
    headers = json_headers()
    identity, secret, session = _credentials(settings.key)
    if not identity:
        headers["Authorization"] = "Bearer " + secret
        return Request(url, headers, body)
    credentials = Credentials(identity, secret, session)
    region = _region(settings.base_url)
    return Request(
        url, sign("POST", url, headers, body, credentials, region, "bedrock"), body
    )


def read(response: Response) -> Iterator[str]:
    for headers, payload in messages(response.chunks()):
        value = as_object(payload.decode("utf-8", "replace") or "{}")
        if headers.get(":message-type") in ("exception", "error"):
            what = headers.get(":exception-type") or headers.get(":error-code", "")
            raise ProviderError(f"{what}: {words_of_error(value)}".strip(": "))
        kind = headers.get(":event-type")
        if kind == "contentBlockDelta":
            text = text_at(value, "delta", "text")
            if text:
                yield text
        elif kind == "messageStop":
            if value.get("stopReason") == "max_tokens":
                raise too_long()
            return
    raise cut_off()


class _Bedrock(Provider):
    """Its key has parts in several variables, its base URL holds the region."""

    def own_key(self) -> Secret:
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        identity, secret, session = (os.environ.get(n, "").strip() for n in names)
        if identity and secret:
            parts = [identity, secret] + ([session] if session else [])
            return Secret(":".join(parts))
        return Secret(os.environ.get("AWS_BEARER_TOKEN_BEDROCK", ""))

    def own_base(self) -> str:
        given = os.environ.get("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "").strip()
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        return (given or self.base_url.format(region or REGION)).rstrip("/")


BEDROCK = _Bedrock(
    id="bedrock",
    name="Amazon Bedrock",
    base_url="https://bedrock-runtime.{}.amazonaws.com",
    models=("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "amazon.nova-pro-v1:0"),
    key_names=("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_BEARER_TOKEN_BEDROCK"),
    base_names=("AWS_ENDPOINT_URL_BEDROCK_RUNTIME",),
    model_names=("BEDROCK_MODEL",),
    key_needed=True,
    request=request,
    read=read,
)
