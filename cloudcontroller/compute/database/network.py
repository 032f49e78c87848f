# SPDX-License-Identifier: BSD-2-Clause
"""The version of the network-info document last made, and how many there were."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from cloudcontroller.compute.database.schema import network
from eucalyptus.database.run import Tx


def sequence(tx: Tx, version: str, now: float) -> int:
    """The sequence number of the document with ``version``: the last one's, or the next."""
    old = tx.execute(select(network)).first()
    if old is not None and old.version == version:
        return int(old.sequence)
    number = int(old.sequence) + 1 if old is not None else 1
    values = {"version": version, "sequence": number, "made": now}
    statement = insert(network).values(number=1, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["number"], set_=values))
    return number
