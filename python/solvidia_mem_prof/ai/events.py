"""Server-sent events and JSON, as the providers stream them."""

import json
from typing import Any, Dict, Iterable, Iterator, List, Tuple

from .errors import Refused


def server_sent(lines: Iterable[bytes]) -> Iterator[Tuple[str, str]]:
    """(event, data) of a text/event-stream; comments and other fields drop out."""
    event = ""
    data: List[str] = []
    for raw in lines:
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if not line:
            if data:
                yield event, "\n".join(data)
            event, data = "", []
        elif line.startswith("data:"):
            data.append(line[5:].lstrip(" "))
        elif line.startswith("event:"):
            event = line[6:].strip()
    if data:
        yield event, "\n".join(data)


def as_object(text: str) -> Dict[str, Any]:
    """A JSON object; Refused where it is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused(f"it sent what is no JSON: {text[:120]!r}") from None
    if not isinstance(value, dict):
        raise Refused(f"it sent JSON of another form: {text[:120]!r}")
    return value


def dig(value: Any, *path: Any) -> Any:
    """value[a][b]...; None where something of it is not there."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def text_at(value: Any, *path: Any) -> str:
    found = dig(value, *path)
    return found if isinstance(found, str) else ""
