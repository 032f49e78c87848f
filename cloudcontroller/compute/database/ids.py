# SPDX-License-Identifier: BSD-2-Clause
"""Ids nobody has: made by chance, checked in the transaction that will use them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from sqlalchemy import select

from cloudcontroller.compute.database.schema import groups, images, instances, reservations
from eucalyptus.database.run import Tx

TRIES = 20
MOST = 1000
"""Ids that are looked up together; further ones are drawn singly."""
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


class Drawn:
    """Ids for many things at once: drawn ahead, looked up together, given one by one.

    ``digits`` gives 8 random hex digits.
    """

    def __init__(self, tx: Tx, digits: Callable[[], str]) -> None:
        self._tx, self._digits = tx, digits
        self._free: defaultdict[str, list[str]] = defaultdict(list)
        self._given: set[str] = set()

    def draw(self, prefix: str, count: int) -> None:
        """Draw so many, or as many as it pays to look up together."""
        made = (f"{prefix}-{self._digits()}" for _ in range(min(count, MOST)))
        self._free[prefix] += dict.fromkeys(made)

    @property
    def ready(self) -> list[str]:
        """All that were drawn and are to be looked up."""
        return [one for drawn in self._free.values() for one in drawn]

    def strike(self, taken: Iterable[str]) -> None:
        """These are taken."""
        gone = frozenset(taken)
        for prefix, drawn in self._free.items():
            self._free[prefix] = [one for one in drawn if one not in gone]

    def take(self, prefix: str) -> str:
        """One that nobody has; raises RuntimeError when chance offers nothing but taken ones."""
        free = self._free[prefix]
        made = free.pop() if free else self._another(prefix)
        self._given.add(made)
        return made

    def _another(self, prefix: str) -> str:
        for _ in range(TRIES):
            made = fresh(self._tx, prefix, self._digits)
            if made not in self._given:
                return made
        raise RuntimeError(f"{TRIES} ids in a row were taken: chance is broken")
