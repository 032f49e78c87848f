# SPDX-License-Identifier: BSD-2-Clause
"""Which instances a zone's reported room holds already, and an index of the others."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Those that were reported are taken for counted until the next report."""
    counted = sa.Column("counted", sa.Boolean, nullable=False, server_default=sa.text("false"))
    op.add_column("instances", counted, schema="compute")
    op.execute("UPDATE compute.instances SET counted = true WHERE reported IS NOT NULL")
    op.create_index(
        "instances_promised",
        "instances",
        ["zone", "type", "cpu", "memory", "disk"],
        schema="compute",
        postgresql_where=sa.text("state = 'pending' AND NOT counted"),
    )
