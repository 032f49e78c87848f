# SPDX-License-Identifier: BSD-2-Clause
"""Product codes of images."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "product_codes",
        sa.Column(
            "image_id",
            sa.Text,
            sa.ForeignKey("compute.images.image_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("code", sa.Text, primary_key=True),
        schema="compute",
    )
