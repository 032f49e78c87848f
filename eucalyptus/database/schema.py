# SPDX-License-Identifier: BSD-2-Clause
"""Tables that belong to no room: what the front workers share, and the cloud's properties."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Double, Index, LargeBinary, MetaData, Table, Text, func

METADATA = MetaData(schema="ground")

replay = Table(
    "replay",
    METADATA,
    Column("key", LargeBinary, primary_key=True),
    Column("expires", Double, nullable=False),
    Index("replay_expires", "expires"),
)
"""Signatures already seen, each until it would be too old anyway (POSIX seconds)."""

recorded = Table(
    "recorded",
    METADATA,
    Column("key", LargeBinary, primary_key=True),
    Column("expires", Double, nullable=False),
    Column("answer", LargeBinary),
    Index("recorded_expires", "expires"),
)
"""Sealed answers of mutating Query requests; NULL while the first one is being carried out."""

properties = Table(
    "properties",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("changed", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("changed_by", Text, nullable=False),
)
"""Cloud properties that differ from their default."""
