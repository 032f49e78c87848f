# SPDX-License-Identifier: BSD-2-Clause
"""Who signed a request and whether well: S3's dialects of signature versions 2 and 4.

Pure, in two steps: ``parse`` finds the key id, ``Signed.check`` compares with that key's secret.
S3 differs from the other services in both versions: the path is encoded once, the payload's
digest is a header, chunks carry signatures of their own, version 2 signs headers and not
parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from eucalyptus.contracts.refusals import Refusal
from eucalyptus.contracts.s3 import TIME_SKEWED, SignatureRefused
from walrus.core.chunked import ChunkSeal

SKEW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it came. ``path`` and ``query`` are raw; header names are lower case and
    several values of one header are joined with commas."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]

    def header(self, name: str) -> str:
        """A header's value or ""."""
        return self.headers.get(name, "")


class Signed(Protocol):
    """A request that carries a signature."""

    @property
    def key_id(self) -> str:
        """The access key that is said to have signed."""
        ...

    def check(self, secret: str, now: datetime) -> ChunkSeal | None:
        """Raise Refused unless the signature is good and timely; gives what chunks need."""
        ...


def check_skew(moment: datetime, now: datetime) -> None:
    """Raise TIME_SKEWED unless ``moment`` is near ``now``."""
    if abs(moment - now) > SKEW:
        raise TIME_SKEWED()


def mismatch(refusal: Refusal, facts: Mapping[str, str]) -> SignatureRefused:
    """The refusal of a signature, with what was signed, as text and as bytes."""
    details = dict(facts)
    for name in ("StringToSign", "CanonicalRequest"):
        if name in facts:
            details[f"{name}Bytes"] = facts[name].encode("utf-8", "replace").hex(" ")
    return SignatureRefused(refusal, refusal().message, details)
