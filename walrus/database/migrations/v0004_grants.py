# SPDX-License-Identifier: BSD-2-Clause
"""ACLs become lists of grants; until now they were names of canned ones."""

from alembic import op

revision = "0004"
down_revision = "0003"

_GROUPS = "http://acs.amazonaws.com/groups/global/"
_SHARED = {"public-read": "AllUsers", "authenticated-read": "AuthenticatedUsers"}


def to_grants(table: str) -> str:
    """The statement that says in full what each canned ACL of a table granted."""
    cases = " ".join(
        f"WHEN '{name}' THEN jsonb_build_array(jsonb_build_object("
        f"'p', 'READ', 'group', '{_GROUPS}{group}'))"
        for name, group in _SHARED.items()
    )
    owner = (
        "jsonb_build_array(jsonb_build_object("
        "'p', 'FULL_CONTROL', 'id', owner_canonical, 'name', owner_name))"
    )
    return (
        f"ALTER TABLE walrus.{table} ALTER COLUMN acl TYPE jsonb "
        f"USING CASE acl {cases} ELSE '[]'::jsonb END || {owner}"
    )


def upgrade() -> None:
    """Change the columns; the rows are written anew."""
    for table in ("buckets", "objects"):
        op.execute(to_grants(table))
