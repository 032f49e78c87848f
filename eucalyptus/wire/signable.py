# SPDX-License-Identifier: BSD-2-Clause
"""Signed HTTP requests: what there is to sign, what a door accepts, and whether a secret signed it.

``signatures.parse`` reads a ``Signable`` into a ``Signed``, which names the access key; ``check``
decides with that key's secret. Pure: nothing is looked up here.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote, unquote_to_bytes

from eucalyptus.contracts.refusals import AUTH_FAILURE, MALFORMED, REQUEST_EXPIRED, Refused

EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
MOST_PARAMETERS = 2000
WEEK = 7 * 86400
"""Seconds that a request signed in advance may stay valid at most."""

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signable:
    """One HTTP request as it came.

    ``path`` and ``query`` are raw (percent-encoded, ``query`` without "?"). Header names are
    lower case, values latin-1 text of the raw bytes, one per header line. ``parameters`` are the
    decoded pairs that will be dispatched (query and form; signature version 2 signs these),
    ``body_sha256`` the hex digest of the whole body, "" while it still streams. ``port`` is the
    one we listen on. ``resources`` are the S3 resource paths this request can mean, as clients
    of signature version 2 may name them; by default the path.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, tuple[str, ...]]
    parameters: tuple[tuple[str, str], ...] = ()
    body_sha256: str = EMPTY_SHA256
    port: int = 0
    resources: tuple[str, ...] = ()

    def header(self, name: str) -> str:
        """The one value of a header, stripped; "" without it. Raises MALFORMED for two."""
        values = self.headers.get(name, ())
        if len(values) > 1:
            raise malformed(f"the header {name} came {len(values)} times")
        return values[0].strip() if values else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepts:
    """What one door accepts. ``service`` is its own name in a signature's scope.

    ``s3``: the S3 dialect (paths encoded once, payload digest claimed in a header). ``sha1``:
    HmacSHA1 in Query requests. ``bare_path``: clients may sign "/" for the service's path, and
    with version 4 the host without the port that they send.
    ``past``, ``future``: seconds by which a request's date may differ from now.
    """

    service: str
    s3: bool = False
    sha1: bool = True
    bare_path: bool = False
    past: float = 900.0
    future: float = 20.0


class Scheme(Protocol):
    """How one signature version turns a secret and a text into a signature."""

    def __call__(self, secret: str, text: bytes) -> str:
        """The signature as the wire writes it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A version 4 scope: the key derived for one day, region and service."""

    day: str
    region: str
    service: str

    def __str__(self) -> str:
        return f"{self.day}/{self.region}/{self.service}/aws4_request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A claim: this key signed this request. Nothing in it is proven before ``check``.

    ``texts`` are the strings that the client may have signed (one, but for known habits of
    version 2); ``others()`` are those to try when it was none of them. The request is valid from
    ``begins`` until ``ends`` (POSIX seconds).
    ``token`` is a session token or "". ``payload`` is the claimed x-amz-content-sha256 (S3), ""
    when the version does not sign one. ``presigned``: the signature is in the URL.
    """

    version: int
    key_id: str
    signature: str
    texts: tuple[bytes, ...]
    scheme: Scheme
    begins: float
    ends: float
    date: str = ""
    scope: Scope | None = None
    token: str = ""
    payload: str = ""
    presigned: bool = False
    others: Callable[[], tuple[bytes, ...]] = field(default=tuple, compare=False)

    @property
    def replay_key(self) -> bytes:
        """What identifies this very request, for services that must not do it twice."""
        said = f"{self.version}\n{self.key_id}\n{self.signature}"
        return hashlib.sha256(said.encode("utf-8", "replace")).digest()


def check(signed: Signed, secret: str, now: float) -> None:
    """Raises AUTH_FAILURE unless ``secret`` made the signature, REQUEST_EXPIRED outside its time.

    For an unknown key call it with any secret: the work, and so the time, is the same.
    """
    if not (_signs(signed, secret, signed.texts) or _signs(signed, secret, signed.others())):
        raise AUTH_FAILURE(reason="The signature does not match the request and the secret key.")
    if now < signed.begins:
        raise REQUEST_EXPIRED(reason="The request is dated in the future. Set your clock.")
    if now > signed.ends:
        raise REQUEST_EXPIRED(reason="The request has expired. Set your clock, or sign it anew.")


def _signs(signed: Signed, secret: str, texts: Iterable[bytes]) -> bool:
    given = signed.signature.encode("utf-8", "replace")
    good = False
    for text in texts:
        good |= hmac.compare_digest(signed.scheme(secret, text).encode(), given)
    return good


def malformed(reason: str) -> Refused:
    """The refusal of a request whose signature cannot be read."""
    return MALFORMED(reason=reason)


def denied(reason: str) -> Refused:
    """The refusal of a request that is not signed as it must be."""
    return AUTH_FAILURE(reason=f"The request is not signed as it must be: {reason}.")


def plain(text: str) -> str:
    """Decode a percent-encoded name or value; raises MALFORMED for escapes that are none."""
    if _BAD_ESCAPE.search(text):
        raise malformed("a parameter has a broken percent escape")
    try:
        return unquote_to_bytes(text.replace("+", " ").encode("latin-1")).decode("utf-8")
    except UnicodeError as wrong:
        raise malformed("a parameter is not UTF-8") from wrong


def pairs(*raw: str) -> tuple[tuple[str, str], ...]:
    """The decoded parameters of query strings and forms; each name once, or MALFORMED.

    The dispatcher must read these very pairs, so that what is signed is what is done.
    """
    pieces = [piece for text in raw for piece in text.split("&") if piece]
    if len(pieces) > MOST_PARAMETERS:
        raise malformed(f"it has more than {MOST_PARAMETERS} parameters")
    found: dict[str, str] = {}
    for piece in pieces:
        name, _, value = piece.partition("=")
        decoded = plain(name)
        if not decoded:
            raise malformed("a parameter has no name")
        if decoded in found:
            raise malformed(f"the parameter {decoded[:64]} came twice")
        found[decoded] = plain(value)
    return tuple(found.items())


def encoded(text: str) -> str:
    """Percent-encode a name or value the one canonical way (RFC 3986, upper-case hex)."""
    return quote(text, safe="-_.~")


def canonical_pairs(parameters: Mapping[str, str]) -> str:
    """``a=1&b=2``, encoded and sorted by encoded name."""
    found = sorted((encoded(name), encoded(value)) for name, value in parameters.items())
    return "&".join(f"{name}={value}" for name, value in found)
