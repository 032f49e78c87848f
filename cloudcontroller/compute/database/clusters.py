# SPDX-License-Identifier: BSD-2-Clause
"""Zones and their cluster controllers in the database: registered, heard, measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from cloudcontroller.compute.database.schema import capacities, clusters, nodes
from eucalyptus.database.run import Tx, notify

CHANNEL = "compute_clusters"
"""Notified when a zone was registered."""
NEWS_CHANNEL = "compute_news"
"""Notified with a cluster's URL when it has news."""
ENABLED, NOTREADY = "ENABLED", "NOTREADY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A zone's cluster controller. ``state`` is what the cloud has found it in, ``says`` why.

    ``answered``: when it last answered at all; ``reported``: when it last described its instances.
    """

    zone: str
    name: str
    url: str
    state: str
    says: str
    registered: float
    changed: float
    answered: float | None
    reported: float | None

    @property
    def is_up(self) -> bool:
        """Whether instances can be started in the zone now."""
        return self.state == ENABLED


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """How many instances of ``type`` a zone holds at most and has room for."""

    type: str
    maximum: int
    available: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node controller as its cluster names it; ``address`` is the host part of ``url``."""

    zone: str
    url: str
    address: str
    hypervisor: str
    iqn: str


def register(tx: Tx, zone: str, url: str, *, name: str, now: float) -> None:
    """Make ``url`` the cluster controller of ``zone``; repeating it changes nothing."""
    old = tx.execute(select(clusters).where(clusters.c.zone == zone)).first()
    if old is not None and (old.url, old.name) == (url, name):
        return
    values = {"name": name, "url": url, "state": NOTREADY, "says": "not asked yet", "changed": now}
    if old is None:
        tx.execute(insert(clusters).values(zone=zone, registered=now, **values))
    else:
        tx.execute(update(clusters).where(clusters.c.zone == zone).values(**values))
    notify(tx, CHANNEL, zone)


def everyone(tx: Tx) -> tuple[Cluster, ...]:
    """Every zone's cluster, by zone."""
    rows = tx.execute(select(clusters).order_by(clusters.c.zone))
    return tuple(Cluster(**row._mapping) for row in rows)


def of_zone(tx: Tx, zone: str) -> Cluster | None:
    """The cluster of a zone, or None."""
    row = tx.execute(select(clusters).where(clusters.c.zone == zone)).first()
    return Cluster(**row._mapping) if row else None


def found(tx: Tx, zone: str, state: str, says: str, *, now: float) -> bool:
    """Note the state a cluster was found in; returns whether that is news."""
    old = of_zone(tx, zone)
    if old is None:
        return False
    values: dict[str, Any] = {} if state == NOTREADY else {"answered": now}
    if (old.state, old.says) != (state, says):
        values |= {"state": state, "says": says[:500]}
    if old.state != state:
        values["changed"] = now
    if values:
        tx.execute(update(clusters).where(clusters.c.zone == zone).values(**values))
    return old.state != state


def measured(tx: Tx, zone: str, sizes: Sequence[Capacity], *, now: float) -> None:
    """Record a zone's capacity and that its instances were described just now."""
    tx.execute(update(clusters).where(clusters.c.zone == zone).values(reported=now))
    rows = [
        {"zone": zone, "type": s.type, "maximum": s.maximum, "available": s.available}
        for s in sizes
    ]
    if not rows:
        return
    statement = upsert(capacities).values(rows)
    new = statement.excluded
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["zone", "type"],
            set_={"maximum": new.maximum, "available": new.available},
            where=(capacities.c.maximum != new.maximum) | (capacities.c.available != new.available),
        )
    )


def capacity(tx: Tx) -> Mapping[str, Mapping[str, Capacity]]:
    """Zone -> type -> capacity, as last reported."""
    made: dict[str, dict[str, Capacity]] = {}
    for row in tx.execute(select(capacities)):
        made.setdefault(row.zone, {})[row.type] = Capacity(
            type=row.type, maximum=row.maximum, available=row.available
        )
    return made


def seat(tx: Tx, zone: str, present: Sequence[Node]) -> bool:
    """Record the nodes of a zone; returns whether they changed."""
    if set(present) == set(seated(tx, zone)):
        return False
    tx.execute(delete(nodes).where(nodes.c.zone == zone))
    if present:
        rows = [
            {
                "zone": zone, "url": node.url, "address": node.address,
                "hypervisor": node.hypervisor, "iqn": node.iqn,
            }
            for node in present
        ]  # fmt: skip
        tx.execute(insert(nodes), rows)
    return True


def seated(tx: Tx, zone: str | None = None) -> tuple[Node, ...]:
    """The nodes of a zone (None: of all zones)."""
    asked = select(nodes).order_by(nodes.c.zone, nodes.c.url)
    if zone is not None:
        asked = asked.where(nodes.c.zone == zone)
    return tuple(Node(**row._mapping) for row in tx.execute(asked))
