"""A question to a provider: sends the prompt, yields the answer as it comes.

Every failure is one ProviderError whose text may be shown: the provider's own
words, without any key.
"""

import http.client
import json
import ssl
from typing import Iterator

from .errors import Cancelled, Refused
from .prompt import Prompt
from .providers.base import Provider, ProviderError, Settings, words_of_error
from .secret import scrub
from .transport import Cancel, Response, send

WORDS_LIMIT = 2000  # characters of a provider's error


def _status_words(response: Response) -> str:
    body = response.error_body()
    try:
        words = words_of_error(json.loads(body))
    except (ValueError, RecursionError):
        words = ""
    words = words or " ".join(body.split()) or "(no words)"
    later = f" (try again in {response.retry_after} s)" if response.retry_after else ""
    return f"{response.status}: {words[:WORDS_LIMIT]}{later}"


def _network_words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return "it did not answer in time"
    if isinstance(error, http.client.IncompleteRead):
        return "the answer was cut off before its end"
    if isinstance(error, OSError) and error.strerror:
        return f"can't be reached: {error.strerror}"
    return f"can't be understood: {type(error).__name__}"


def ask(
    provider: Provider, settings: Settings, prompt: Prompt, cancel: Cancel
) -> Iterator[str]:
    """Yields pieces of text. Raises ProviderError or Cancelled."""
    response = None
    try:
        response = send(provider.request(settings, prompt), cancel)
        if response.status != 200:
            raise ProviderError(_status_words(response))
        yield from provider.read(response)
        cancel.check()
    except Cancelled:
        raise
    except (OSError, http.client.HTTPException, ValueError) as error:
        cancel.check()
        raise _shown(provider, settings, _network_words(error)) from None
    except (ProviderError, Refused) as error:
        cancel.check()
        raise _shown(provider, settings, str(error)) from None
    finally:
        if response is not None:
            response.close()


def _shown(provider: Provider, settings: Settings, words: str) -> ProviderError:
    return ProviderError(scrub(f"{provider.name}: {words}", [settings.key]))
