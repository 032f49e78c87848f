# SPDX-License-Identifier: BSD-2-Clause
"""What Walrus remembers: buckets and objects as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from eucalyptus.access.principals import Principal
from walrus.core.checksums import Checksum
from walrus.core.versions import NULL


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
class DefaultRetention:
    """For how long new objects of a bucket are locked: so many days, or so many years."""

    mode: str
    days: int = 0
    years: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One bucket."""

    name: str
    owner: Owner
    acl: Acl
    created: datetime
    versioning: str = ""
    """``versions.ENABLED``, ``versions.SUSPENDED``, or "": never versioned."""
    lock_enabled: bool = False
    default_retention: DefaultRetention | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    """What is kept by kind: all of a new bucket; ``guarding.KINDS`` of one that was read."""
    lifecycle: str = field(default="", repr=False)
    """The document of its lifecycle rules, "" if it has none."""
    logging: str = ""
    """Where its log goes, as ``LogTarget`` keeps it; "" if it is not logged."""
    encryption: str = ""
    """The algorithm by which new objects are encrypted that do not say how, "" for none."""


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
class Lock:
    """What keeps a version from being deleted: a retention until a moment, a legal hold, or both.

    ``mode`` is GOVERNANCE or COMPLIANCE, "" (and then ``until`` None) without a retention.
    """

    mode: str = ""
    until: datetime | None = None
    hold: bool = False


BY_CUSTOMER = "customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Encryption:
    """How an object is encrypted: its wrapped key in base64, and the id of the master key that
    wraps it, BY_CUSTOMER for the customer's own."""

    by: str
    wrapped: str

    @property
    def by_customer(self) -> bool:
        """Whether each request must bring the key."""
        return self.by == BY_CUSTOMER


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One version of an object. ``blob`` names its bytes in the store; ``etag`` is hex without
    quotes.

    ``sha256`` is that of the bytes, in hex. ``headers`` are answered again by GET, ``metadata``
    as ``x-amz-meta-…``. ``version`` is given by the database when the object is put. A delete
    marker has neither bytes nor digests: ``blob``, ``etag`` and ``sha256`` are "". An object that
    was put in ``parts`` parts has neither ``blob`` nor ``sha256``: its bytes are those of the
    parts of the upload ``assembly``.
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
    checksum: Checksum | None = None
    encryption: Encryption | None = None
    assembly: str = ""
    parts: int = 0
    version: str = NULL
    latest: bool = True
    delete_marker: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    lock: Lock = Lock()


def delete_marker(bucket: Bucket, key: str, now: datetime) -> Stored:
    """What stands for an object that was deleted while its older versions are kept."""
    return Stored(
        bucket=bucket.name, key=key, blob="", size=0, etag="", sha256="", content_type="",
        acl=(), owner=bucket.owner, modified=now, delete_marker=True,
    )  # fmt: skip
