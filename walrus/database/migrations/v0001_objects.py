# SPDX-License-Identifier: BSD-2-Clause
"""Buckets, objects, and blobs to be removed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None


def _owner() -> tuple[sa.Column[str], ...]:
    return (
        sa.Column("owner_account", sa.String(12), nullable=False),
        sa.Column("owner_canonical", sa.Text, nullable=False),
        sa.Column("owner_name", sa.Text, nullable=False),
    )


def upgrade() -> None:
    """Make the first tables."""
    key = sa.Text(collation="C")
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "buckets",
        sa.Column("name", key, primary_key=True),
        *_owner(),
        sa.Column("acl", sa.Text, nullable=False),
        sa.Column("created", moment, nullable=False),
        schema="walrus",
    )
    op.create_index("buckets_owner", "buckets", ["owner_account"], schema="walrus")
    op.create_table(
        "objects",
        sa.Column("bucket", key, sa.ForeignKey("walrus.buckets.name"), primary_key=True),
        sa.Column("key", key, primary_key=True),
        sa.Column("blob", sa.Text, nullable=False, unique=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("acl", sa.Text, nullable=False),
        *_owner(),
        sa.Column("modified", moment, nullable=False),
        sa.Column("headers", JSONB, nullable=False),
        sa.Column("metadata", JSONB, nullable=False),
        schema="walrus",
    )
    op.create_table(
        "doomed",
        sa.Column("blob", sa.Text, primary_key=True),
        sa.Column("since", moment, nullable=False),
        schema="walrus",
    )
