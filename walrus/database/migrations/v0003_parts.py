# SPDX-License-Identifier: BSD-2-Clause
"""Objects can be put in parts, which stay where they are."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Objects that are there have no parts."""
    key = sa.Text(collation="C")
    op.add_column("objects", sa.Column("assembly", key), schema="walrus")
    op.create_unique_constraint("objects_assembly_key", "objects", ["assembly"], schema="walrus")
    op.add_column(
        "objects", sa.Column("parts", sa.Integer, nullable=False, server_default="0"),
        schema="walrus",
    )  # fmt: skip
    op.alter_column("objects", "parts", server_default=None, schema="walrus")
    _uploads(key)
    op.create_table(
        "parts",
        sa.Column("upload", key, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("blob", sa.Text, nullable=False, unique=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("checksum", sa.Text, nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        schema="walrus",
    )


def _uploads(key: sa.Text) -> None:
    op.create_table(
        "uploads",
        sa.Column("id", key, primary_key=True),
        sa.Column("bucket", key, sa.ForeignKey("walrus.buckets.name"), nullable=False),
        sa.Column("key", key, nullable=False),
        sa.Column("initiator_id", sa.Text, nullable=False),
        sa.Column("initiator_name", sa.Text, nullable=False),
        sa.Column("initiated", sa.DateTime(timezone=True), nullable=False),
        sa.Column("algorithm", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.Column("wish", JSONB, nullable=False),
        schema="walrus",
    )
    op.create_index("uploads_listed", "uploads", ["bucket", "key", "id"], schema="walrus")
