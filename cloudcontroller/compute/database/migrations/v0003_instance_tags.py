# SPDX-License-Identifier: BSD-2-Clause
"""Tags of instances."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Give each instance its tags: none."""
    tags = sa.Column("tags", JSONB, nullable=False, server_default=sa.text("'{}'"))
    op.add_column("instances", tags, schema="compute")
