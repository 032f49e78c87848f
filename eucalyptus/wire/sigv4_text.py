# SPDX-License-Identifier: BSD-2-Clause
"""What signature version 4 signs: the canonical request, the string to sign, the derived key."""

from __future__ import annotations

import functools
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from eucalyptus.wire.signable import Scope, Signable, canonical_pairs

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
QUERY_NAMES = (
    "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders",
)  # fmt: skip
"""The parameters of a signed URL beside the signature itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a request says of its signature, wherever it says it."""

    key_id: str
    scope: Scope
    names: tuple[str, ...]
    signature: str
    date: str
    instant: float


def _canonical_path(path: str, *, s3: bool) -> str:
    """S3 encodes a path once, from its decoded form; other services encode the encoded path."""
    if s3:
        return quote(unquote_to_bytes(path.encode("latin-1")), safe="/~")
    return quote(path.encode("latin-1"), safe="/~")


def _canonical_header(name: str, values: tuple[str, ...]) -> str:
    return f"{name}:{','.join(' '.join(value.split()) for value in values)}\n"


def string_to_sign(
    request: Signable,
    parameters: Mapping[str, str],
    claim: Claim,
    payload: tuple[str, bool],
) -> bytes:
    """The string to sign."""
    digest, s3 = payload
    canonical = "\n".join(
        (
            request.method,
            _canonical_path(request.path, s3=s3),
            canonical_pairs(parameters),
            "".join(_canonical_header(name, request.headers[name]) for name in claim.names),
            ";".join(claim.names),
            digest,
        )
    )
    hashed = hashlib.sha256(canonical.encode("latin-1")).hexdigest()
    return f"{ALGORITHM}\n{claim.date}\n{claim.scope}\n{hashed}".encode()


@functools.lru_cache(maxsize=512)
def signing_key(secret: str, scope: Scope) -> bytes:
    """The key derived from ``secret`` for one day, region and service."""
    key = ("AWS4" + secret).encode()
    for part in (scope.day, scope.region, scope.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def sign_text(scope: Scope, secret: str, text: bytes) -> str:
    return hmac.digest(signing_key(secret, scope), text, "sha256").hex()
