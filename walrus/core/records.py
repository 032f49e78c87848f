# SPDX-License-Identifier: BSD-2-Clause
"""What Walrus remembers: buckets and objects as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from eucalyptus.access.principals import Principal


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
class Grant:
    """A permission of an account, by its canonical id and the name it then had, or of a group."""

    permission: str
    canonical_id: str = ""
    name: str = ""
    group: str = ""

    @staticmethod
    def to(owner: Owner, permission: str) -> Grant:
        """The permission of an account."""
        return Grant(permission=permission, canonical_id=owner.canonical_id, name=owner.name)


Acl = tuple[Grant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who owns a thing, and who may do what with it."""

    owner: Owner
    acl: Acl


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One bucket."""

    name: str
    owner: Owner
    acl: Acl
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
    acl: Acl
    owner: Owner
    modified: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
