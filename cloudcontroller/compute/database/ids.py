# SPDX-License-Identifier: BSD-2-Clause
"""Ids nobody has: made by chance, checked in the transaction that will use them."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from cloudcontroller.compute.database.schema import groups, images, instances, reservations
from eucalyptus.database.run import Tx

TRIES = 20
_HOMES = {
    "i": instances.c.instance_id,
    "r": reservations.c.reservation_id,
    "sg": groups.c.group_id,
    "emi": images.c.image_id,
    "eki": images.c.image_id,
    "eri": images.c.image_id,
}


def fresh(tx: Tx, prefix: str, digits: Callable[[], str]) -> str:
    """An id like ``i-0a1b2c3d`` that is not taken; ``digits`` gives 8 random hex digits.

    Raises RuntimeError when chance offers nothing but taken ones.
    """
    column = _HOMES[prefix]
    for _ in range(TRIES):
        made = f"{prefix}-{digits()}"
        if tx.execute(select(column).where(column == made)).first() is None:
            return made
    raise RuntimeError(f"{TRIES} ids in a row were taken: chance is broken")
