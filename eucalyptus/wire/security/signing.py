# SPDX-License-Identifier: BSD-2-Clause
"""Sign messages. Every part is written in its canonical form, so no canonicalization runs."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from eucalyptus.wire.certificates import Identity
from eucalyptus.wire.security import names
from eucalyptus.wire.security.instants import format_instant

LIFETIME = 300.0
"""Seconds that a message may be on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressing:
    """The WS-Addressing headers of a message; "" leaves one out. All are signed."""

    to: str = ""
    action: str = ""
    message_id: str = ""
    relates_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Suite:
    """Which algorithms a signature names, and what computes them."""

    method: bytes
    digest: bytes
    hash_name: str
    algorithm: hashes.HashAlgorithm


_SHA256 = _Suite(
    method=names.RSA_SHA256.encode(),
    digest=names.SHA256.encode(),
    hash_name="sha256",
    algorithm=hashes.SHA256(),
)
_SHA1 = _Suite(
    method=names.RSA_SHA1.encode(),
    digest=names.SHA1.encode(),
    hash_name="sha1",
    algorithm=hashes.SHA1(),  # noqa: S303 - for peers of the original only
)
_PADDING = PKCS1v15()

_SOAP, _WSSE, _WSU, _WSA, _DS, _EXC = (
    each.encode() for each in (names.SOAP, names.WSSE, names.WSU, names.WSA, names.DS, names.EXC)
)

# Canonical forms: namespace declarations before attributes, both sorted, no empty-element tags.
_BODY = (
    b'<soapenv:Body xmlns:soapenv="' + _SOAP + b'" xmlns:wsu="' + _WSU + b'" wsu:Id="Body">'
    b"%b</soapenv:Body>"
)
_TIMESTAMP = (
    b'<wsu:Timestamp xmlns:wsu="' + _WSU + b'" wsu:Id="Timestamp">'
    b"<wsu:Created>%b</wsu:Created><wsu:Expires>%b</wsu:Expires></wsu:Timestamp>"
)
_ADDRESSED = b'<wsa:%b xmlns:wsa="' + _WSA + b'" xmlns:wsu="' + _WSU + b'" wsu:Id="%b">%b</wsa:%b>'
_REFERENCE = (
    b'<ds:Reference URI="#%b"><ds:Transforms><ds:Transform Algorithm="' + _EXC + b'">'
    b'</ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="%b"></ds:DigestMethod>'
    b"<ds:DigestValue>%b</ds:DigestValue></ds:Reference>"
)
_SIGNED = (
    b'<ds:SignedInfo xmlns:ds="' + _DS + b'"><ds:CanonicalizationMethod Algorithm="' + _EXC + b'">'
    b'</ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="%b"></ds:SignatureMethod>'
    b"%b</ds:SignedInfo>"
)
_ENVELOPE = (
    b'<soapenv:Envelope xmlns:soapenv="' + _SOAP + b'"><soapenv:Header>'
    b'<wsse:Security xmlns:wsse="' + _WSSE + b'" xmlns:wsu="' + _WSU + b'"'
    b' soapenv:mustUnderstand="1">%b'
    b'<wsse:BinarySecurityToken EncodingType="' + names.BASE64.encode() + b'"'
    b' ValueType="' + names.X509V3.encode() + b'" wsu:Id="Token">%b</wsse:BinarySecurityToken>'
    b'<ds:Signature xmlns:ds="' + _DS + b'">%b<ds:SignatureValue>%b</ds:SignatureValue>'
    b"<ds:KeyInfo><wsse:SecurityTokenReference>"
    b'<wsse:Reference URI="#Token" ValueType="' + names.X509V3.encode() + b'"></wsse:Reference>'
    b"</wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature></wsse:Security>"
    b"%b</soapenv:Header>%b</soapenv:Envelope>"
)


def _escape(text: str) -> bytes:
    """Character content as canonical XML writes it."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("\r", "&#xD;").encode()


def _headers(addressing: Addressing) -> dict[bytes, bytes]:
    values = {
        b"To": addressing.to,
        b"Action": addressing.action,
        b"MessageID": addressing.message_id,
        b"RelatesTo": addressing.relates_to,
    }
    return {
        name: _ADDRESSED % (name, name, _escape(value), name)
        for name, value in values.items()
        if value
    }


def sign(body: bytes, identity: Identity, addressing: Addressing | None, now: float) -> bytes:
    """A signed SOAP envelope around ``body``, dated ``now`` (POSIX seconds).

    ``body`` is one element in exclusive canonical form as it stands inside a Body that declares
    the prefixes ``soapenv`` and ``wsu``, which is what the codec writes.
    """
    suite = _SHA1 if identity.sha1 else _SHA256
    created, expires = (format_instant(at).encode() for at in (now, now + LIFETIME))
    headers = _headers(addressing) if addressing else {}
    parts = {
        b"Timestamp": _TIMESTAMP % (created, expires),
        b"Body": _BODY % body,
        **headers,
    }
    references = b"".join(
        _REFERENCE
        % (name, suite.digest, base64.b64encode(hashlib.new(suite.hash_name, part).digest()))
        for name, part in parts.items()
    )
    signed = _SIGNED % (suite.method, references)
    value = base64.b64encode(identity.key.sign(signed, _PADDING, suite.algorithm))
    return _ENVELOPE % (
        parts[b"Timestamp"],
        identity.token,
        signed,
        value,
        b"".join(headers.values()),
        parts[b"Body"],
    )
