# SPDX-License-Identifier: BSD-2-Clause
"""The checksum of an object, as S3 tells it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0003"


def upgrade() -> None:
    """Add the column; objects from before have none."""
    op.add_column("objects", sa.Column("checksum", JSONB), schema="walrus")
