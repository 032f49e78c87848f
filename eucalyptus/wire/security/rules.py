# SPDX-License-Identifier: BSD-2-Clause
"""What a door accepts: sizes, algorithms, parts that must be signed, time."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field

from eucalyptus.wire.documents import DocumentLimits
from eucalyptus.wire.security import names

MEBIBYTE = 1 << 20
MOST_ASKED = 100_000
"""Elements of a request between components: a few lists of 4,096 instances. Strangers may send
one, so it must cost little to refuse."""
MOST_ANSWERED = 2_000_000
"""Elements of an answer between components: a zone's whole report has fifty per instance."""

STRONG_SIGNATURES: Mapping[str, str] = {
    names.RSA_SHA256: "sha256",
    names.RSA_SHA512: "sha512",
}
STRONG_DIGESTS: Mapping[str, str] = {names.SHA256: "sha256", names.SHA512: "sha512"}
WITH_SHA1_SIGNATURES: Mapping[str, str] = {**STRONG_SIGNATURES, names.RSA_SHA1: "sha1"}
WITH_SHA1_DIGESTS: Mapping[str, str] = {**STRONG_DIGESTS, names.SHA1: "sha1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What one door accepts. Times in seconds.

    ``limits`` bound the document before anything else is looked at.
    ``addressed``: wsa:To, Action and MessageID must be present, and every WS-Addressing header
    must be signed. ``correlated``: the message is a reply; wsa:RelatesTo, Action and MessageID
    must be present and signed. ``lenient``: habits of foreign clients are taken: the token may be
    signed too, an enveloped-signature transform may precede the canonicalization, a plain ``Id``
    may name a signed part. ``longest`` bounds what a sender may put between Created and Expires;
    whatever it puts there, a message is stale ``window`` + ``skew`` after it was created.
    """

    limits: DocumentLimits
    signatures: Mapping[str, str] = field(default_factory=lambda: STRONG_SIGNATURES)
    digests: Mapping[str, str] = field(default_factory=lambda: STRONG_DIGESTS)
    addressed: bool = False
    correlated: bool = False
    lenient: bool = False
    window: float = 300.0
    skew: float = 20.0
    longest: float = 320.0
    most_references: int = 8

    @staticmethod
    @functools.cache
    def front_door(*, sha1: bool = True, largest: int = MEBIBYTE) -> Rules:
        """Users' clients: Timestamp and Body signed. ``sha1`` admits those of 2006 to 2013."""
        return Rules(
            limits=DocumentLimits(size=largest),
            signatures=WITH_SHA1_SIGNATURES if sha1 else STRONG_SIGNATURES,
            digests=WITH_SHA1_DIGESTS if sha1 else STRONG_DIGESTS,
            lenient=True,
            # node soap's messages name ten minutes, WSS4J users up to fifteen.
            longest=920.0,
        )

    @staticmethod
    def internal(*, sha1: bool = False, largest: int = 16 * MEBIBYTE) -> Rules:
        """Requests between components: also wsa:To, Action and MessageID signed."""
        return Rules(
            limits=DocumentLimits(size=largest, elements=MOST_ASKED),
            signatures=WITH_SHA1_SIGNATURES if sha1 else STRONG_SIGNATURES,
            digests=WITH_SHA1_DIGESTS if sha1 else STRONG_DIGESTS,
            addressed=True,
        )

    @staticmethod
    def reply(*, sha1: bool = False, largest: int = 64 * MEBIBYTE) -> Rules:
        """Answers between components: wsa:RelatesTo, Action and MessageID signed."""
        return Rules(
            limits=DocumentLimits(size=largest, elements=MOST_ANSWERED),
            signatures=WITH_SHA1_SIGNATURES if sha1 else STRONG_SIGNATURES,
            digests=WITH_SHA1_DIGESTS if sha1 else STRONG_DIGESTS,
            correlated=True,
        )
