# SPDX-License-Identifier: BSD-2-Clause
"""The signature of S3's SOAP API: HMAC-SHA1 over ``AmazonS3``, the operation and a time stamp.

It covers nothing else of the message. So one signature is good for one request: whoever sees it on
its way could put it into another Body, and must come too late.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from eucalyptus.contracts.s3 import SIGNATURE_MISMATCH, TIME_SKEWED
from eucalyptus.contracts.s3_soap.refusals import INVALID_SOAP, MISSING_SECURITY
from eucalyptus.wire.leaves import BadLeaf, read_datetime

WINDOW = 900.0
"""Seconds by which a time stamp may differ from now."""
_SERVICE = "AmazonS3"
_NAMES = ("AWSAccessKeyId", "Timestamp", "Signature")
_LONGEST = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Key ``key_id`` signed ``operation`` at ``stamp`` (as it was written). Nothing is proven."""

    operation: str
    key_id: str
    stamp: str
    moment: datetime
    signature: bytes

    @property
    def replay_key(self) -> bytes:
        """What identifies this signature."""
        return hashlib.sha256(b"s3\n" + self.key_id.encode() + b"\n" + self.signature).digest()

    @property
    def expires(self) -> float:
        """POSIX seconds after which the claim is stale."""
        return self.moment.timestamp() + WINDOW


def claim_in(element: etree._Element) -> Claim | None:
    """The claim in an operation's element, None for an anonymous request.

    Raises MISSING_SECURITY for half a claim and INVALID_SOAP for one that cannot be read.
    """
    name = etree.QName(element)
    found = [child for child in element if etree.QName(child).localname in _NAMES]
    said = {etree.QName(child).localname: _text(child, name.namespace) for child in found}
    if len(said) != len(found):
        raise INVALID_SOAP(reason="The request is signed twice.")
    if not any(said.values()):
        return None
    for wanted in _NAMES:
        if not said.get(wanted):
            raise MISSING_SECURITY(name=wanted)
    return Claim(
        operation=name.localname,
        key_id=said["AWSAccessKeyId"],
        stamp=said["Timestamp"],
        moment=_moment(said["Timestamp"]),
        signature=_octets(said["Signature"]),
    )


def _text(child: etree._Element, namespace: str | None) -> str:
    text = (child.text or "").strip()
    if len(child) or len(text) > _LONGEST or etree.QName(child).namespace != namespace:
        raise INVALID_SOAP(reason=f"{etree.QName(child).localname} is not a short text.")
    return text


def _moment(text: str) -> datetime:
    try:
        return read_datetime(text)
    except BadLeaf as bad:
        raise INVALID_SOAP(reason=f"The Timestamp is not {bad.wanted}.") from bad


def _octets(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as wrong:
        raise INVALID_SOAP(reason="The Signature is not base64.") from wrong


def check(claim: Claim, secret: str, now: float) -> None:
    """Raise SIGNATURE_MISMATCH unless ``secret`` made the signature, TIME_SKEWED when it is of
    another time. For an unknown key call it with any secret: the work is the same."""
    signs = False
    for stamp in _stamps(claim):
        digest = _digest(secret, claim.operation, stamp)
        signs |= hmac.compare_digest(digest, claim.signature)
    if not signs:
        raise SIGNATURE_MISMATCH()
    if abs(claim.moment.timestamp() - now) > WINDOW:
        raise TIME_SKEWED()


def _stamps(claim: Claim) -> Iterator[str]:
    """The time as it was written, and as S3 writes it: libraries sign one and send the other."""
    whole = claim.moment.strftime("%Y-%m-%dT%H:%M:%S")
    yield claim.stamp
    yield f"{whole}.{claim.moment.microsecond // 1000:03d}Z"
    if not claim.moment.microsecond:
        yield f"{whole}Z"


def sign(secret: str, operation: str, stamp: str) -> str:
    """The signature, in base64."""
    return base64.b64encode(_digest(secret, operation, stamp)).decode()


def _digest(secret: str, operation: str, stamp: str) -> bytes:
    said = f"{_SERVICE}{operation}{stamp}".encode()
    return hmac.digest(secret.encode(), said, "sha1")
