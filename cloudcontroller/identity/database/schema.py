# SPDX-License-Identifier: BSD-2-Clause
"""Identity's tables."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    func,
)

METADATA = MetaData(schema="identity")

accounts = Table(
    "accounts",
    METADATA,
    Column("number", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("canonical_id", Text, nullable=False, unique=True),
    Column("email", Text, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
)

users = Table(
    "users",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("account", Text, ForeignKey(accounts.c.number), nullable=False),
    Column("name", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
)
Index("users_name", users.c.account, func.lower(users.c.name), unique=True)

access_keys = Table(
    "access_keys",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey(users.c.id), nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
)
"""``sealed`` is the secret, encrypted with keys/secrets.key."""

certificates = Table(
    "certificates",
    METADATA,
    Column("fingerprint", Text, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("user_id", Text, ForeignKey(users.c.id), nullable=False, index=True),
    Column("pem", Text, nullable=False),
    Column("sealed_key", LargeBinary),
    Column("active", Boolean, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
)
"""``sealed_key`` is kept only of keys made for a credentials bundle, so that the same bundle can
be written again."""
