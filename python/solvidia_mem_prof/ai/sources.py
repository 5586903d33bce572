"""The text of a program's file, as it was when it was profiled."""

import hashlib
import io
import os
import re
import tokenize
from typing import Any, Dict, List, Optional, Tuple

from .errors import Refused
from .facts import Facts

SOURCE_LIMIT = 8 << 20  # bytes of a source file


def lines_of(text: str) -> List[str]:
    """Lines as Python counts them (str.splitlines ends them at form feeds too)."""
    lines = re.split(r"\r\n|\n|\r", text)
    return lines[:-1] if lines[-1] == "" else lines


def read_source(profile: Dict[str, Any], facts: Facts, path: str) -> str:
    """The source that the profile carries; else the file, where it is the same."""
    file = facts.file(path)
    if file is None:
        raise Refused(f"the profile knows no source file {path}")
    if isinstance(file.get("source"), str):
        return str(file["source"])
    return decode(read_unchanged(facts, path))[0]


def profiled_hash(facts: Facts, path: str) -> Optional[str]:
    """SHA-256 of the file when it was profiled, or None where not known."""
    file = facts.file(path)
    known = file.get("hash") if file else None
    return known if isinstance(known, str) and known else None


def read_unchanged(facts: Facts, path: str) -> bytes:
    """The file's bytes; Refused where it is not as it was when profiled."""
    try:
        if not os.path.isfile(path):
            raise Refused(f"{path}: no such file on this machine")
        with open(path, "rb") as stream:
            data = stream.read(SOURCE_LIMIT + 1)
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from None
    if len(data) > SOURCE_LIMIT:
        raise Refused(f"{path}: too large for a source file")
    known = profiled_hash(facts, path)
    if known is None:
        raise Refused(f"the profile does not tell what {path} looked like")
    if hashlib.sha256(data).hexdigest() != known:
        raise Refused(f"{path} has changed since the profile: profile it again")
    return data


def decode(data: bytes) -> Tuple[str, str]:
    """The text with its own line ends, and its encoding, by Python's rules."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding), encoding
    except (SyntaxError, UnicodeDecodeError, LookupError):
        raise Refused("the file's text does not fit its declared encoding") from None
