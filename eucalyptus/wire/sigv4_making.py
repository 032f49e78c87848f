# SPDX-License-Identifier: BSD-2-Clause
"""Sign requests with version 4: headers for a request of ours, or a URL for somebody else's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from eucalyptus.wire.dates import format_basic
from eucalyptus.wire.signable import (
    EMPTY_SHA256,
    WEEK,
    Scope,
    Signable,
    canonical_pairs,
    pairs,
)
from eucalyptus.wire.sigv4_text import (
    ALGORITHM,
    QUERY_NAMES,
    UNSIGNED,
    Claim,
    sign_text,
    string_to_sign,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """With what to sign: a key, and the scope it is derived for."""

    key_id: str
    secret: str = field(repr=False)
    service: str
    region: str = "eucalyptus"

    def scope(self, now: float) -> Scope:
        """The scope of a signature made ``now``."""
        return Scope(day=format_basic(now)[:8], region=self.region, service=self.service)


def authorize(request: Signable, signing: Signing, now: float) -> Mapping[str, str]:
    """The headers to add to ``request`` so that it is signed; it must have a ``host`` header.

    For S3 the payload's digest travels too; with ``body_sha256`` "" the payload is unsigned.
    """
    date, scope = format_basic(now), signing.scope(now)
    s3 = signing.service == "s3"
    payload = request.body_sha256 or UNSIGNED
    added = {"x-amz-date": date, **({"x-amz-content-sha256": payload} if s3 else {})}
    headers = {**request.headers, **{name: (value,) for name, value in added.items()}}
    names = tuple(sorted(name for name in headers if name == "host" or name.startswith("x-amz-")))
    claim = Claim(
        key_id=signing.key_id, scope=scope, names=names, signature="", date=date, instant=now
    )
    whole = Signable(method=request.method, path=request.path, query=request.query, headers=headers)
    text = string_to_sign(whole, dict(pairs(request.query)), claim, (payload, s3))
    return {
        **added,
        "authorization": f"{ALGORITHM} Credential={signing.key_id}/{scope}, "
        f"SignedHeaders={';'.join(names)}, Signature={sign_text(scope, signing.secret, text)}",
    }


def presign(url: str, signing: Signing, now: float, seconds: int, *, method: str = "GET") -> str:
    """``url`` signed so that ``method`` on it is allowed for ``seconds``, at most a week.

    ``url`` is absolute and percent-encoded. Only its host is signed among headers, and no payload.
    """
    if not 1 <= seconds <= WEEK:
        raise ValueError(f"a URL can be signed for 1 to {WEEK} seconds")
    parts = urlsplit(url)
    request = Signable(
        method=method,
        path=parts.path or "/",
        query=parts.query,
        headers={"host": (parts.netloc,)},
    )
    date, scope = format_basic(now), signing.scope(now)
    claim = Claim(
        key_id=signing.key_id, scope=scope, names=("host",), signature="", date=date, instant=now
    )
    said = (ALGORITHM, f"{signing.key_id}/{scope}", date, str(seconds), "host")
    parameters = {**dict(pairs(request.query)), **dict(zip(QUERY_NAMES, said, strict=True))}
    s3 = signing.service == "s3"
    text = string_to_sign(request, parameters, claim, (UNSIGNED if s3 else EMPTY_SHA256, s3))
    signature = sign_text(scope, signing.secret, text)
    query = f"{canonical_pairs(parameters)}&X-Amz-Signature={signature}"
    return urlunsplit((parts.scheme, parts.netloc, request.path, query, ""))
