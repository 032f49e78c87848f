# SPDX-License-Identifier: BSD-2-Clause
"""Who is asking: the request's signature, in any dialect, and S3's words for what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from eucalyptus.access.principals import AccessKey, Principal, Principals
from eucalyptus.contracts.refusals import (
    AUTH_FAILURE,
    MALFORMED,
    MISSING_CREDENTIALS,
    REQUEST_EXPIRED,
    Refused,
)
from eucalyptus.contracts.s3 import (
    ACCESS_DENIED,
    INVALID_ACCESS_KEY,
    INVALID_REQUEST,
    MALFORMED_AUTHORIZATION,
    MALFORMED_AUTHORIZATION_QUERY,
    SIGNATURE_MISMATCH,
    TIME_SKEWED,
    SignatureRefused,
)
from eucalyptus.wire import signatures
from eucalyptus.wire.signable import Accepts, Signable, Signed, check
from eucalyptus.wire.sigv4_chunks import ChunkChain
from walrus.core.asking import Arrival
from walrus.core.keys import below_mount

_ACCEPTS = Accepts(service="s3", s3=True, past=900.0, future=900.0)
_MARKS = ("X-Amz-Algorithm", "X-Amz-Credential", "AWSAccessKeyId", "Signature", "X-Amz-Signature")
_NOBODY = "no such secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who signed (None: nobody) and how, and what signed chunks are checked with."""

    who: Principal | None = None
    chunks: ChunkChain | None = None
    signed: Signed | None = None
    by_form: bool = False

    def arrived(self, arrival: Arrival) -> Arrival:
        """The arrival of the caller's request, with how it is signed."""
        if self.signed is None:
            return arrival
        newer = self.signed.version == 4
        where = "REST-QUERY-STRING" if self.signed.presigned else "REST-HEADER"
        return replace(
            arrival,
            signed_in="POST" if self.by_form else where,
            signature="AWS4-HMAC-SHA256" if newer else "AWS",
            dated=self.signed.date if newer else "",
        )


def signable(
    method: str, address: str, headers: Mapping[str, tuple[str, ...]], bucket: str
) -> Signable:
    """A request as it is signed; the digest of its body is what it claims. ``bucket`` is the one
    that its Host names, or ""."""
    path, _, query = address.partition("?")
    return Signable(
        method=method, path=path, query=query, headers=headers, body_sha256="",
        resources=_of_host(path, bucket) if bucket else _resources(path),
    )  # fmt: skip


def _resources(path: str) -> tuple[str, ...]:
    """As sent, and below the mount, since version 2 clients differ in what they take for the
    path; a bucket is the same resource with a slash behind it."""
    below = below_mount(path)
    ended = (path + "/", below + "/") if below.count("/") == 1 else ()
    return tuple(dict.fromkeys((path, below, *ended)))


def _of_host(path: str, bucket: str) -> tuple[str, ...]:
    """With the bucket from the Host in front, and never without it: the Host is not signed."""
    resource = f"/{bucket}{below_mount(path)}"
    return (resource, resource[:-1]) if resource == f"/{bucket}/" else (resource,)


def find(request: Signable, query: Mapping[str, str]) -> Signed | None:
    """The signature that a request carries, None for an anonymous one; raises Refused."""
    presigned = any(mark in query for mark in _MARKS)
    try:
        signed = signatures.parse(request, _ACCEPTS)
    except Refused as refused:
        claimed = presigned or "authorization" in request.headers
        if refused.refusal is MISSING_CREDENTIALS and not claimed:
            return None
        raise _in_s3_words(refused, presigned) from refused
    _refuse_token(signed)
    return signed


def _refuse_token(signed: Signed) -> None:
    if signed.token:
        raise ACCESS_DENIED(reason="This object store takes no temporary credentials yet.")


def _in_s3_words(refused: Refused, presigned: bool) -> Refused:
    if refused.refusal is AUTH_FAILURE:
        return ACCESS_DENIED(reason=refused.message)
    if refused.refusal is MALFORMED or refused.refusal is MISSING_CREDENTIALS:
        code = MALFORMED_AUTHORIZATION_QUERY if presigned else MALFORMED_AUTHORIZATION
        return code(reason=refused.message)
    return refused


async def let_in(
    request: Signable, query: Mapping[str, str], principals: Principals, now: float
) -> Caller:
    """Check the request's signature; raises Refused."""
    signed = find(request, query)
    if signed is None:
        return Caller()
    key = await _prove(signed, principals, now)
    chunked = signed.version == 4 and not signed.presigned
    chunks = ChunkChain(signed, key.secret) if chunked else None
    return Caller(who=key.principal, chunks=chunks, signed=signed)


async def let_in_form(fields: Mapping[str, str], principals: Principals, now: float) -> Caller:
    """Check the signature of a form's policy, if it has one; raises Refused.

    ``fields`` have lower-case names.
    """
    try:
        signed = signatures.parse_form(fields, _ACCEPTS)
    except Refused as refused:
        if refused.refusal is MISSING_CREDENTIALS:
            return Caller()
        if refused.refusal is MALFORMED:
            raise INVALID_REQUEST(reason=refused.message) from refused
        raise _in_s3_words(refused, False) from refused
    _refuse_token(signed)
    key = await _prove(signed, principals, now)
    return Caller(who=key.principal, signed=signed, by_form=True)


async def _prove(signed: Signed, principals: Principals, now: float) -> AccessKey:
    """The key that signed; raises Refused."""
    if not signed.presigned and not signed.begins <= now <= signed.ends:
        # Said first, as S3 does: whose clock is wrong is often wrong in the signature, too.
        raise TIME_SKEWED()
    key = await principals.by_access_key(signed.key_id)
    try:
        check(signed, key.secret if key else _NOBODY, now)
    except Refused as refused:
        if key is not None:
            raise _unproven(signed, refused) from refused
    if key is None:
        raise INVALID_ACCESS_KEY(key_id=signed.key_id[:128])
    return key


def _unproven(signed: Signed, refused: Refused) -> Refused:
    if refused.refusal is REQUEST_EXPIRED:
        return ACCESS_DENIED(reason="The address has expired, or is not valid yet.")
    text = signed.texts[0]
    details = {
        "AWSAccessKeyId": signed.key_id,
        "StringToSign": text.decode("latin-1"),
        "SignatureProvided": signed.signature,
        "StringToSignBytes": text.hex(" "),
    }
    return SignatureRefused(SIGNATURE_MISMATCH, SIGNATURE_MISMATCH().message, details)
