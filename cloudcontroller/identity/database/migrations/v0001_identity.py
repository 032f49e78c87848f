# SPDX-License-Identifier: BSD-2-Clause
"""Accounts, users, access keys, signing certificates."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ROOM = "identity"


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "accounts",
        sa.Column("number", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("canonical_id", sa.Text, nullable=False, unique=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        schema=ROOM,
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, sa.ForeignKey("identity.accounts.number"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        schema=ROOM,
    )
    op.create_index(
        "users_name", "users", ["account", sa.text("lower(name)")], unique=True, schema=ROOM
    )
    _credentials()


def _credentials() -> None:
    op.create_table(
        "access_keys",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, sa.ForeignKey("identity.users.id"), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        schema=ROOM,
    )
    op.create_index("ix_identity_access_keys_user_id", "access_keys", ["user_id"], schema=ROOM)
    op.create_table(
        "certificates",
        sa.Column("fingerprint", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("user_id", sa.Text, sa.ForeignKey("identity.users.id"), nullable=False),
        sa.Column("pem", sa.Text, nullable=False),
        sa.Column("sealed_key", sa.LargeBinary),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        schema=ROOM,
    )
    op.create_index("ix_identity_certificates_user_id", "certificates", ["user_id"], schema=ROOM)
