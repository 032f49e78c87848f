# SPDX-License-Identifier: BSD-2-Clause
"""How things stand for the launches of one transaction, each of which sees what the others took.

Read once, before the first of them; nothing that is decided by outlives the transaction.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudcontroller.compute.core.addressing import ZoneNetwork, network
from cloudcontroller.compute.core.groups import DEFAULT_GROUP
from cloudcontroller.compute.core.images import Image, Kind
from cloudcontroller.compute.core.instance import GroupRef, Instance
from cloudcontroller.compute.core.keys import KeyPair
from cloudcontroller.compute.core.launch import Ids, Launch, Stand, Wish, Zone, most_of
from cloudcontroller.compute.core.quota import UNLIMITED, Quota
from cloudcontroller.compute.core.types import VmType
from cloudcontroller.compute.database import (
    addresses,
    clusters,
    groups,
    ids,
    instances,
    properties,
    types,
)
from cloudcontroller.compute.database.standing import Standing, standing
from eucalyptus.contracts.refusals import NO_SUCH_GROUP, NO_SUCH_KEY, NO_SUCH_TYPE
from eucalyptus.database.run import Tx
from eucalyptus.properties import (
    DEFAULT_TYPE,
    MAX_INSTANCES,
    MAX_TAGS,
    NETWORK_CONFIGURATION,
    USER_DATA_MAX_KB,
)

_network = functools.lru_cache(maxsize=4)(network)
"""The same text is read at every launch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """When launches are decided (POSIX seconds), and what ids are made of.

    ``digits`` gives 8 random hex digits, ``uuid`` a UUID. ``last`` outlives the transaction.
    """

    now: float
    digits: Callable[[], str]
    uuid: Callable[[], str]
    last: addresses.Last


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A launch that carried the same ClientToken: its reservation and what it asked for.

    ``instances`` are known when it was decided in this very transaction.
    """

    reservation_id: str
    fingerprint: str
    instances: tuple[Instance, ...] | None = None


class Market:
    """What the launches of a transaction look at; ``take`` notes what one of them is given."""

    def __init__(self, tx: Tx, wishes: Sequence[Wish], around: Circumstances) -> None:
        self._tx, self._around = tx, around
        self._drawn = ids.Drawn(tx, around.digits)
        self._drawn.draw("r", len(wishes))
        self._drawn.draw("i", most_of(wishes))
        found = standing(tx, wishes, self._drawn.ready)
        self._drawn.strike(found["taken"])
        self._understand(found)
        self._used: set[str] = set()
        self._counts: dict[str, int] = {}
        self._addresses = self._to_give(wishes)

    def _understand(self, found: Standing) -> None:
        texts = found["properties"] or {}
        self._value = properties.reading_of(texts)
        configuration = texts.get(NETWORK_CONFIGURATION.name, NETWORK_CONFIGURATION.default)
        self._pools = _network(configuration)
        self._types = types.all_of(VmType(**one) for one in found["types"])
        self._zones = {one["zone"]: one["state"] == clusters.ENABLED for one in found["zones"]}
        self._room = {(one["zone"], one["type"]): one["available"] for one in found["room"]}
        self._promised: dict[str, Counter[VmType]] = {name: Counter() for name in self._zones}
        for one in found["promised"]:
            self._promised.setdefault(one.pop("zone"), Counter()).update(_promise(**one))
        self._images = {one["image_id"]: _image(one) for one in found["images"]}
        self._keys = {(one["account_id"], one["name"]): KeyPair(**one) for one in found["keys"]}
        self._groups: dict[tuple[str, str], GroupRef] = {}
        for one in found["groups"]:
            self._remember_group(one["account_id"], one["group_id"], one["name"])
        self._earlier = {
            (one.pop("account_id"), one.pop("client_token")): Earlier(**one)
            for one in found["earlier"]
        }

    def _remember_group(self, account_id: str, group_id: str, name: str) -> None:
        group = GroupRef(group_id=group_id, name=name)
        self._groups.setdefault((account_id, group_id), group)
        self._groups.setdefault((account_id, name), group)

    def earlier(self, wish: Wish) -> Earlier | None:
        """The launch that used the wish's ClientToken before, or None."""
        return self._earlier.get((wish.account_id, wish.client_token))

    def ids(self) -> Ids:
        """Fresh ids for one launch."""
        take = self._drawn.take
        return Ids(reservation=take("r"), instance=lambda: take("i"), uuid=self._around.uuid)

    def stand(self, wish: Wish) -> Stand:
        """Everything ``plan`` needs; refuses an unknown type, key or group."""
        name = wish.type_name or self._value(DEFAULT_TYPE)
        kind = self._types.get(name)
        if kind is None:
            raise NO_SUCH_TYPE(type=name, known=", ".join(self._types))
        return Stand(
            now=self._around.now,
            type=kind,
            images=self._images,
            key=self._key(wish),
            groups=self._groups_of(wish),
            quota=self._quota(wish.account_id),
            zones=tuple(self._zone(name, kind) for name in self._zones),
            used=self._used,
            user_data_limit=self._value(USER_DATA_MAX_KB) * 1024,
            tag_limit=self._value(MAX_TAGS),
        )

    def _zone(self, name: str, kind: VmType) -> Zone:
        return Zone(
            name=name,
            is_up=self._zones[name],
            available=self._room.get((name, kind.name), 0),
            promised=self._promised[name],
            pool=self._pool(name),
            addresses=self._addresses.get(name, ()),
        )

    def _pool(self, zone: str) -> ZoneNetwork | None:
        return self._pools.zone(zone) if self._pools else None

    def _quota(self, account_id: str) -> Quota:
        limit = self._value(MAX_INSTANCES)
        if limit != UNLIMITED and account_id not in self._counts:
            self._counts[account_id] = instances.count(self._tx, account_id)
        return Quota(account=account_id, limit=limit, used=self._counts.get(account_id, 0))

    def _key(self, wish: Wish) -> KeyPair | None:
        if not wish.key_name:
            return None
        pair = self._keys.get((wish.account_id, wish.key_name))
        if pair is None:
            raise NO_SUCH_KEY(name=wish.key_name)
        return pair

    def _groups_of(self, wish: Wish) -> tuple[GroupRef, ...]:
        found: dict[str, GroupRef] = {}
        for name in wish.groups or (DEFAULT_GROUP,):
            group = self._groups.get((wish.account_id, name))
            if group is None and name == DEFAULT_GROUP:
                made = groups.default(self._tx, wish.account_id, self._around.digits)
                self._remember_group(wish.account_id, made.group_id, made.name)
                group = self._groups[wish.account_id, made.name]
            if group is None:
                raise NO_SUCH_GROUP(group=name)
            found[group.group_id] = group
        return tuple(found.values())

    def _to_give(self, wishes: Sequence[Wish]) -> Mapping[str, tuple[str, ...]]:
        """By zone: as many free addresses as may be given, or all there are."""
        asked = {one.zone for one in wishes}
        largest: dict[str, int] = {}
        for (zone, _), room in self._room.items():
            if self._zones[zone] and ("" in asked or zone in asked):
                largest[zone] = max(largest.get(zone, 0), room)
        pools = {name: pool for name in largest if (pool := self._pool(name)) is not None}
        count = min(most_of(wishes), sum(largest.values()))
        return addresses.to_give(self._tx, pools, count, self._around.last) if count else {}

    def take(self, launch: Launch) -> None:
        """What ``launch`` was given, the next one cannot have."""
        wish, made = launch.wish, launch.instances
        self._used.update(one.private_ip for one in made)
        self._around.last[launch.zone] = made[-1].private_ip
        self._promised[launch.zone].update(one.type for one in made)
        if wish.account_id in self._counts:
            self._counts[wish.account_id] += len(made)
        if wish.client_token:
            self._earlier[wish.account_id, wish.client_token] = Earlier(
                reservation_id=launch.reservation_id,
                fingerprint=wish.fingerprint(),
                instances=made,
            )


def _image(row: dict[str, Any]) -> Image:
    sets = {name: frozenset(row[name]) for name in ("launchers", "product_codes")}
    return Image(**{**row, **sets, "kind": Kind(row["kind"])})


def _promise(*, type: str, count: int, **sizes: int) -> Mapping[VmType, int]:
    return {VmType(name=type, **sizes): count}
