# SPDX-License-Identifier: BSD-2-Clause
"""Deciding a launch: a wish and how things stand -> the instances to make, or a refusal.

Everything is refused before anything is recorded. The zone is the one asked for, else the one
with most room; a launch never spans zones.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, fields

from cloudcontroller.compute.core import quota
from cloudcontroller.compute.core.addressing import ZoneNetwork, allocate, mac_address
from cloudcontroller.compute.core.bootrecord import Sources, ephemeral_size
from cloudcontroller.compute.core.images import AVAILABLE, Image, Kind
from cloudcontroller.compute.core.instance import GroupRef, Instance
from cloudcontroller.compute.core.keys import KeyPair
from cloudcontroller.compute.core.lifecycle import Reason, VmState
from cloudcontroller.compute.core.types import VmType
from eucalyptus.contracts.refusals import (
    IMAGE_UNAVAILABLE,
    INVALID_COMBINATION,
    INVALID_PARAMETER,
    NO_ADDRESSES,
    NO_CAPACITY,
    NO_SUCH_IMAGE,
    NO_SUCH_ZONE,
    TOO_MANY_TAGS,
    USER_DATA_TOO_BIG,
)

MOST = 1000
"""No request may ask for more instances than this at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a caller asks for, read from the message and nothing looked up yet."""

    account_id: str
    user_id: str
    image_id: str
    least: int
    most: int
    type_name: str
    key_name: str = ""
    groups: tuple[str, ...] = ()
    zone: str = ""
    kernel_id: str = ""
    ramdisk_id: str = ""
    user_data: bytes = b""
    client_token: str = ""
    monitoring: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)

    def fingerprint(self) -> str:
        """Equal for equal wishes: what a repeated ClientToken must match."""
        facts = {name: getattr(self, name) for name in _FACTS}
        facts["user_data"] = hashlib.sha256(self.user_data).hexdigest()
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


_FACTS = tuple(one.name for one in fields(Wish))


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """One zone as it stands. ``available``: what its cluster reported for the wished type.

    ``promised`` counts by type the instances that the report does not know yet. ``addresses`` are
    those of ``pool`` to choose from, in order.
    """

    name: str
    is_up: bool
    available: int
    promised: Mapping[VmType, int] = field(default_factory=dict)
    pool: ZoneNetwork | None = None
    addresses: Iterable[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """How things stand, read in the transaction that will record the launch.

    ``images`` holds every image the wish may need, by id; ``used`` the addresses in use.
    """

    now: float
    type: VmType
    images: Mapping[str, Image]
    key: KeyPair | None
    groups: tuple[GroupRef, ...]
    quota: quota.Quota
    zones: Sequence[Zone]
    used: Set[str] = field(default_factory=frozenset)
    user_data_limit: int = 16384
    tag_limit: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Ids:
    """Fresh ids: ``instance()`` -> ``i-…``, ``uuid()``; the reservation's is made once."""

    reservation: str
    instance: Callable[[], str]
    uuid: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A decided launch: what to record."""

    reservation_id: str
    wish: Wish
    zone: str
    instances: tuple[Instance, ...]


def plan(wish: Wish, stand: Stand, ids: Ids) -> Launch:
    """Decide; raises the refusal that applies first: counts, image, quota, room, addresses."""
    _check_counts(wish)
    if len(wish.user_data) > stand.user_data_limit:
        raise USER_DATA_TOO_BIG(limit=stand.user_data_limit, size=len(wish.user_data))
    if len(wish.tags) > stand.tag_limit:
        raise TOO_MANY_TAGS(limit=stand.tag_limit, wanted=len(wish.tags))
    sources = _sources(wish, stand)
    ephemeral_size(sources, stand.type)
    most = stand.quota.allow(wish.least, wish.most)
    zone, count = _choose_zone(wish, stand, most)
    addresses = _addresses(zone, stand.used, wish.least, count)
    made = tuple(
        _instance(wish, stand, sources, _Place(zone=zone, address=address, index=index, ids=ids))
        for index, address in enumerate(addresses)
    )
    return Launch(reservation_id=ids.reservation, wish=wish, zone=zone.name, instances=made)


def most_of(wishes: Iterable[Wish]) -> int:
    """How many instances wishes may come to; those whose counts make no sense come to none."""
    return sum(one.most for one in wishes if 1 <= one.most <= MOST)


def _check_counts(wish: Wish) -> None:
    if not 1 <= wish.least <= MOST:
        raise INVALID_PARAMETER(name="MinCount", value=wish.least, wanted=f"from 1 to {MOST}")
    if not wish.least <= wish.most <= MOST:
        raise INVALID_PARAMETER(
            name="MaxCount", value=wish.most, wanted=f"from MinCount ({wish.least}) to {MOST}"
        )


def _image(stand: Stand, account_id: str, image_id: str, kind: Kind) -> Image:
    image = stand.images.get(image_id)
    if image is None or not image.visible_to(account_id):
        raise NO_SUCH_IMAGE(image_id=image_id)
    if image.state != AVAILABLE:
        raise IMAGE_UNAVAILABLE(image_id=image_id, state=image.state)
    if image.kind is not kind:
        raise INVALID_COMBINATION(
            reason=f"{image_id} is a {image.kind.value} image where a {kind.value} image is needed."
        )
    return image


def _sources(wish: Wish, stand: Stand) -> Sources:
    image = _image(stand, wish.account_id, wish.image_id, Kind.MACHINE)
    kernel = wish.kernel_id or image.kernel_id
    ramdisk = wish.ramdisk_id or image.ramdisk_id
    if image.virtualization == "hvm" and (wish.kernel_id or wish.ramdisk_id):
        raise INVALID_COMBINATION(
            reason=f"Image {image.image_id} is a whole disk; it takes no kernel or ramdisk."
        )
    if image.virtualization != "hvm" and not kernel:
        raise INVALID_COMBINATION(
            reason=f"Image {image.image_id} is a partition and needs a kernel; give KernelId."
        )
    sizes = {image.image_id: image.size}
    for asked, used, kind in (
        (wish.kernel_id, kernel, Kind.KERNEL),
        (wish.ramdisk_id, ramdisk, Kind.RAMDISK),
    ):
        if used:
            account = wish.account_id if asked else _lender(stand, wish, image, used)
            sizes[used] = _image(stand, account, used, kind).size
    return Sources(
        image_id=image.image_id, kernel_id=kernel, ramdisk_id=ramdisk, sizes=sizes, urls={}
    )


def _lender(stand: Stand, wish: Wish, image: Image, part_id: str) -> str:
    """Who must be let see a kernel or ramdisk that comes with ``image``.

    Who may launch an image may launch it with the owner's own, yet not with a third account's
    that only the owner was given.
    """
    part = stand.images.get(part_id)
    is_owners = part is not None and part.account_id == image.account_id
    return image.account_id if is_owners else wish.account_id


def _room(zone: Zone, type: VmType) -> int:
    return quota.free(zone.available, zone.promised, type) if zone.is_up else 0


def _choose_zone(wish: Wish, stand: Stand, most: int) -> tuple[Zone, int]:
    asked = [z for z in stand.zones if not wish.zone or z.name == wish.zone]
    if not asked:
        known = ", ".join(sorted(z.name for z in stand.zones)) or "none"
        raise NO_SUCH_ZONE(zone=wish.zone or "any", known=known)
    best = min(asked, key=lambda zone: (-_room(zone, stand.type), zone.name))
    room = _room(best, stand.type)
    if room < wish.least:
        raise NO_CAPACITY(zone=best.name, free=room, type=stand.type.name, wanted=wish.least)
    return best, min(room, most)


def _addresses(zone: Zone, used: Set[str], least: int, count: int) -> tuple[str, ...]:
    found = allocate(zone.addresses, used, count)
    if len(found) < least:
        raise NO_ADDRESSES(zone=zone.name, free=len(found), wanted=least)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    zone: Zone
    address: str
    index: int
    ids: Ids


def _instance(wish: Wish, stand: Stand, sources: Sources, place: _Place) -> Instance:
    instance_id = place.ids.instance()
    assert place.zone.pool is not None
    return Instance(
        instance_id=instance_id,
        uuid=place.ids.uuid(),
        reservation_id=place.ids.reservation,
        account_id=wish.account_id,
        user_id=wish.user_id,
        client_token=wish.client_token,
        state=VmState.PENDING,
        reason=Reason.NORMAL,
        says="",
        **_made_of(stand.images[sources.image_id], sources),
        type=stand.type,
        zone=place.zone.name,
        key_name=stand.key.name if stand.key else "",
        public_key=stand.key.public_key if stand.key else "",
        user_data=wish.user_data,
        launch_index=place.index,
        monitoring=wish.monitoring,
        private_ip=place.address,
        mac=mac_address(instance_id, place.zone.pool.mac_prefix),
        created=stand.now,
        changed=stand.now,
        reported=None,
        expires=None,
        node="",
        guest="",
        reachable=True,
        asked=None,
        heard=False,
        groups=stand.groups,
        tags=wish.tags,
    )


def _made_of(image: Image, sources: Sources) -> dict[str, str]:
    return {
        "image_id": image.image_id,
        "manifest": image.location,
        "kernel_id": sources.kernel_id,
        "ramdisk_id": sources.ramdisk_id,
        "architecture": image.architecture,
        "platform": image.platform,
        "virtualization": image.virtualization,
        "root_device": image.root_device,
    }
