# SPDX-License-Identifier: BSD-2-Clause
"""The tables of Walrus. Keys compare byte by byte, as listings want them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

METADATA = MetaData(schema="walrus")

_key = Text(collation="C")

buckets = Table(
    "buckets",
    METADATA,
    Column("name", _key, primary_key=True),
    Column("owner_account", String(12), nullable=False),
    Column("owner_canonical", Text, nullable=False),
    Column("owner_name", Text, nullable=False),
    Column("acl", JSONB, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("versioning", Text, nullable=False, server_default=""),
    Column("lock_enabled", Boolean, nullable=False, server_default="false"),
    Column("default_retention", JSONB(none_as_null=True)),
    Column("encryption", Text, nullable=False, server_default=""),
    Index("buckets_owner", "owner_account"),
)

bucket_settings = Table(
    "bucket_settings",
    METADATA,
    Column("bucket", _key, ForeignKey("walrus.buckets.name", ondelete="CASCADE"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("document", Text, nullable=False),
    Index("bucket_settings_kind", "kind"),
)
"""Documents kept by bucket: tagging, lifecycle, policy, …; each kind writes its own text."""

objects = Table(
    "objects",
    METADATA,
    Column("bucket", _key, ForeignKey("walrus.buckets.name"), primary_key=True),
    Column("key", _key, primary_key=True),
    Column("rank", BigInteger, primary_key=True),
    Column("version", Text, nullable=False),
    Column("latest", Boolean, nullable=False),
    Column("delete_marker", Boolean, nullable=False),
    Column("blob", Text, unique=True),
    Column("size", BigInteger, nullable=False),
    Column("etag", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("acl", JSONB, nullable=False),
    Column("owner_account", String(12), nullable=False),
    Column("owner_canonical", Text, nullable=False),
    Column("owner_name", Text, nullable=False),
    Column("modified", DateTime(timezone=True), nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("metadata", JSONB, nullable=False),
    Column("checksum", JSONB),
    Column("encryption", JSONB(none_as_null=True)),
    Column("assembly", _key, unique=True),
    Column("parts", Integer, nullable=False),
    Column("tags", JSONB, nullable=False),
    Column("lock_mode", Text, nullable=False),
    Column("lock_until", DateTime(timezone=True)),
    Column("legal_hold", Boolean, nullable=False),
    Index(
        "objects_listed",
        "bucket",
        "key",
        unique=True,
        postgresql_where=text("latest AND NOT delete_marker"),
    ),
    Index(
        "objects_null",
        "bucket",
        "key",
        unique=True,
        postgresql_where=text("version = 'null' AND NOT latest"),
    ),
)
"""One row a version; the primary key has the versions of a key beside each other, newest first
(``walrus.core.versions``). Listings read ``objects_listed``, which holds neither older versions nor
delete markers. A null version is the latest, or found by ``objects_null``."""

uploads = Table(
    "uploads",
    METADATA,
    Column("id", _key, primary_key=True),
    Column("bucket", _key, ForeignKey("walrus.buckets.name"), nullable=False),
    Column("key", _key, nullable=False),
    Column("initiator_id", Text, nullable=False),
    Column("initiator_name", Text, nullable=False),
    Column("initiated", DateTime(timezone=True), nullable=False),
    Column("algorithm", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("told", Boolean, nullable=False),
    Column("wish", JSONB, nullable=False),
    Index("uploads_listed", "bucket", "key", "id"),
)
"""Uploads in parts that are under way; one that was completed or aborted is here no more. ``wish``
holds the columns of the object that it will make."""

parts = Table(
    "parts",
    METADATA,
    Column("upload", _key, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("blob", Text, nullable=False, unique=True),
    Column("size", BigInteger, nullable=False),
    Column("etag", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("checksum", Text, nullable=False),
    Column("modified", DateTime(timezone=True), nullable=False),
)
"""Parts of uploads under way, and of objects, whose ``assembly`` is the upload that made them.
So completing an upload moves neither bytes nor rows."""

doomed = Table(
    "doomed",
    METADATA,
    Column("blob", Text, primary_key=True),
    Column("since", DateTime(timezone=True), nullable=False),
)
"""Blobs that no object names any more, until their files are gone."""

damages = Table(
    "damages",
    METADATA,
    Column("blob", Text, primary_key=True),
    Column("why", Text, nullable=False),
    Column("found", DateTime(timezone=True), nullable=False),
)
"""Blobs that the scrub found to be other than they were stored."""

log_records = Table(
    "log_records",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("bucket", Text, nullable=False),
    Column("owner_account", String(12), nullable=False),
    Column("owner_canonical", Text, nullable=False),
    Column("owner_name", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("line", Text, nullable=False),
)
"""What was asked of logged buckets, until it is delivered. Without a foreign key: the deletion of a
bucket is told too, after it. ``target`` is what ``LogTarget`` keeps."""
