# SPDX-License-Identifier: BSD-2-Clause
"""The tables of Walrus. Keys compare byte by byte, as listings want them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Index,
    MetaData,
    String,
    Table,
    Text,
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
    Index("buckets_owner", "owner_account"),
)

objects = Table(
    "objects",
    METADATA,
    Column("bucket", _key, ForeignKey("walrus.buckets.name"), primary_key=True),
    Column("key", _key, primary_key=True),
    Column("blob", Text, nullable=False, unique=True),
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
)

doomed = Table(
    "doomed",
    METADATA,
    Column("blob", Text, primary_key=True),
    Column("since", DateTime(timezone=True), nullable=False),
)
"""Blobs that no object names any more, until their files are gone."""
