# SPDX-License-Identifier: BSD-2-Clause
"""Reading a RunInstances message: what of it this cloud can do, as a wish."""

from __future__ import annotations

import base64
import binascii

from cloudcontroller.compute.core import tags
from cloudcontroller.compute.core.images import canonical_id
from cloudcontroller.compute.core.launch import Wish
from eucalyptus.access.principals import Principal
from eucalyptus.contracts.ec2.devices import BlockDeviceMappingItem
from eucalyptus.contracts.ec2.instances import RunInstances
from eucalyptus.contracts.refusals import INVALID_COMBINATION, INVALID_PARAMETER

USER_DATA_LIMIT = 65536
TOKEN_LIMIT = 64


def wish_of(ask: RunInstances, who: Principal) -> Wish:
    """The wish behind ``ask``; refuses what this cloud does not offer rather than ignoring it."""
    _check_offered(ask)
    token = ask.client_token or ""
    if len(token) > TOKEN_LIMIT or not token.isprintable():
        raise INVALID_PARAMETER(
            name="ClientToken", value=token[:TOKEN_LIMIT], wanted="up to 64 printable characters"
        )
    placement = ask.placement
    return Wish(
        account_id=who.account_id,
        user_id=who.user_id,
        image_id=canonical_id(ask.image_id),
        least=ask.min_count,
        most=ask.max_count,
        type_name=ask.instance_type,
        key_name=ask.key_name or "",
        groups=tuple(g.group_id or g.group_name or "" for g in ask.group),
        zone=(placement.availability_zone or "") if placement else "",
        kernel_id=canonical_id(ask.kernel_id) if ask.kernel_id else "",
        ramdisk_id=canonical_id(ask.ramdisk_id) if ask.ramdisk_id else "",
        user_data=user_data(ask),
        client_token=token,
        monitoring=bool(ask.monitoring and ask.monitoring.enabled),
        tags=tags.read(ask.tag_specification),
    )


def user_data(ask: RunInstances) -> bytes:
    """The user data decoded; clients break its lines, which base64 allows."""
    text = "".join((ask.user_data.data or "").split()) if ask.user_data else ""
    if len(text) > USER_DATA_LIMIT * 2:
        raise INVALID_PARAMETER(
            name="UserData", value=f"{len(text)} characters", wanted="at most 64 KiB in base64"
        )
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise INVALID_PARAMETER(name="UserData", value=text[:20], wanted="base64") from wrong


def _check_offered(ask: RunInstances) -> None:
    placement = ask.placement
    absent = (
        (bool(ask.subnet_id), "SubnetId", "has no VPC"),
        (bool(ask.network_interface), "NetworkInterface", "has no VPC"),
        (bool(ask.private_ip_address), "PrivateIpAddress", "chooses addresses itself"),
        (bool(ask.iam_instance_profile), "IamInstanceProfile", "has no instance profiles"),
        (bool(ask.license), "License", "has no licence pools"),
        (bool(ask.ebs_optimized), "EbsOptimized", "has no such instances"),
        (
            bool(ask.disable_api_termination),
            "DisableApiTermination",
            "does not offer termination protection",
        ),
        (
            ask.instance_initiated_shutdown_behavior == "stop",
            "InstanceInitiatedShutdownBehavior=stop",
            "has only instances whose disk goes with them",
        ),
        (
            bool(placement and placement.group_name),
            "Placement.GroupName",
            "has no placement groups",
        ),
        (
            bool(placement and (placement.tenancy or "default") != "default"),
            "Placement.Tenancy",
            "has shared hosts only",
        ),
        (any(_is_volume(m) for m in ask.block_device_mapping), "BlockDeviceMapping",
         "maps ephemeral disks only"),
    )  # fmt: skip
    for is_asked, name, why in absent:
        if is_asked:
            raise INVALID_COMBINATION(reason=f"{name} cannot be given: this cloud {why}.")


def _is_volume(mapping: BlockDeviceMappingItem) -> bool:
    return mapping.ebs is not None
