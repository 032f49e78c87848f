# SPDX-License-Identifier: BSD-2-Clause
"""What messages about launches are made of, and which launches one message can carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cloudcontroller.compute.core.bootrecord import Formats, Sources, virtual_machine
from cloudcontroller.compute.core.dispatch import follows
from cloudcontroller.compute.core.images import Image
from cloudcontroller.compute.core.instance import Instance
from cloudcontroller.compute.core.lifecycle import VmState
from cloudcontroller.compute.database import clusters, images, instances, properties
from cloudcontroller.compute.database.work import Item
from cloudcontroller.compute.world import World
from eucalyptus.contracts.internal import VirtualMachine
from eucalyptus.database.run import Tx
from eucalyptus.properties import FORMAT_EPHEMERAL, FORMAT_SWAP


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What one launch message is made of."""

    instance: Instance
    url: str
    images: dict[str, Image]
    formats: Formats


@dataclass(frozen=True, slots=True)
class Wish:
    """A launch to be told, and what its message is made of."""

    item: Item
    facts: Facts

    def place(self) -> tuple[str, int]:
        """Where it is in its launch."""
        return self.facts.instance.reservation_id, self.facts.instance.launch_index

    def goes_with(self, former: Wish) -> bool:
        """Whether the message of ``former`` can carry it too."""
        new = self.item.attempts == former.item.attempts == 1
        same = self.item.request_id == former.item.request_id
        return new and same and follows(self.facts.instance, former.facts.instance)


def alike(wishes: Sequence[Wish]) -> Sequence[Sequence[Wish]]:
    """Wishes by the message that can carry them; what was told before is told by itself."""
    found: list[list[Wish]] = []
    for wish in sorted(wishes, key=Wish.place):
        if found and wish.goes_with(found[-1][-1]):
            found[-1].append(wish)
        else:
            found.append([wish])
    return found


def facts_of(tx: Tx, instance_ids: Sequence[str]) -> Mapping[str, Facts]:
    """The facts of those instances that are still to be started."""
    found = instances.named(tx, instance_ids).values()
    pending = [one for one in found if one.state is VmState.PENDING]
    urls = {one.zone: one.url for one in clusters.everyone(tx)}
    wanted = {name for one in pending for name in (one.image_id, one.kernel_id, one.ramdisk_id)}
    known = images.named(tx, filter(None, wanted))
    value = properties.reading(tx)
    formats = Formats(ephemeral=value(FORMAT_EPHEMERAL), swap=value(FORMAT_SWAP))
    return {
        one.instance_id: Facts(
            instance=one,
            url=urls.get(one.zone, ""),
            images={
                name: known[name]
                for name in (one.image_id, one.kernel_id, one.ramdisk_id)
                if name in known
            },
            formats=formats,
        )
        for one in pending
    }


def machine(world: World, facts: Facts, digests: Mapping[str, str]) -> VirtualMachine:
    """The type and the boot record of an instance; ``digests`` of manifests by their location."""
    one, now = facts.instance, world.clock()
    sources = Sources(
        image_id=one.image_id,
        kernel_id=one.kernel_id,
        ramdisk_id=one.ramdisk_id,
        sizes={name: image.size for name, image in facts.images.items()},
        urls={
            name: world.manifests.image_url(image.location, now, digests.get(image.location, ""))
            for name, image in facts.images.items()
        },
    )
    return virtual_machine(sources, one.type, facts.formats)
