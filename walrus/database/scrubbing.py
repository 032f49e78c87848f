# SPDX-License-Identifier: BSD-2-Clause
"""What the scrub reads next, and what it found damaged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, literal, select, union_all
from sqlalchemy.dialects.postgresql import insert as upsert

from walrus.database.objects import named
from walrus.database.schema import damages, objects, parts


@dataclass(frozen=True, slots=True)
class Held:
    """A blob that an object or a part names; ``sha256`` is that of its stored bytes, in hex."""

    blob: str
    size: int
    sha256: str


def following(tx: Connection, after: str, most: int) -> tuple[Held, ...]:
    """The next blobs in the order of their names, which is no order of age or owner."""
    pages = [
        select(table.c.blob, table.c.size, table.c.sha256)
        .where(table.c.blob > after).order_by(table.c.blob).limit(most).subquery().select()
        for table in (objects, parts)
    ]  # fmt: skip
    both = union_all(*pages).subquery()
    wanted = select(both).order_by(both.c.blob).limit(most)
    return tuple(Held(*row) for row in tx.execute(wanted))


def note(tx: Connection, blob: str, why: str, now: datetime) -> bool:
    """Remember that a blob is damaged; False if nobody names it any more."""
    if not named(tx, [blob]):
        return False
    noted = upsert(damages).values(blob=blob, why=why, found=now)
    tx.execute(noted.on_conflict_do_nothing())
    return True


def clear(tx: Connection, blob: str) -> None:
    """The blob was found good again."""
    tx.execute(delete(damages).where(damages.c.blob == blob))


def forget_gone(tx: Connection) -> int:
    """Forget damaged blobs that nobody names any more; gives how many are left."""
    in_use = [
        select(literal(1)).where(table.c.blob == damages.c.blob).correlate(damages).exists()
        for table in (objects, parts)
    ]
    tx.execute(delete(damages).where(~in_use[0], ~in_use[1]))
    return len(damaged(tx))


def damaged(tx: Connection) -> Mapping[str, str]:
    """Why each damaged blob is thought so."""
    rows = tx.execute(select(damages)).mappings()
    return {row["blob"]: row["why"] for row in rows}
