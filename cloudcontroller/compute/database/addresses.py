# SPDX-License-Identifier: BSD-2-Clause
"""Private addresses to give in one transaction: looked for behind the one given last.

So not all that are in use need be read, which may be tens of thousands; and an address that was
given back goes to another instance as late as possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain, islice

from cloudcontroller.compute.core.addressing import ZoneNetwork, allocate, following
from cloudcontroller.compute.database import instances
from eucalyptus.database.prepared import Prepared
from eucalyptus.database.run import Tx

SPARE = 32
"""Addresses looked at beyond those that are wanted, since some will be in use."""

Last = dict[str, str]
"""By zone: the address given last. It is where to look first and nothing more."""

# One by one through the index, in a table of any size.
_USED = Prepared(
    "compute_used",
    ("text[]",),
    "SELECT one FROM unnest($1) one WHERE (SELECT true FROM compute.instances"
    " WHERE private_ip = one)",
)


def to_give(
    tx: Tx, pools: Mapping[str, ZoneNetwork], count: int, last: Last
) -> Mapping[str, tuple[str, ...]]:
    """By zone: ``count`` addresses of its pool that are free, or all there are."""
    near = {
        zone: tuple(islice(following(pool, last.get(zone, "")), count + SPARE))
        for zone, pool in pools.items()
    }
    used = frozenset(address for (address,) in _USED.rows(tx, list(chain(*near.values()))))
    free = {zone: allocate(some, used, count) for zone, some in near.items()}
    few = [zone for zone, found in free.items() if len(found) < count]
    return {**free, **_anywhere(tx, few, pools, count)} if few else free


def _anywhere(
    tx: Tx, zones: Iterable[str], pools: Mapping[str, ZoneNetwork], count: int
) -> Mapping[str, tuple[str, ...]]:
    used = instances.addresses_in_use(tx)
    return {zone: allocate(following(pools[zone]), used, count) for zone in zones}
