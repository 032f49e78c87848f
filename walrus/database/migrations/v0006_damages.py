# SPDX-License-Identifier: BSD-2-Clause
"""The scrub notes which blobs it found damaged."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Nothing is known to be damaged yet."""
    op.create_table(
        "damages",
        sa.Column("blob", sa.Text, primary_key=True),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("found", sa.DateTime(timezone=True), nullable=False),
        schema="walrus",
    )
