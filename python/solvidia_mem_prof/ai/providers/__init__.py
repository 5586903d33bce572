"""The providers: one file each, one row here."""

from typing import Dict, List

from ..errors import Refused
from .anthropic import ANTHROPIC
from .azure import AZURE
from .base import Provider
from .bedrock import BEDROCK
from .gemini import GEMINI
from .ollama import OLLAMA
from .openai import COMPATIBLE, OPENAI

ALL: List[Provider] = [OPENAI, ANTHROPIC, GEMINI, AZURE, BEDROCK, OLLAMA, COMPATIBLE]
BY_ID: Dict[str, Provider] = {provider.id: provider for provider in ALL}


def find(name: object) -> Provider:
    if not isinstance(name, str) or name not in BY_ID:
        raise Refused("provider is one of " + ", ".join(BY_ID))
    return BY_ID[name]
