# SPDX-License-Identifier: BSD-2-Clause
"""Objects have versions, tags and locks; buckets keep documents."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Objects that are there become null versions."""
    _bucket_columns()
    _settings()
    _columns()
    op.execute("UPDATE walrus.objects SET rank = -(extract(epoch FROM modified) * 1000000)::bigint")
    op.alter_column("objects", "blob", nullable=True, schema="walrus")
    op.drop_constraint("objects_pkey", "objects", schema="walrus")
    op.create_primary_key("objects_pkey", "objects", ["bucket", "key", "rank"], schema="walrus")
    _index("objects_listed", "latest AND NOT delete_marker")
    _index("objects_null", "version = 'null' AND NOT latest")


def _bucket_columns() -> None:
    for column in (
        sa.Column("versioning", sa.Text, nullable=False, server_default=""),
        sa.Column("lock_enabled", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("default_retention", JSONB),
    ):
        op.add_column("buckets", column, schema="walrus")


def _settings() -> None:
    bucket = sa.ForeignKey("walrus.buckets.name", ondelete="CASCADE")
    op.create_table(
        "bucket_settings",
        sa.Column("bucket", sa.Text(collation="C"), bucket, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
        schema="walrus",
    )
    op.create_index("bucket_settings_kind", "bucket_settings", ["kind"], schema="walrus")


def _columns() -> None:
    """Columns with what they hold for objects that are there; new rows say it themselves."""
    new: tuple[tuple[str, Any, str], ...] = (
        ("rank", sa.BigInteger(), "0"), ("version", sa.Text(), "null"),
        ("latest", sa.Boolean(), "true"), ("delete_marker", sa.Boolean(), "false"),
        ("tags", JSONB(), "{}"), ("lock_mode", sa.Text(), ""),
        ("legal_hold", sa.Boolean(), "false"),
    )  # fmt: skip
    for name, kind, value in new:
        column = sa.Column(name, kind, nullable=False, server_default=value)
        op.add_column("objects", column, schema="walrus")
        op.alter_column("objects", name, server_default=None, schema="walrus")
    op.add_column("objects", sa.Column("lock_until", sa.DateTime(timezone=True)), schema="walrus")


def _index(name: str, rows: str) -> None:
    op.create_index(
        name, "objects", ["bucket", "key"], unique=True, schema="walrus",
        postgresql_where=sa.text(rows),
    )  # fmt: skip
