# SPDX-License-Identifier: BSD-2-Clause
"""What is said to clusters of a launch: one message for all of it, then one for each."""

from __future__ import annotations

import hashlib

from cloudcontroller.compute.database import work
from tests.cloudcontroller.compute.street import DOCUMENTS, Street


def told(street: Street) -> list[tuple[str, ...]]:
    """The instances of each message."""
    return [ask.instance_ids for ask in street.zone.runs]


def test_a_launch_is_told_in_one_message(street: Street) -> None:
    """Addresses, MACs and ids in step; another launch is another message."""
    image = street.image()
    launch = street.launch(image, min_count=3, max_count=3)
    street.launch(image)
    street.work()
    first, other = sorted(street.zone.runs, key=lambda ask: -ask.max_count)
    ours = {one.instance_id: one for one in street.instances().values()}
    assert first.instance_ids == tuple(one.instance_id for one in launch.instances)
    assert (first.min_count, first.max_count, first.launch_index) == (3, 3, "0")
    for n, name in enumerate(first.instance_ids):
        one = ours[name]
        said = (first.uuids[n], first.mac_addresses[n], first.private_ips[n])
        assert said == (one.uuid, one.mac, one.private_ip)
        assert one.node == street.zone.node
    assert other.max_count == 1 and street.rows("work") == []


def test_the_store_is_asked_once_for_an_image(street: Street) -> None:
    """However many are launched; their nodes are told which content was meant."""
    image = street.image()
    manifests = street.world.manifests
    asked: list[str] = []
    real = manifests.digest

    async def counted(location: str) -> str:
        asked.append(location)
        return await real(location)

    manifests.digest = counted  # type: ignore[method-assign]
    street.launch(image, min_count=3, max_count=3)
    street.launch(image)
    street.work()
    assert asked == ["images/disk.manifest.xml"]
    digest = hashlib.sha256(DOCUMENTS[asked[0]]).hexdigest()
    for ask in street.zone.runs:
        assert ask.instance_type is not None
        first = ask.instance_type.virtual_boot_record[0]
        assert (first.resource_location or "").endswith(f"{asked[0]}#{digest}")


def test_what_a_zone_declines_is_asked_for_one_by_one(street: Street) -> None:
    """Who has no room keeps nobody else from being taken, or from being known to be."""
    image = street.image()
    launch = street.launch(image, min_count=3, max_count=3)
    street.zone.cores = 2
    street.work()
    names = [one.instance_id for one in launch.instances]
    assert told(street) == [tuple(names), *((name,) for name in names)]
    assert [row.instance_id for row in street.rows("work")] == names[2:]
    street.zone.cores = 16
    street.later(30)
    street.work()
    assert told(street)[-1] == (names[2],) and street.rows("work") == []


def test_what_is_told_again_is_told_alone(street: Street) -> None:
    """Silence may have been any of them: each gets its own answer next time."""
    street.zone.is_silent = True
    launch = street.launch(street.image(), min_count=2, max_count=2)
    street.work()
    street.zone.is_silent = False
    street.later(30)
    street.work()
    assert sorted(told(street)) == sorted((one.instance_id,) for one in launch.instances)


def test_what_ended_meanwhile_leaves_the_rest_together(street: Street) -> None:
    """Those before and behind it: a message counts the launch index on."""
    launch = street.launch(street.image(), min_count=4, max_count=4)
    names = [one.instance_id for one in launch.instances]
    street.run(work.withdraw, names[1])
    street.work()
    assert [(ask.instance_ids, ask.launch_index) for ask in street.zone.runs] == [
        ((names[0],), "0"), ((names[2], names[3]), "2"),
    ]  # fmt: skip
