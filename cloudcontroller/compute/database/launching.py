# SPDX-License-Identifier: BSD-2-Clause
"""Reading how things stand for a launch, and recording the launch, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, text

from cloudcontroller.compute.core.addressing import NetworkConfig, network
from cloudcontroller.compute.core.groups import DEFAULT_DESCRIPTION, DEFAULT_GROUP, Group
from cloudcontroller.compute.core.instance import GroupRef
from cloudcontroller.compute.core.keys import KeyPair
from cloudcontroller.compute.core.launch import Launch, Stand, Wish, Zone
from cloudcontroller.compute.core.quota import Quota
from cloudcontroller.compute.core.types import VmType
from cloudcontroller.compute.database import (
    clusters,
    groups,
    ids,
    images,
    instances,
    keys,
    properties,
    types,
    work,
)
from cloudcontroller.compute.database.schema import reservations
from eucalyptus.contracts.refusals import NO_SUCH_GROUP, NO_SUCH_KEY, NO_SUCH_TYPE
from eucalyptus.database.run import Tx
from eucalyptus.properties import (
    DEFAULT_TYPE,
    MAX_INSTANCES,
    MAX_TAGS,
    NETWORK_CONFIGURATION,
    USER_DATA_MAX_KB,
    Property,
)

NETWORK_CHANNEL = "compute_network"
"""Notified when the network-info document may have changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A launch that carried the same ClientToken: its reservation and what it asked for."""

    reservation_id: str
    fingerprint: str


def queue(tx: Tx) -> None:
    """Let launches be decided one after the other: each must see the room the last one left.

    It must be the transaction's first statement: only then the snapshot is taken after the wait.
    """
    tx.execute(text("LOCK TABLE compute.reservations IN SHARE ROW EXCLUSIVE MODE"))


def earlier(tx: Tx, wish: Wish) -> Earlier | None:
    """The launch that used the wish's ClientToken before, or None."""
    if not wish.client_token:
        return None
    row = tx.execute(
        select(reservations).where(
            reservations.c.account_id == wish.account_id,
            reservations.c.client_token == wish.client_token,
        )
    ).first()
    return Earlier(reservation_id=row.reservation_id, fingerprint=row.fingerprint) if row else None


@dataclass(slots=True, kw_only=True)
class Market:
    """What every launch of a transaction looks at, read once; ``take`` notes what one took."""

    now: float
    types: Mapping[str, VmType]
    value: Callable[[Property[Any]], Any]
    seats: Sequence[clusters.Cluster]
    room: Mapping[str, Mapping[str, clusters.Capacity]]
    pools: NetworkConfig | None
    promised: dict[str, tuple[VmType, ...]]
    used: set[str]

    def zones(self, kind: VmType) -> tuple[Zone, ...]:
        """The zones as a launch of ``kind`` sees them."""
        return tuple(
            Zone(
                name=one.zone,
                is_up=one.is_up,
                available=size.available if (size := self._size(one, kind)) else 0,
                promised=self.promised.get(one.zone, ()),
                pool=self.pools.zone(one.zone) if self.pools else None,
            )
            for one in self.seats
        )

    def _size(self, one: clusters.Cluster, kind: VmType) -> clusters.Capacity | None:
        return self.room.get(one.zone, {}).get(kind.name)

    def take(self, launch: Launch) -> None:
        """What ``launch`` was given, the next one cannot have."""
        self.used.update(one.private_ip for one in launch.instances)
        kinds = tuple(one.type for one in launch.instances)
        self.promised[launch.zone] = self.promised.get(launch.zone, ()) + kinds


def market(tx: Tx, now: float) -> Market:
    """How things stand before the first launch of a transaction."""
    return Market(
        now=now,
        types=types.known(tx),
        value=properties.reading(tx),
        seats=clusters.everyone(tx),
        room=clusters.capacity(tx),
        pools=network(properties.text(tx, NETWORK_CONFIGURATION)),
        promised=dict(instances.promised(tx)),
        used=set(instances.addresses_in_use(tx)),
    )


def stand(tx: Tx, wish: Wish, market: Market, digits: Callable[[], str]) -> Stand:
    """Everything ``plan`` needs; refuses an unknown type, key or group."""
    name = wish.type_name or market.value(DEFAULT_TYPE)
    kind = market.types.get(name)
    if kind is None:
        raise NO_SUCH_TYPE(type=name, known=", ".join(market.types))
    found = images.named(tx, filter(None, (wish.image_id, wish.kernel_id, wish.ramdisk_id)))
    image = found.get(wish.image_id)
    if image is not None:
        found = {**images.named(tx, filter(None, (image.kernel_id, image.ramdisk_id))), **found}
    return Stand(
        now=market.now,
        type=kind,
        images=found,
        key=_key(tx, wish),
        groups=_groups(tx, wish, digits),
        quota=Quota(
            account=wish.account_id,
            limit=market.value(MAX_INSTANCES),
            used=instances.count(tx, wish.account_id),
        ),
        zones=market.zones(kind),
        used=market.used,
        user_data_limit=market.value(USER_DATA_MAX_KB) * 1024,
        tag_limit=market.value(MAX_TAGS),
    )


def _key(tx: Tx, wish: Wish) -> KeyPair | None:
    if not wish.key_name:
        return None
    pair = keys.named(tx, wish.account_id, wish.key_name)
    if pair is None:
        raise NO_SUCH_KEY(name=wish.key_name)
    return pair


def _groups(tx: Tx, wish: Wish, digits: Callable[[], str]) -> tuple[GroupRef, ...]:
    found: dict[str, GroupRef] = {}
    for name in wish.groups or (DEFAULT_GROUP,):
        group = groups.named(tx, wish.account_id, name)
        if group is None and name == DEFAULT_GROUP:
            group = default_group(tx, wish.account_id, digits)
        if group is None:
            raise NO_SUCH_GROUP(group=name)
        found[group.group_id] = GroupRef(group_id=group.group_id, name=group.name)
    return tuple(found.values())


def default_group(tx: Tx, account_id: str, digits: Callable[[], str]) -> Group:
    """The account's default group, made now if it is not there yet."""
    group = groups.named(tx, account_id, DEFAULT_GROUP)
    if group is not None:
        return group
    made = Group(
        group_id=ids.fresh(tx, "sg", digits),
        account_id=account_id,
        name=DEFAULT_GROUP,
        description=DEFAULT_DESCRIPTION,
    )
    groups.add(tx, made)
    return made


def record(tx: Tx, launch: Launch, request_id: str) -> None:
    """Write the launch down with the wish that its cluster be told, and wake who tells it."""
    wish = launch.wish
    now = launch.instances[0].created
    tx.execute(
        insert(reservations).values(
            reservation_id=launch.reservation_id,
            account_id=wish.account_id,
            client_token=wish.client_token or None,
            fingerprint=wish.fingerprint(),
            created=now,
        )
    )
    instances.add(tx, launch.instances)
    wanted = [one.instance_id for one in launch.instances]
    work.add(tx, work.LAUNCH, wanted, now, request_id=request_id)
