# SPDX-License-Identifier: BSD-2-Clause
"""Of every object its checksum, as S3 tells it, and how its bytes are encrypted; of
every bucket how new objects are."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns; objects from before have neither, and buckets encrypt nothing unasked."""
    op.add_column("objects", sa.Column("checksum", JSONB), schema="walrus")
    op.add_column("objects", sa.Column("encryption", JSONB), schema="walrus")
    default = sa.Column("encryption", sa.Text, nullable=False, server_default="")
    op.add_column("buckets", default, schema="walrus")
