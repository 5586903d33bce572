"""Amazon's event stream: binary messages with headers, checksums and a payload.

A message: total length, length of headers, CRC-32 of these eight bytes; headers;
payload; CRC-32 of all before. Numbers are big-endian.
"""

import struct
import zlib
from typing import Dict, Iterable, Iterator, Tuple

from .errors import Refused

PRELUDE = 12  # bytes
MESSAGE_LIMIT = 16 << 20
# Bytes of a header's value, by its type; -1: a length of two bytes comes first.
SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 6: -1, 7: -1, 8: 8, 9: 16}


def _damaged() -> Refused:
    return Refused("it sent a damaged event stream")


def _headers(data: bytes) -> Dict[str, str]:
    """Those that are text."""
    found: Dict[str, str] = {}
    at = 0
    try:
        while at < len(data):
            size = data[at]
            name = data[at + 1 : at + 1 + size].decode()
            at += 1 + size
            kind = data[at]
            length = SIZES[kind]
            at += 1
            if length < 0:
                (length,) = struct.unpack_from(">H", data, at)
                at += 2
            if kind == 7:
                found[name] = data[at : at + length].decode()
            at += length
    except (IndexError, KeyError, struct.error, UnicodeDecodeError):
        raise _damaged() from None
    return found


def _message(data: bytes, header_size: int) -> Tuple[Dict[str, str], bytes]:
    (checksum,) = struct.unpack_from(">I", data, len(data) - 4)
    if zlib.crc32(data[:-4]) != checksum or header_size > len(data) - PRELUDE - 4:
        raise _damaged()
    end = PRELUDE + header_size
    return _headers(data[PRELUDE:end]), data[end:-4]


def messages(chunks: Iterable[bytes]) -> Iterator[Tuple[Dict[str, str], bytes]]:
    """(headers, payload) of each whole message. Half a message at the end drops
    out; whether the last one was the end, the caller knows."""
    have = b""
    for chunk in chunks:
        have += chunk
        while len(have) >= PRELUDE:
            total, header_size, checksum = struct.unpack_from(">III", have)
            if zlib.crc32(have[:8]) != checksum or not PRELUDE + 4 <= total < MESSAGE_LIMIT:
                raise _damaged()
            if len(have) < total:
                break
            yield _message(have[:total], header_size)
            have = have[total:]
