# SPDX-License-Identifier: BSD-2-Clause
"""An index of what was promised since clusters told of their room."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Every launch counts these instances, which are few, among all the others."""
    op.create_index(
        "instances_promised",
        "instances",
        ["zone", "type", "cpu", "memory", "disk"],
        schema="compute",
        postgresql_where=sa.text("state = 'pending' AND reported IS NULL"),
    )
