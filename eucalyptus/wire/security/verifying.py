# SPDX-License-Identifier: BSD-2-Clause
"""The lean verifier: lxml canonicalizes, OpenSSL checks. RSA first, so that strangers pay first."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from lxml import etree
from lxml.etree import _Element as Element

from eucalyptus.contracts.refusals import AUTH_FAILURE, REQUEST_EXPIRED, Refused
from eucalyptus.wire.certificates import Loaded, loaded
from eucalyptus.wire.security.envelope import Sealed
from eucalyptus.wire.security.seals import Cover, Seal
from eucalyptus.wire.security.shape import denied

HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - allowed by Rules only
    "sha256": hashes.SHA256(),
    "sha512": hashes.SHA512(),
}
DIGESTS: Mapping[str, Callable[[bytes], Any]] = {
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
}
_PADDING = PKCS1v15()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A message that its signer really sent. ``body`` is the signed Body element itself.

    Enter ``replay_key`` into the replay store until ``expires`` (POSIX seconds) before acting.
    ``to``, ``action``, ``message_id`` and ``relates_to`` are signed, or "" when absent.
    """

    body: Element
    fingerprint: str
    replay_key: bytes
    expires: float
    to: str
    action: str
    message_id: str
    relates_to: str


class Verifier(Protocol):
    """Decides whether a sealed message was signed with a certificate on record."""

    def __call__(self, sealed: Sealed, certificate_pem: bytes, now: float) -> Verified:
        """The verified message; raises AUTH_FAILURE or REQUEST_EXPIRED."""
        ...


def canonical(element: Element, prefixes: Sequence[str]) -> bytes:
    """Exclusive C14N without comments; raises AUTH_FAILURE when there is none."""
    try:
        return something(
            etree.tostring(
                element,
                method="c14n",
                exclusive=True,
                with_comments=False,
                inclusive_ns_prefixes=list(prefixes) or None,
            )
        )
    except (etree.LxmlError, ValueError) as wrong:
        raise denied("a signed part has no canonical form") from wrong


def something(octets: bytes) -> bytes:
    """The octets; raises ValueError unless they are an element's.

    A part without a canonical form (a relative namespace name) must not pass as an empty one,
    whatever the library at hand makes of it.
    """
    if not octets.startswith(b"<"):
        raise ValueError("no canonical form")
    return octets


def _mismatch() -> Refused:
    """One answer for a wrong key, a wrong signature and a wrong digest."""
    return AUTH_FAILURE(reason="The signature does not match the message and the certificate.")


def _check_signature(seal: Seal, key: RSAPublicKey) -> None:
    octets = canonical(seal.signed, seal.prefixes)
    try:
        key.verify(seal.value, octets, _PADDING, HASHES[seal.hash_name])
    except InvalidSignature:
        raise _mismatch() from None


def _check_digest(cover: Cover) -> None:
    octets = canonical(cover.element, cover.prefixes)
    digest = DIGESTS[cover.hash_name](octets).digest()
    if not hmac.compare_digest(digest, cover.digest):
        raise _mismatch()


def pinned(sealed: Sealed, certificate_pem: bytes, now: float) -> Loaded:
    """The certificate on record, which must be the one inside the message, and valid now."""
    certificate = loaded(certificate_pem)
    if not hmac.compare_digest(certificate.fingerprint, sealed.fingerprint):
        raise _mismatch()
    if not certificate.is_valid(now):
        raise AUTH_FAILURE(reason="The certificate has expired or is not valid yet. Renew it.")
    return certificate


def accept(sealed: Sealed, now: float) -> Verified:
    """Check the time window of a message whose signature is right, and hand out its parts."""
    rules = sealed.rules
    stale = min(sealed.expires, sealed.created + rules.window + rules.skew)
    if not 0 < sealed.expires - sealed.created <= rules.longest:
        raise REQUEST_EXPIRED(
            reason=f"Expires must follow Created within {rules.longest:.0f} seconds."
        )
    if sealed.created > now + rules.skew:
        raise REQUEST_EXPIRED(reason="The message is dated in the future. Set your clock.")
    if stale <= now:
        raise REQUEST_EXPIRED(reason="The message has expired. Set your clock, or sign it anew.")
    return Verified(
        body=sealed.body,
        fingerprint=sealed.fingerprint,
        replay_key=replay_key(sealed),
        expires=stale,
        to=sealed.to,
        action=sealed.action,
        message_id=sealed.message_id,
        relates_to=sealed.relates_to,
    )


def replay_key(sealed: Sealed) -> bytes:
    """64 bytes: signer and signature as bytes, so that no rewriting of the text makes a new key."""
    return bytes.fromhex(sealed.fingerprint) + hashlib.sha256(sealed.seal.value).digest()


def verify(sealed: Sealed, certificate_pem: bytes, now: float) -> Verified:
    """Verify ``sealed`` against the certificate on record under its fingerprint.

    ``now`` is POSIX seconds. Raises AUTH_FAILURE or REQUEST_EXPIRED.
    """
    certificate = pinned(sealed, certificate_pem, now)
    _check_signature(sealed.seal, certificate.key)
    for cover in sealed.seal.covers:
        _check_digest(cover)
    return accept(sealed, now)
