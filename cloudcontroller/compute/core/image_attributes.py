# SPDX-License-Identifier: BSD-2-Clause
"""Attributes of images: which one is meant, what it holds, and what a change makes of an image."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cloudcontroller.compute.core.bootrecord import devices
from cloudcontroller.compute.core.images import (
    EVERYBODY,
    MOST_WORDS,
    Image,
    Kind,
    canonical_account,
)
from eucalyptus.contracts.declare import parts
from eucalyptus.contracts.ec2.devices import BlockDeviceMappingItem
from eucalyptus.contracts.ec2.image_attributes import (
    DescribeImageAttribute,
    LaunchPermissionItem,
    LaunchPermissionOperation,
    ModifyImageAttribute,
    NullableAttributeValue,
    ProductCodeItem,
    ResetImageAttribute,
)
from eucalyptus.contracts.ec2.images import ProductCodesSetItem
from eucalyptus.contracts.refusals import (
    INVALID_COMBINATION,
    INVALID_LAUNCHER,
    INVALID_PARAMETER,
    MISSING_PARAMETER,
)

Ask = DescribeImageAttribute | ModifyImageAttribute | ResetImageAttribute

MOST_LAUNCHERS = 1000
MOST_CODES = 20

_ACCOUNT = re.compile(r"[0-9]{12}")
_CODE = re.compile(r"[A-Za-z0-9._:-]{1,64}")


def attribute_of(ask: Ask) -> str:
    """The attribute that a message chooses, by its name on the wire; refuses when it names none."""
    message: type = type(ask)
    choices = [part for part in parts(message) if part.choice]
    for part in choices:
        if getattr(ask, part.attribute) is not None:
            return part.name
    known = ", ".join(part.name for part in choices)
    raise MISSING_PARAMETER(action=message.__name__, name=f"an attribute: one of {known}")


def described(image: Image, attribute: str) -> dict[str, Any]:
    """The parts of the answer that hold ``attribute`` of ``image``; refuses one it cannot have."""
    answer = _ANSWERS.get(attribute)
    if answer is None:
        wanted = "one of " + ", ".join(_ANSWERS)
        raise INVALID_PARAMETER(name="Attribute", value=attribute, wanted=wanted)
    return answer(image)


def _permissions(image: Image) -> dict[str, Any]:
    everybody = (LaunchPermissionItem(group=EVERYBODY),) if image.is_public else ()
    accounts = (LaunchPermissionItem(user_id=account) for account in sorted(image.launchers))
    return {"launch_permission": (*everybody, *accounts)}


def _codes(image: Image) -> dict[str, Any]:
    codes = sorted(image.product_codes)
    return {
        "product_code_list": tuple(ProductCodeItem(product_code=code) for code in codes),
        "product_codes": product_codes(image),
    }


def product_codes(image: Image) -> tuple[ProductCodesSetItem, ...]:
    """The product codes of an image with their type."""
    return tuple(
        ProductCodesSetItem(product_code=code, type="devpay")
        for code in sorted(image.product_codes)
    )


def _mapping(image: Image) -> dict[str, Any]:
    found = (
        devices(image.root_device, partitioned=image.virtualization != "hvm")
        if image.kind is Kind.MACHINE
        else {}
    )
    mapped = (
        BlockDeviceMappingItem(virtual_name=name, device_name=device)
        for name, device in found.items()
    )
    return {"block_device_mapping": tuple(mapped)}


def _text(name: str, value: str) -> dict[str, Any]:
    return {name: NullableAttributeValue(value=value or None)}


_ANSWERS: Mapping[str, Callable[[Image], dict[str, Any]]] = {
    "launchPermission": _permissions,
    "productCodes": _codes,
    "kernel": lambda image: _text("kernel", image.kernel_id),
    "ramdisk": lambda image: _text("ramdisk", image.ramdisk_id),
    "description": lambda image: _text("description", image.description),
    "sriovNetSupport": lambda image: _text("sriov_net_support", ""),
    "blockDeviceMapping": _mapping,
}


def modified(image: Image, ask: ModifyImageAttribute) -> Image:
    """The image with the one attribute changed that ``ask`` names."""
    attribute_of(ask)
    if ask.launch_permission is not None:
        return _permitted(image, ask.launch_permission)
    if ask.product_codes is not None:
        return _coded(image, ask.product_codes)
    words = ask.description.value if ask.description else ""
    if len(words) > MOST_WORDS:
        raise INVALID_PARAMETER(
            name="Description", value=f"{len(words)} characters", wanted=f"{MOST_WORDS} or fewer"
        )
    return dataclasses.replace(image, description=words)


def _permitted(image: Image, change: LaunchPermissionOperation) -> Image:
    if not change.add and not change.remove:
        raise MISSING_PARAMETER(
            action="ModifyImageAttribute", name="whom to let launch the image, or whom no longer"
        )
    add, remove = _launchers(change.add or ()), _launchers(change.remove or ())
    launchers = (image.launchers | (add - {EVERYBODY})) - remove
    if len(launchers) > MOST_LAUNCHERS:
        raise INVALID_COMBINATION(
            reason=f"An image may be launched by {MOST_LAUNCHERS} other accounts or by all; "
            f"these would be {len(launchers)}."
        )
    is_public = (image.is_public or EVERYBODY in add) and EVERYBODY not in remove
    return dataclasses.replace(image, launchers=launchers, is_public=is_public)


def _launchers(asked: Iterable[LaunchPermissionItem]) -> frozenset[str]:
    return frozenset(_launcher(one) for one in asked)


def _launcher(asked: LaunchPermissionItem) -> str:
    if asked.user_id is None:
        if asked.group != EVERYBODY:
            raise INVALID_LAUNCHER(launcher=asked.group or "", what="no group")
        return EVERYBODY
    number = canonical_account(asked.user_id)
    if not _ACCOUNT.fullmatch(number):
        raise INVALID_LAUNCHER(launcher=asked.user_id[:64], what="no account")
    return number


def _coded(image: Image, asked: Iterable[ProductCodeItem]) -> Image:
    codes = frozenset(one.product_code.strip() for one in asked)
    for code in sorted(codes):
        if not _CODE.fullmatch(code):
            raise INVALID_PARAMETER(
                name="ProductCode", value=code[:64], wanted="1-64 letters, digits and . _ : -"
            )
    if not codes:
        raise MISSING_PARAMETER(action="ModifyImageAttribute", name="ProductCode")
    if len(image.product_codes | codes) > MOST_CODES:
        raise INVALID_COMBINATION(reason=f"An image may have {MOST_CODES} product codes.")
    return dataclasses.replace(image, product_codes=image.product_codes | codes)
