# SPDX-License-Identifier: BSD-2-Clause
"""ACLs become lists of grants; until now they were names of canned ones."""

from alembic import op

revision = "0004"
down_revision = "0003"

_GROUPS = "http://acs.amazonaws.com/groups/global/"
_TO_GRANTS = f"""
ALTER TABLE walrus.{{table}} ALTER COLUMN acl TYPE jsonb USING
    CASE acl
        WHEN 'public-read' THEN '[{{{{"p": "READ", "group": "{_GROUPS}AllUsers"}}}}]'::jsonb
        WHEN 'authenticated-read' THEN
            '[{{{{"p": "READ", "group": "{_GROUPS}AuthenticatedUsers"}}}}]'::jsonb
        ELSE '[]'::jsonb
    END || jsonb_build_array(jsonb_build_object(
        'p', 'FULL_CONTROL', 'id', owner_canonical, 'name', owner_name))
"""


def upgrade() -> None:
    """Say in full what each canned ACL granted."""
    for table in ("buckets", "objects"):
        op.execute(_TO_GRANTS.format(table=table))
