# SPDX-License-Identifier: BSD-2-Clause
"""Deciding launches: counts, zones, rooms, addresses, boot records, quota."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from ipaddress import IPv4Address
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudcontroller.compute.core import quota
from cloudcontroller.compute.core.addressing import (
    allocate,
    check,
    following,
    mac_address,
    network,
)
from cloudcontroller.compute.core.bootrecord import (
    GIB,
    SWAP,
    Formats,
    Sources,
    boot_record,
    virtual_machine,
)
from cloudcontroller.compute.core.images import Image, Kind
from cloudcontroller.compute.core.launch import Ids, Launch, Stand, Wish, Zone, plan
from cloudcontroller.compute.core.types import DEFAULTS, VmType
from eucalyptus.contracts.refusals import Refused

SMALL = DEFAULTS[0]
NETWORK = network(
    '{"Subnets": [{"Subnet": "10.0.0.0", "Netmask": "255.255.255.0", "Gateway": "10.0.0.1"}],'
    ' "PrivateIps": ["10.0.0.10-10.0.0.29"]}'
)
assert NETWORK is not None
POOL = NETWORK.zone("a")
assert POOL is not None
ADDRESSES = tuple(following(POOL))
types = st.sampled_from(DEFAULTS)


def image(image_id: str = "emi-1", kind: Kind = Kind.MACHINE, **parts: Any) -> Image:
    """A whole-disk image of Alice's."""
    facts: dict[str, Any] = {
        "image_id": image_id, "account_id": "alice", "kind": kind, "name": "n", "description": "",
        "location": "b/k", "architecture": "x86_64", "platform": "", "virtualization": "hvm",
        "root_device": "/dev/sda", "kernel_id": "", "ramdisk_id": "", "state": "available",
        "is_public": False, "size": GIB, "digest": "", "created": 0.0,
    }  # fmt: skip
    return Image(**{**facts, **parts})


def zone(name: str = "a", available: int = 10, **parts: Any) -> Zone:
    """A zone that is up."""
    return Zone(name=name, **{"is_up": True, "available": available, "pool": POOL,
                              "addresses": ADDRESSES, **parts})  # fmt: skip


def stand(*zones: Zone, **parts: Any) -> Stand:
    """Room for ten."""
    facts: dict[str, Any] = {
        "now": 5.0, "type": SMALL, "images": {"emi-1": image()}, "key": None, "groups": (),
        "quota": quota.Quota(account="alice", limit=-1, used=0), "zones": zones or (zone(),),
    }  # fmt: skip
    return Stand(**{**facts, **parts})


def wish(least: int = 1, most: int = 1, **parts: Any) -> Wish:
    """So many of emi-1."""
    facts: dict[str, Any] = {"account_id": "alice", "user_id": "u", "image_id": "emi-1",
                             "least": least, "most": most, "type_name": "m1.small"}  # fmt: skip
    return Wish(**{**facts, **parts})


def decide(asked: Wish, how: Stand) -> Launch:
    """plan with ids in order."""
    numbers = count(1)
    return plan(
        asked, how,
        Ids(reservation="r-1", instance=lambda: f"i-{next(numbers):08x}", uuid=lambda: "u"),
    )  # fmt: skip


@given(st.integers(1, 30), st.integers(0, 30), st.integers(0, 25), st.integers(-1, 30), st.data())
def test_a_launch_keeps_every_limit(
    least: int, extra: int, available: int, limit: int, data: st.DataObject
) -> None:
    """Between least and most, within room, addresses and quota; or a refusal that is true."""
    used = frozenset(data.draw(st.sets(st.integers(10, 29).map(lambda n: f"10.0.0.{n}"))))
    have = data.draw(st.integers(0, 10))
    how = stand(
        zone(available=available),
        used=used,
        quota=quota.Quota(account="alice", limit=limit, used=have),
    )
    room = min(available, 20 - len(used), limit - have if limit >= 0 else 99)
    try:
        launch = decide(wish(least, least + extra), how)
    except Refused:
        assert room < least
        return
    made = launch.instances
    assert len(made) == min(room, least + extra)
    addresses = {one.private_ip for one in made}
    assert len(addresses) == len(made) and not addresses & used
    assert [one.launch_index for one in made] == list(range(len(made)))
    assert {one.zone for one in made} == {"a"}


