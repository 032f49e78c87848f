# SPDX-License-Identifier: BSD-2-Clause
"""ACLs as JSON: a list of grants, each ``{"p": permission}`` with ``id`` and ``name`` of an
account or ``group``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from walrus.core.records import Acl, Grant

Row = Mapping[str, str]


def to_row(acl: Acl) -> list[Row]:
    """What the column holds."""
    return [
        {"p": grant.permission, "group": grant.group}
        if grant.group
        else {"p": grant.permission, "id": grant.canonical_id, "name": grant.name}
        for grant in acl
    ]


def from_row(row: Iterable[Row]) -> Acl:
    """The ACL in a column."""
    return tuple(
        Grant(
            permission=grant["p"], group=grant.get("group", ""),
            canonical_id=grant.get("id", ""), name=grant.get("name", ""),
        )
        for grant in row
    )  # fmt: skip
