# SPDX-License-Identifier: BSD-2-Clause
"""Replay store, recorded answers, properties."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "replay",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("expires", sa.Double, nullable=False),
        schema="ground",
    )
    op.create_index("replay_expires", "replay", ["expires"], schema="ground")
    op.create_table(
        "recorded",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("expires", sa.Double, nullable=False),
        sa.Column("answer", sa.LargeBinary),
        schema="ground",
    )
    op.create_index("recorded_expires", "recorded", ["expires"], schema="ground")
    op.create_table(
        "properties",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column(
            "changed", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        sa.Column("changed_by", sa.Text, nullable=False),
        schema="ground",
    )