def test_the_zone_with_most_room_is_taken() -> None:
    """Unless one is asked for; a zone that is down has no room; a launch spans no zones."""
    zones = (zone("a", 3), zone("b", 7), zone("c", 9, is_up=False))
    assert decide(wish(), stand(*zones)).zone == "b"
    assert decide(wish(zone="a"), stand(*zones)).zone == "a"
    with pytest.raises(Refused, match=r"Zone b has room for 7 more m1\.small, 8 were asked"):
        decide(wish(8, 8), stand(*zones))
    with pytest.raises(Refused, match="Zone c has room for 0"):
        decide(wish(zone="c"), stand(*zones))
    with pytest.raises(Refused, match="Choose one of: a, b, c"):
        decide(wish(zone="d"), stand(*zones))


def test_a_zone_without_a_network_has_no_addresses() -> None:
    """Said as such."""
    with pytest.raises(Refused, match="has 0 free private addresses"):
        decide(wish(), stand(zone(pool=None, addresses=())))


@pytest.mark.parametrize(
    ("parts", "asked", "says"),
    [
        ({"account_id": "bob"}, {}, "does not exist"),
        ({"state": "deregistered"}, {}, "is deregistered"),
        ({"kind": Kind.KERNEL}, {}, "is a kernel image where a machine image is needed"),
        ({"virtualization": "paravirtual"}, {}, "needs a kernel"),
        ({"size": 5 * GIB + 1}, {}, "needs a disk of 6 GiB"),
        ({}, {"kernel_id": "eki-1"}, "takes no kernel"),
        ({}, {"user_data": b"x" * 16385}, "may hold 16384 bytes; 16385 were sent"),
    ],
)
def test_images_that_cannot_be_launched(
    parts: dict[str, Any], asked: dict[str, Any], says: str
) -> None:
    """Each with its reason."""
    with pytest.raises(Refused, match=says):
        decide(wish(**asked), stand(images={"emi-1": image(**parts)}))


def test_kernel_and_ramdisk_come_from_wish_or_image() -> None:
    """And must be what they say they are."""
    images = {
        "emi-1": image(virtualization="paravirtual", kernel_id="eki-1", ramdisk_id="eri-1"),
        "eki-1": image("eki-1", Kind.KERNEL),
        "eki-2": image("eki-2", Kind.KERNEL),
        "eri-1": image("eri-1", Kind.RAMDISK),
    }
    (one,) = decide(wish(), stand(images=images)).instances
    assert (one.kernel_id, one.ramdisk_id) == ("eki-1", "eri-1")
    (one,) = decide(wish(kernel_id="eki-2"), stand(images=images)).instances
    assert one.kernel_id == "eki-2"
    with pytest.raises(Refused, match="eri-9"):
        decide(wish(ramdisk_id="eri-9"), stand(images=images))


def test_equal_wishes_have_equal_fingerprints() -> None:
    """And different ones different ones."""
    assert wish(1, 2).fingerprint() == wish(1, 2).fingerprint()
    different = {wish(1, n, user_data=data).fingerprint() for n in (2, 3) for data in (b"", b"x")}
    assert len(different) == 4


# --- room --------------------------------------------------------------------------------------
@given(st.integers(0, 100), st.lists(types, max_size=8), types)
def test_free_room_never_grows_by_promises(
    available: int, promised: list[VmType], wanted: VmType
) -> None:
    """Each promise takes at least one place."""
    left = quota.free(available, Counter(promised), wanted)
    assert 0 <= left <= max(available - len(promised), 0) if promised else left == available


