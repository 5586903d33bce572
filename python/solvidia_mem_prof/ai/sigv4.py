"""Amazon's signature, version 4, over one request."""

import datetime
import hashlib
import hmac
import urllib.parse
from typing import Dict, NamedTuple, Optional

ALGORITHM = "AWS4-HMAC-SHA256"


class Credentials(NamedTuple):
    identity: str
    secret: str
    session: str  # "": none

    def __repr__(self) -> str:
        return "Credentials(***)"


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _canonical_query(query: str) -> str:
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
    quoted = [
        (urllib.parse.quote(k, safe="-_.~"), urllib.parse.quote(v, safe="-_.~"))
        for k, v in pairs
    ]
    return "&".join(f"{k}={v}" for k, v in sorted(quoted))


def _signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    key = _mac(("AWS4" + secret).encode(), day)
    for part in (region, service, "aws4_request"):
        key = _mac(key, part)
    return key


def sign(
    method: str,
    url: str,
    headers: Dict[str, str],
    body: bytes,
    credentials: Credentials,
    region: str,
    service: str,
    now: Optional[datetime.datetime] = None,
) -> Dict[str, str]:
    """The headers with those that the signature adds. `url` is quoted as it will be
    sent; its path is quoted once more for the signature, as all services but S3
    want it."""
    parts = urllib.parse.urlsplit(url)
    time = now or datetime.datetime.now(datetime.timezone.utc)
    stamp = time.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    signed = {"host": parts.netloc, "x-amz-date": stamp}
    if credentials.session:
        signed["x-amz-security-token"] = credentials.session
    names = ";".join(sorted(signed))
    canonical = "\n".join(
        [
            method,
            urllib.parse.quote(parts.path or "/", safe="/-_.~"),
            _canonical_query(parts.query),
            *(f"{name}:{signed[name].strip()}" for name in sorted(signed)),
            "",
            names,
            _hash(body),
        ]
    )
    text = "\n".join([ALGORITHM, stamp, scope, _hash(canonical.encode())])
    key = _signing_key(credentials.secret, stamp[:8], region, service)
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    out = dict(headers)
    out.update({k: v for k, v in signed.items() if k != "host"})
    out["Authorization"] = (
        f"{ALGORITHM} Credential={credentials.identity}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    return out
