# SPDX-License-Identifier: BSD-2-Clause
"""Which reservations there are, in which version; a version changes with every change of a row."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text

from cloudcontroller.compute.core.lifecycle import VmState
from eucalyptus.database.run import Tx

# Where a row lies and who wrote it there: PostgreSQL gives this pair to no other state of the row.
# Groups of an instance are written with it and never changed.
_VERSIONS = text(
    """
    SELECT reservation_id, string_agg(concat(xmin, ctid), ' ' ORDER BY instance_id)
    FROM compute.instances
    WHERE state <> :buried AND (CAST(:account AS text) IS NULL OR account_id = :account)
    GROUP BY reservation_id ORDER BY min(created), reservation_id
    """
)
_DIGEST = text(
    """
    SELECT concat(count(*), ' ', sum(hashtextextended(concat(xmin, ctid), 0)))
    FROM compute.instances
    WHERE state <> :buried AND (CAST(:account AS text) IS NULL OR account_id = :account)
    """
)


def digest(tx: Tx, account_id: str | None) -> str:
    """What is equal as long as all versions are; an eighth of their price."""
    asked = {"buried": VmState.BURIED.value, "account": account_id}
    return str(tx.execute(_DIGEST, asked).scalar_one())


def versions(tx: Tx, account_id: str | None) -> Sequence[tuple[str, str]]:
    """(reservation, version) of all that is described to an account (None: of all accounts)."""
    asked = {"buried": VmState.BURIED.value, "account": account_id}
    return [(row[0], row[1]) for row in tx.execute(_VERSIONS, asked)]
