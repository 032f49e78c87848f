# SPDX-License-Identifier: BSD-2-Clause
"""Who sent a SOAP message: by a certificate in a WS-Security header, by S3's own signature in the
Body, or nobody known. Never by both, and never by half of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lxml import etree

from eucalyptus.access.principals import Principal, Principals
from eucalyptus.contracts.refusals import AUTH_FAILURE, Refused, claiming
from eucalyptus.contracts.s3 import INVALID_ACCESS_KEY
from eucalyptus.contracts.s3_soap.contract import S3_SOAP
from eucalyptus.contracts.s3_soap.refusals import (
    NO_CREDENTIAL,
    NO_SHA1,
    SEEN_BEFORE,
    TWO_SIGNATURES,
)
from eucalyptus.web.soap_door import Signers
from eucalyptus.wire import s3_signature, soap
from eucalyptus.wire.codec import codec_of
from eucalyptus.wire.documents import parse
from eucalyptus.wire.replay import ReplayStore
from eucalyptus.wire.s3_signature import Claim, claim_in
from eucalyptus.wire.security import Rules, Verifier, open_root, unsealed_body, verify

_NOBODY = "no such secret"
LARGEST = 2 << 20
"""Bytes of a message: 1 MiB of data inline as base64, and what is said about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What a message is checked with. ``sha1`` says whether SHA-1 will do."""

    principals: Principals
    signers: Signers
    replay: ReplayStore
    clock: Callable[[], float]
    sha1: Callable[[], bool]
    verifier: Verifier = verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message and its sender, None for nobody known. ``sealed``: by WS-Security."""

    operation: str
    ask: Any
    who: Principal | None
    sealed: bool


async def let_in(gate: Gate, document: bytes) -> Sent:
    """Check who sent a message and read it; raises Refused.

    What is read is the very element that was verified.
    """
    rules = Rules.front_door(sha1=gate.sha1(), largest=LARGEST)
    root = parse(document, rules.limits)
    body, who = unsealed_body(root), None
    sealed = body is None
    if body is None:
        body, who = await _unseal(gate, root, rules)
    operation, _, element = soap.dispatch(S3_SOAP, body)
    claim = claim_in(element)
    if claim is not None:
        if sealed:
            raise TWO_SIGNATURES()
        with claiming(claim.key_id):
            who = await _prove(gate, claim)
    ask = codec_of(S3_SOAP).read(operation.asks, element)
    if getattr(ask, "credential", None):
        raise NO_CREDENTIAL()
    return Sent(operation=operation.name, ask=ask, who=who, sealed=sealed)


async def _unseal(
    gate: Gate, root: etree._Element, rules: Rules
) -> tuple[etree._Element, Principal | None]:
    envelope = open_root(root, rules)
    with claiming(envelope.fingerprint):
        signer = await gate.signers.find(envelope.fingerprint)
        if signer is None:
            raise AUTH_FAILURE(reason="The certificate that signed this is not registered here.")
        now = gate.clock()
        verified = gate.verifier(envelope, signer.pem, now)
        await _once(gate, verified.replay_key, verified.expires, now)
        return verified.body, signer.principal


async def _prove(gate: Gate, claim: Claim) -> Principal:
    if not gate.sha1():
        raise NO_SHA1()
    key, now = await gate.principals.by_access_key(claim.key_id), gate.clock()
    try:
        s3_signature.check(claim, key.secret if key else _NOBODY, now)
    except Refused:
        if key is not None:
            raise
    if key is None:
        raise INVALID_ACCESS_KEY(key_id=claim.key_id[:128])
    await _once(gate, claim.replay_key, claim.expires, now)
    return key.principal


async def _once(gate: Gate, key: bytes, expires: float, now: float) -> None:
    if not await gate.replay.enter(key, expires, now):
        raise SEEN_BEFORE()
