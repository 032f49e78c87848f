# SPDX-License-Identifier: BSD-2-Clause
"""Attributes of images: describe, modify, reset; who may launch among them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from twisted.logger import Logger

from cloudcontroller.compute.core import image_attributes as core
from cloudcontroller.compute.core.images import Image, canonical_id
from cloudcontroller.compute.database import images, properties
from cloudcontroller.compute.operations.images import owned, seen
from cloudcontroller.compute.world import World
from eucalyptus.access.call import Call
from eucalyptus.access.principals import Principal
from eucalyptus.contracts.ec2 import image_attributes as ec2
from eucalyptus.contracts.refusals import INVALID_LAUNCHER
from eucalyptus.database.run import Tx
from eucalyptus.properties import DEFAULT_VISIBILITY

Change = Callable[[Tx, Image], Image]

_log = Logger()


async def describe_image_attribute(
    world: World, call: Call, ask: ec2.DescribeImageAttribute
) -> ec2.DescribeImageAttributeResponse:
    """Describe one attribute of an image; who may launch it is told to its owner only."""
    attribute = core.attribute_of(ask)
    image_id = canonical_id(ask.image_id)
    for_owner = ask.launch_permission is not None

    image = await world.database.read(_described, call.who, image_id, for_owner)

    return ec2.DescribeImageAttributeResponse(image_id=image_id, **core.described(image, attribute))


def _described(tx: Tx, who: Principal, image_id: str, for_owner: bool) -> Image:
    if for_owner:
        return owned(tx, who, image_id, "ec2:DescribeImageAttribute")
    return seen(tx, who, image_id)


async def modify_image_attribute(
    world: World, call: Call, ask: ec2.ModifyImageAttribute
) -> ec2.ModifyImageAttributeResponse:
    """Let accounts launch an image or no longer, add product codes, or describe it anew."""
    attribute = core.attribute_of(ask)

    def new(tx: Tx, image: Image) -> Image:
        made = core.modified(image, ask)
        strangers = made.launchers - image.launchers - world.accounts(tx, made.launchers)
        if strangers:
            raise INVALID_LAUNCHER(launcher=min(strangers), what="no account of this cloud")
        return made

    await _change(world, call, ask, new)

    _note(call, attribute, ask.image_id)
    return ec2.ModifyImageAttributeResponse(succeeded=True)


async def reset_image_attribute(
    world: World, call: Call, ask: ec2.ResetImageAttribute
) -> ec2.ResetImageAttributeResponse:
    """Let launch an image whom the cloud lets launch a new one: nobody else, or everybody."""
    attribute = core.attribute_of(ask)

    await _change(world, call, ask, _as_new)

    _note(call, attribute, ask.image_id)
    return ec2.ResetImageAttributeResponse(succeeded=True)


def _as_new(tx: Tx, image: Image) -> Image:
    default = properties.reading(tx)(DEFAULT_VISIBILITY)
    return dataclasses.replace(image, launchers=frozenset(), is_public=default)


async def _change(
    world: World, call: Call, ask: ec2.ModifyImageAttribute | ec2.ResetImageAttribute, new: Change
) -> None:
    image_id = canonical_id(ask.image_id)
    action = f"ec2:{type(ask).__name__}"

    def change(tx: Tx) -> None:
        images.change(tx, new(tx, owned(tx, call.who, image_id, action)))

    await world.database.run(change)


def _note(call: Call, attribute: str, image_id: str) -> None:
    _log.info(
        "{request}: {who} changed {attribute} of {image}",
        request=call.request_id, who=call.who.arn, attribute=attribute, image=image_id,
    )  # fmt: skip
