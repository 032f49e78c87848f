# SPDX-License-Identifier: BSD-2-Clause
"""What clusters still have to be told. An item stays until its cluster has acknowledged it.

Taking an item moves its ``due`` ahead, so that nobody else takes it meanwhile and that it comes
up again by itself when whoever took it died.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, true, update
from sqlalchemy.dialects.postgresql import insert

from cloudcontroller.compute.database.schema import instances, work
from eucalyptus.database.run import Tx, notify

CHANNEL = "compute_work"
LAUNCH, TERMINATE, REBOOT = "launch", "terminate", "reboot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to tell ``zone``'s cluster. ``attempts`` counts this one too."""

    instance_id: str
    kind: str
    zone: str
    request_id: str
    attempts: int
    created: float


def row(kind: str, instance_id: str, now: float, request_id: str) -> dict[str, Any]:
    """A new wish as the table holds it."""
    return {
        "instance_id": instance_id,
        "kind": kind,
        "request_id": request_id,
        "attempts": 0,
        "due": now,
        "created": now,
    }


def add(tx: Tx, kind: str, instance_ids: list[str], now: float, *, request_id: str) -> None:
    """Record wishes and wake whoever carries them out; one wished already is due at once."""
    if not instance_ids:
        return
    rows = [row(kind, instance_id, now, request_id) for instance_id in instance_ids]
    statement = insert(work).values(rows)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["instance_id", "kind"], set_={"due": statement.excluded.due}
        )
    )
    notify(tx, CHANNEL, kind)


def take(tx: Tx, kind: str, now: float, *, lease: float, most: int) -> tuple[Item, ...]:
    """Take up to ``most`` due items and keep others off them for ``lease`` seconds."""
    chosen = (
        select(work.c.instance_id)
        .where(work.c.kind == kind, work.c.due <= now, _ready(kind))
        .order_by(work.c.due, work.c.instance_id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    rows = tx.execute(
        update(work)
        .where(
            work.c.kind == kind,
            work.c.instance_id.in_(chosen.scalar_subquery()),
            work.c.instance_id == instances.c.instance_id,
        )
        .values(due=now + lease, attempts=work.c.attempts + 1)
        .returning(work, instances.c.zone)
    ).all()
    return tuple(
        Item(
            instance_id=row.instance_id,
            kind=row.kind,
            zone=row.zone,
            request_id=row.request_id,
            attempts=row.attempts,
            created=row.created,
        )
        for row in sorted(rows, key=lambda row: (row.created, row.instance_id))
    )


def _ready(kind: str) -> ColumnElement[bool]:
    """An instance is ended only when nobody may still be telling its cluster to start it."""
    if kind != TERMINATE:
        return true()
    other = work.alias()
    starting = select(other.c.instance_id).where(
        other.c.instance_id == work.c.instance_id, other.c.kind == LAUNCH
    )
    return ~starting.exists()


def done(tx: Tx, instance_ids: Sequence[str], kind: str) -> None:
    """Wishes were acknowledged, or are void; what waited for them is ready now."""
    tx.execute(delete(work).where(work.c.instance_id.in_(instance_ids), work.c.kind == kind))
    if kind == LAUNCH:
        notify(tx, CHANNEL, TERMINATE)


def later(tx: Tx, instance_id: str, kind: str, due: float) -> None:
    """Try again from ``due`` on."""
    tx.execute(
        update(work).where(work.c.instance_id == instance_id, work.c.kind == kind).values(due=due)
    )


def next_due(tx: Tx, kind: str) -> float | None:
    """When the next item of a kind is due; None when there is none."""
    asked = select(func.min(work.c.due)).where(work.c.kind == kind, _ready(kind))
    found: float | None = tx.execute(asked).scalar_one()
    return found


def is_under_way(tx: Tx, kind: str, now: float) -> bool:
    """Whether somebody is telling a cluster something of a kind for the first time."""
    c = work.c
    first = select(c.instance_id).where(c.kind == kind, c.attempts == 1, c.due > now)
    return bool(tx.execute(select(first.exists())).scalar_one())


def release(tx: Tx, now: float) -> None:
    """Make everything due at once: whoever had taken it is gone (a new leader says so)."""
    tx.execute(update(work).where(work.c.due > now).values(due=now))


def withdraw(tx: Tx, instance_id: str) -> None:
    """Drop a launch that nobody has begun to tell the cluster, and any reboot.

    A launch under way stays: only whoever tells it knows when the telling is over.
    """
    tx.execute(
        delete(work).where(
            work.c.instance_id == instance_id,
            ((work.c.kind == LAUNCH) & (work.c.attempts == 0)) | (work.c.kind == REBOOT),
        )
    )
