# SPDX-License-Identifier: BSD-2-Clause
"""Images: register, deregister, describe."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.logger import Logger

from cloudcontroller.compute.core import describe, filters, manifest
from cloudcontroller.compute.core.filter_tables import IMAGE_FILTERS
from cloudcontroller.compute.core.images import (
    AVAILABLE,
    EVERYBODY,
    PREFIXES,
    Described,
    Image,
    Registration,
    canonical_account,
    canonical_id,
    canonical_location,
)
from cloudcontroller.compute.core.images import describe as complete
from cloudcontroller.compute.database import ids, images, properties
from cloudcontroller.compute.world import REGION, World
from eucalyptus.access.call import Call
from eucalyptus.access.denials import Denial, Denied
from eucalyptus.access.principals import Principal
from eucalyptus.contracts.ec2 import images as ec2
from eucalyptus.contracts.refusals import (
    INVALID_COMBINATION,
    INVALID_MANIFEST,
    NO_SUCH_IMAGE,
)
from eucalyptus.database.run import Tx
from eucalyptus.properties import DEFAULT_VISIBILITY, MAX_IMAGE_GB

_log = Logger()


async def register_image(
    world: World, call: Call, ask: ec2.RegisterImage
) -> ec2.RegisterImageResponse:
    """Register the bundle whose manifest lies at ``image_location``."""
    if any(mapping.ebs is not None for mapping in ask.block_device_mapping):
        raise INVALID_COMBINATION(
            reason="Images made of snapshots are not offered; give ImageLocation of a bundle."
        )
    if ask.sriov_net_support:
        raise INVALID_COMBINATION(
            reason="SriovNetSupport cannot be given: this cloud has no such interfaces."
        )
    asked = Registration(
        location=canonical_location(ask.image_location or ""),
        name=ask.name or "",
        description=ask.description or "",
        architecture=ask.architecture or "",
        kernel_id=ask.kernel_id or "",
        ramdisk_id=ask.ramdisk_id or "",
        root_device=ask.root_device_name or "",
        virtualization=ask.virtualization_type or "",
    )
    document = await world.manifests.read(asked.location, call.who)
    described = complete(asked, manifest.parse(asked.location, document))

    image = await world.database.run(_register, world, call.who, described)

    _log.info(
        "{request}: {account} registered {image} from {location}",
        request=call.request_id, account=image.account_id, image=image.image_id,
        location=image.location,
    )  # fmt: skip
    return ec2.RegisterImageResponse(image_id=image.image_id)


def _register(tx: Tx, world: World, who: Principal, described: Described) -> Image:
    value = properties.reading(tx)
    most = value(MAX_IMAGE_GB)
    if most and described.size > most << 30:
        raise INVALID_MANIFEST(
            location=described.location, reason=f"an image may have at most {most} GiB"
        )
    found = images.named(tx, filter(None, (described.kernel_id, described.ramdisk_id)))
    for image_id in filter(None, (described.kernel_id, described.ramdisk_id)):
        other = found.get(image_id)
        if other is None or other.state != AVAILABLE or not other.visible_to(who.account_id):
            raise NO_SUCH_IMAGE(image_id=image_id)
    facts = {name: getattr(described, name) for name in described.__slots__}
    image = Image(
        **facts,
        image_id=ids.fresh(tx, PREFIXES[described.kind], world.chance.digits),
        account_id=who.account_id,
        state=AVAILABLE,
        is_public=value(DEFAULT_VISIBILITY),
        created=world.clock(),
    )
    images.add(tx, image)
    return image


async def deregister_image(
    world: World, call: Call, ask: ec2.DeregisterImage
) -> ec2.DeregisterImageResponse:
    """Take an image off the list; instances made of it live on."""
    image_id = canonical_id(ask.image_id)

    await world.database.run(_deregister, call.who, image_id)

    _log.info("{request}: deregistered {image}", request=call.request_id, image=image_id)
    return ec2.DeregisterImageResponse(succeeded=True)


def _deregister(tx: Tx, who: Principal, image_id: str) -> None:
    image = owned(tx, who, image_id, "ec2:DeregisterImage")
    images.deregister(tx, image.image_id)


def seen(tx: Tx, who: Principal, image_id: str) -> Image:
    """A registered image that ``who`` may see; refuses the id of any other."""
    image = images.named(tx, [image_id]).get(image_id)
    may_see = image is not None and (who.is_cloud_admin or image.visible_to(who.account_id))
    if image is None or image.state != AVAILABLE or not may_see:
        raise NO_SUCH_IMAGE(image_id=image_id)
    return image


def owned(tx: Tx, who: Principal, image_id: str, action: str) -> Image:
    """A registered image whose owner may ``action``; the cloud's administrators may, too."""
    image = seen(tx, who, image_id)
    if image.account_id != who.account_id and not who.is_cloud_admin:
        resource = f"arn:aws:ec2:{REGION}::image/{image_id}"
        raise Denied(Denial(who=who, action=action, resource=resource), image.account_id)
    return image


async def describe_images(
    world: World, call: Call, ask: ec2.DescribeImages
) -> ec2.DescribeImagesResponse:
    """Describe the images the caller may launch, or those named."""
    wanted = [canonical_id(i.image_id) for i in ask.images if i.image_id != "verbose"]

    found = await world.database.read(images.registered)

    seen = [i for i in found if i.visible_to(call.who.account_id) or call.who.is_cloud_admin]
    if wanted:
        seen = _named(seen, wanted)
    seen = [i for i in seen if _owned(i, ask, call.who) and _executable(i, ask, call.who)]
    kept = filters.select(seen, ask.filter, IMAGE_FILTERS)
    return ec2.DescribeImagesResponse(images=tuple(describe.image_item(i) for i in kept))


def _named(seen: Sequence[Image], wanted: Sequence[str]) -> list[Image]:
    by_id = {image.image_id: image for image in seen}
    for name in wanted:
        if name not in by_id:
            raise NO_SUCH_IMAGE(image_id=name)
    return [by_id[name] for name in dict.fromkeys(wanted)]


def _owned(image: Image, ask: ec2.DescribeImages, who: Principal) -> bool:
    owners = {o.owner for o in ask.owners}
    return not owners or image.account_id in {
        who.account_id if owner == "self" else canonical_account(owner) for owner in owners
    }


def _executable(image: Image, ask: ec2.DescribeImages, who: Principal) -> bool:
    users = {e.user for e in ask.executable_by}
    if not users or (EVERYBODY in users and image.is_public):
        return True
    accounts = {who.account_id if user == "self" else canonical_account(user) for user in users}
    if image.account_id != who.account_id and not who.is_cloud_admin:
        # Whom else an owner lets launch an image is between those two.
        accounts &= {who.account_id}
    return bool(accounts & image.launchers)
