"""Azure OpenAI: OpenAI's form below a deployment, which is what `model` names."""

import json
import os
import urllib.parse

from ..prompt import Prompt
from ..transport import Request
from . import openai
from .base import Provider, Settings, json_headers

API_VERSION = "2024-10-21"


def request(settings: Settings, prompt: Prompt) -> Request:
    version = os.environ.get("OPENAI_API_VERSION") or API_VERSION
    path = "/openai/deployments/{}/chat/completions?api-version={}".format(
        urllib.parse.quote(settings.model, safe=""),
        urllib.parse.quote(version, safe=""),
    )
    headers = json_headers()
    headers["api-key"] = settings.key.reveal()
    body = json.dumps(openai.body(settings, prompt)).encode()
    return Request(settings.base_url + path, headers, body)


AZURE = Provider(
    id="azure",
    name="Azure OpenAI",
    base_url="",
    models=(),
    key_names=("AZURE_OPENAI_API_KEY",),
    base_names=("AZURE_OPENAI_ENDPOINT",),
    model_names=("AZURE_OPENAI_DEPLOYMENT",),
    key_needed=True,
    request=request,
    read=openai.read,
)
