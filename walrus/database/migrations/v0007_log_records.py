# SPDX-License-Identifier: BSD-2-Clause
"""What was asked of logged buckets, until it is delivered."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Nothing is to be delivered yet."""
    op.create_table(
        "log_records",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("bucket", sa.Text, nullable=False),
        sa.Column("owner_account", sa.String(12), nullable=False),
        sa.Column("owner_canonical", sa.Text, nullable=False),
        sa.Column("owner_name", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("line", sa.Text, nullable=False),
        schema="walrus",
    )
