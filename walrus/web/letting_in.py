# SPDX-License-Identifier: BSD-2-Clause
"""Who is asking: finds the signature of a request, in any dialect, and checks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from eucalyptus.access.principals import Principal, Principals
from eucalyptus.contracts.s3 import (
    ACCESS_DENIED,
    INVALID_ACCESS_KEY,
    INVALID_ARGUMENT,
    MALFORMED_AUTHORIZATION,
)
from walrus.core import signature2, signature4
from walrus.core.chunked import ChunkSeal
from walrus.core.signatures import Request, Signed


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who signed (None: nobody), and what signed chunks are checked with."""

    who: Principal | None = None
    seal: ChunkSeal | None = None


def find(request: Request, query: Mapping[str, str]) -> Signed | None:
    """The signature that a request carries, None for an anonymous one; raises Refused."""
    header = request.header("authorization")
    presigned = [name for name in ("X-Amz-Signature", "Signature") if name in query]
    if len(presigned) + bool(header) > 1:
        raise INVALID_ARGUMENT(
            name="Authorization", value=header[:20], wanted="the only signature of the request"
        )
    if "x-amz-security-token" in request.headers or "X-Amz-Security-Token" in query:
        raise ACCESS_DENIED(reason="This object store takes no temporary credentials yet.")
    if header.startswith(signature4.ALGORITHM):
        return signature4.from_header(request)
    if header.startswith("AWS "):
        return signature2.from_header(request, query)
    if header:
        raise MALFORMED_AUTHORIZATION(reason="The Authorization header is of an unknown kind.")
    if "X-Amz-Signature" in query or "X-Amz-Algorithm" in query:
        return signature4.from_query(request, query)
    if presigned or "AWSAccessKeyId" in query:
        return signature2.from_query(request, query)
    return None


async def let_in(
    request: Request, query: Mapping[str, str], principals: Principals, now: datetime
) -> Caller:
    """Check the request's signature; raises Refused."""
    signed = find(request, query)
    if signed is None:
        return Caller()
    key = await principals.by_access_key(signed.key_id)
    if key is None:
        raise INVALID_ACCESS_KEY(key_id=signed.key_id[:128])
    return Caller(who=key.principal, seal=signed.check(key.secret, now))
