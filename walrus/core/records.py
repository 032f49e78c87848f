# SPDX-License-Identifier: BSD-2-Clause
"""What Walrus remembers: buckets and objects as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from eucalyptus.access.principals import Principal
from walrus.core.checksums import Checksum


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """An account as S3 shows it: 12-digit number, 64-hex canonical id, name."""

    account_id: str
    canonical_id: str
    name: str

    @staticmethod
    def of(who: Principal) -> Owner:
        """The account for which ``who`` acts."""
        return Owner(
            account_id=who.account_id, canonical_id=who.canonical_id, name=who.account_name
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One bucket."""

    name: str
    owner: Owner
    acl: str
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """As much of an object as an inspection needs."""

    bucket: str
    key: str
    blob: str
    size: int
    modified: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A run of an object's bytes: all of one blob. ``sha256`` is that of the bytes, in hex."""

    blob: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One object. ``blob`` names its bytes in the store; ``etag`` is hex without quotes.

    ``sha256`` is that of the bytes, in hex. ``headers`` are answered again by GET, ``metadata``
    as ``x-amz-meta-…``.
    """

    bucket: str
    key: str
    blob: str
    size: int
    etag: str
    sha256: str
    content_type: str
    acl: str
    owner: Owner
    modified: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    checksum: Checksum | None = None
