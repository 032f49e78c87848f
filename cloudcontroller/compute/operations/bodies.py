# SPDX-License-Identifier: BSD-2-Clause
"""Every operation of the EC2 contract -> the function that does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from cloudcontroller.compute.operations import (
    addresses,
    groups,
    image_attributes,
    images,
    instances,
    keys,
    types,
    zones,
)
from cloudcontroller.compute.operations.launches import Launches
from cloudcontroller.compute.world import World

Body = Callable[..., Any]

_FUNCTIONS: Mapping[str, Body] = {
    "DescribeInstances": instances.describe_instances,
    "TerminateInstances": instances.terminate_instances,
    "RebootInstances": instances.reboot_instances,
    "GetConsoleOutput": instances.get_console_output,
    "RegisterImage": images.register_image,
    "DeregisterImage": images.deregister_image,
    "DescribeImages": images.describe_images,
    "DescribeImageAttribute": image_attributes.describe_image_attribute,
    "ModifyImageAttribute": image_attributes.modify_image_attribute,
    "ResetImageAttribute": image_attributes.reset_image_attribute,
    "CreateKeyPair": keys.create_key_pair,
    "ImportKeyPair": keys.import_key_pair,
    "DescribeKeyPairs": keys.describe_key_pairs,
    "DeleteKeyPair": keys.delete_key_pair,
    "CreateSecurityGroup": groups.create_security_group,
    "DeleteSecurityGroup": groups.delete_security_group,
    "DescribeSecurityGroups": groups.describe_security_groups,
    "AuthorizeSecurityGroupIngress": groups.authorize_security_group_ingress,
    "RevokeSecurityGroupIngress": groups.revoke_security_group_ingress,
    "DescribeAddresses": addresses.describe_addresses,
    "DescribeAvailabilityZones": zones.describe_availability_zones,
    "DescribeRegions": zones.describe_regions,
    "DescribeInstanceTypes": types.describe_instance_types,
    "ModifyInstanceTypeAttribute": types.modify_instance_type_attribute,
}


def bodies(world: World) -> Mapping[str, Body]:
    """Operation name -> ``async body(call, ask)``."""
    made: dict[str, Body] = {"RunInstances": Launches(world).run_instances}
    return made | {name: partial(function, world) for name, function in _FUNCTIONS.items()}