@given(types, types)
def test_slots_are_an_upper_bound(taken: VmType, wanted: VmType) -> None:
    """So many instances of the wanted type have the size of one of the taken type, or more."""
    n = quota.slots(taken, wanted)
    assert n * wanted.cpu >= taken.cpu and n * wanted.disk >= taken.disk
    assert n * wanted.memory >= taken.memory


# --- addresses ---------------------------------------------------------------------------------
@given(st.sets(st.integers(0, 255)), st.integers(0, 40))
def test_addresses_are_free_inside_and_never_special(taken: set[int], wanted: int) -> None:
    """Nor the gateway, nor the ends of the subnet, whatever the pool says."""
    text = (
        '{"Subnets": [{"Subnet": "10.0.0.0", "Netmask": "255.255.255.0", "Gateway": "10.0.0.1"}],'
        ' "PrivateIps": ["10.0.0.2-10.0.0.9", "10.0.0.4-10.0.0.20"]}'
    )
    config = network(text)
    assert config is not None
    pool = config.zone("x")
    assert pool is not None
    used = {f"10.0.0.{n}" for n in taken}
    found = allocate(following(pool), used, wanted)
    free = [n for n in range(2, 21) if n not in taken]
    assert found == tuple(str(IPv4Address(f"10.0.0.{n}")) for n in free[:wanted])


def test_addresses_of_macs_and_configurations() -> None:
    """MAC from id; the property's check."""
    assert mac_address("i-AABBCCDD") == "d0:0d:aa:bb:cc:dd"
    assert mac_address("i-0123456789abcdef0", "d0:0e") == "d0:0e:01:23:45:67"
    assert network("  ") is None
    check("")
    with pytest.raises(ValueError, match="not JSON"):
        check("{")


# --- boot records ------------------------------------------------------------------------------
@given(st.integers(1, 6 * GIB), st.booleans())
def test_boot_records_fill_the_disk(size: int, partitioned: bool) -> None:
    """Image, ephemeral and swap are the type's disk, or the type is too small."""
    names = {"kernel_id": "eki-1", "ramdisk_id": "eri-1"} if partitioned else {}
    sizes = {"emi-1": size, "eki-1": 1, "eri-1": 1}
    sources = Sources(image_id="emi-1", sizes=sizes, urls=dict.fromkeys(sizes, "http://x"), **names)
    try:
        records = boot_record(sources, SMALL, Formats())
    except Refused:
        assert size + (SWAP + 61440 if partitioned else 0) > 5 * GIB - 512
        return
    disks = {r.guest_device_name: r.size or 0 for r in records if r.guest_device_name != "none"}
    assert sum(disks.values()) <= 5 * GIB
    assert sum(disks.values()) > 5 * GIB - 61440 - 512
    assert disks["sda1" if partitioned else "sda"] == size
    assert ("sda3" in disks) is partitioned


def test_formats_are_the_clouds() -> None:
    """ext3 or nothing; swap or nothing."""
    sources = Sources(
        image_id="emi-1", kernel_id="eki-1", sizes={"emi-1": GIB, "eki-1": 5},
        urls={"emi-1": "u", "eki-1": "k"},
    )  # fmt: skip
    vm = virtual_machine(sources, SMALL, Formats(ephemeral=False, swap=True))
    kinds = {r.type: (r.format, r.size) for r in vm.virtual_boot_record}
    assert kinds["ephemeral0"][0] == "none" and kinds["swap"] == ("swap", SWAP)
    assert kinds["kernel"] == ("none", -1)
    vm = virtual_machine(sources, SMALL, Formats())
    kinds = {r.type: (r.format, r.size) for r in vm.virtual_boot_record}
    assert kinds["ephemeral0"][0] == "ext3" and kinds["swap"][0] == "none"
    assert (vm.cores, vm.memory, vm.disk) == (1, 256, 5)


def test_quota_without_limit() -> None:
    """-1 is no limit."""
    one = quota.Quota(account="a", limit=-1, used=10**6)
    assert one.allow(1, 5) == 5
    with pytest.raises(Refused, match="may have 3 instances and has 3; 1 more"):
        replace(one, limit=3, used=3).allow(1, 1)
