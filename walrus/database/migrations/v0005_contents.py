# SPDX-License-Identifier: BSD-2-Clause
"""Of every object its checksum, as S3 tells it, and how its bytes are encrypted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns; objects from before have neither."""
    op.add_column("objects", sa.Column("checksum", JSONB), schema="walrus")
    op.add_column("objects", sa.Column("encryption", JSONB), schema="walrus")
