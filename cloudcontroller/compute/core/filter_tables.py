# SPDX-License-Identifier: BSD-2-Clause
"""What instances, images, key pairs and security groups can be filtered by: EC2's names.

Names of what this cloud has not (volumes, VPC, tags but of instances) are known, and match nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cloudcontroller.compute.core.describe import NO_ADDRESS, state_reason
from cloudcontroller.compute.core.filters import ANY_TAG, Table, never, tagged, truth
from cloudcontroller.compute.core.groups import Group, Rule
from cloudcontroller.compute.core.images import Image, Kind
from cloudcontroller.compute.core.instance import Instance, reason_text, when
from cloudcontroller.compute.core.keys import KeyPair
from eucalyptus.contracts.ec2.addresses import DescribeAddressesResponseItem

_TAGS: Table[object] = dict.fromkeys(("tag-key", "tag-value", ANY_TAG), never)

_INTERFACE = (
    "addresses.association.ip-owner-id", "addresses.association.public-ip", "addresses.primary",
    "addresses.private-ip-address", "association.allocation-id", "association.association-id",
    "association.ip-owner-id", "association.public-ip", "attachment.attach-time",
    "attachment.attachment-id", "attachment.delete-on-termination", "attachment.device-index",
    "attachment.instance-id", "attachment.instance-owner-id", "attachment.status",
    "availability-zone", "description", "group-id", "group-name", "mac-address",
    "network-interface-id", "owner-id", "private-dns-name", "requester-id", "requester-managed",
    "source-dest-check", "status", "subnet-id", "vpc-id",
)  # fmt: skip

_NO_INSTANCE: Table[object] = dict.fromkeys(
    (
        "association.allocation-id", "association.association-id", "association.ip-owner-id",
        "association.public-ip", "block-device-mapping.attach-time",
        "block-device-mapping.delete-on-termination", "block-device-mapping.device-name",
        "block-device-mapping.status", "block-device-mapping.volume-id",
        "iam-instance-profile.arn", "instance-lifecycle", "placement-group-name", "product-code",
        "product-code.type", "requester-id", "source-dest-check", "spot-instance-request-id",
        "subnet-id", "vpc-id", *(f"network-interface.{name}" for name in _INTERFACE),
    ),
    never,
)  # fmt: skip


def _reason_code(instance: Instance) -> str:
    told = state_reason(instance)
    return told.code if told else ""


def _reason_message(instance: Instance) -> str:
    told = state_reason(instance)
    return told.message if told else ""


INSTANCE_FILTERS: Table[Instance] = {
    **_NO_INSTANCE,
    ANY_TAG: lambda i: (tagged(key, value) for key, value in i.tags.items()),
    "tag-key": lambda i: i.tags.keys(),
    "tag-value": lambda i: i.tags.values(),
    "architecture": lambda i: i.architecture,
    "availability-zone": lambda i: i.zone,
    "client-token": lambda i: i.client_token,
    "dns-name": lambda i: i.private_ip or NO_ADDRESS,
    "group-id": lambda i: (g.group_id for g in i.groups),
    "group-name": lambda i: (g.name for g in i.groups),
    "hypervisor": lambda i: "kvm",
    "image-id": lambda i: i.image_id,
    "instance-id": lambda i: i.instance_id,
    "instance-state-code": lambda i: str(i.state.shown.code),
    "instance-state-name": lambda i: i.state.shown.value,
    "instance-type": lambda i: i.type.name,
    "instance.group-id": lambda i: (g.group_id for g in i.groups),
    "instance.group-name": lambda i: (g.name for g in i.groups),
    "ip-address": lambda i: i.private_ip,
    "kernel-id": lambda i: i.kernel_id,
    "key-name": lambda i: i.key_name,
    "launch-index": lambda i: str(i.launch_index),
    "launch-time": lambda i: when(i.created).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    "monitoring-state": lambda i: "enabled" if i.monitoring else "disabled",
    "owner-id": lambda i: i.account_id,
    "platform": lambda i: i.platform,
    "private-dns-name": lambda i: i.private_ip or NO_ADDRESS,
    "private-ip-address": lambda i: i.private_ip,
    "ramdisk-id": lambda i: i.ramdisk_id,
    "reason": reason_text,
    "reservation-id": lambda i: i.reservation_id,
    "root-device-name": lambda i: i.root_device,
    "root-device-type": lambda i: "instance-store",
    "state-reason-code": _reason_code,
    "state-reason-message": _reason_message,
    "tenancy": lambda i: "default",
    "virtualization-type": lambda i: i.virtualization,
}

_NO_IMAGE: Table[object] = dict.fromkeys(
    (
        "block-device-mapping.delete-on-termination", "block-device-mapping.device-name",
        "block-device-mapping.snapshot-id", "block-device-mapping.volume-size",
        "block-device-mapping.volume-type", "owner-alias", "state-reason-code",
        "state-reason-message",
    ),
    never,
)  # fmt: skip


def _of_machine(fact: Callable[[Image], str]) -> Callable[[Image], str]:
    """What kernels and ramdisks have not."""
    return lambda image: fact(image) if image.kind is Kind.MACHINE else ""


IMAGE_FILTERS: Table[Image] = {
    **_NO_IMAGE,
    **_TAGS,
    "architecture": lambda i: i.architecture,
    "description": lambda i: i.description,
    "hypervisor": _of_machine(lambda i: "kvm"),
    "image-id": lambda i: i.image_id,
    "image-type": lambda i: i.kind.value,
    "is-public": lambda i: truth(i.is_public),
    "kernel-id": lambda i: i.kernel_id,
    "manifest-location": lambda i: i.location,
    "name": lambda i: i.name,
    "owner-id": lambda i: i.account_id,
    "platform": lambda i: i.platform,
    "product-code": lambda i: i.product_codes,
    "product-code.type": lambda i: "devpay" if i.product_codes else "",
    "ramdisk-id": lambda i: i.ramdisk_id,
    "root-device-name": _of_machine(lambda i: i.root_device),
    "root-device-type": _of_machine(lambda i: "instance-store"),
    "state": lambda i: i.state,
    "virtualization-type": _of_machine(lambda i: i.virtualization),
}

ADDRESS_FILTERS: Table[DescribeAddressesResponseItem] = dict.fromkeys(
    (
        "allocation-id", "association-id", "domain", "instance-id", "network-interface-id",
        "network-interface-owner-id", "private-ip-address", "public-ip",
    ),
    never,
)  # fmt: skip
"""Nothing has a public address."""

KEY_FILTERS: Table[KeyPair] = {
    "fingerprint": lambda k: k.fingerprint,
    "key-name": lambda k: k.name,
}

_RULE: dict[str, Callable[[Rule], str]] = {
    "cidr": lambda rule: rule.cidr,
    "from-port": lambda rule: str(rule.first),
    "group-id": lambda rule: rule.source_group,
    "protocol": lambda rule: rule.protocol,
    "to-port": lambda rule: str(rule.last),
    "user-id": lambda rule: rule.source_account,
}

_NO_GROUP: Table[object] = dict.fromkeys(
    ("vpc-id", *(f"egress.ip-permission.{name}" for name in (*_RULE, "group-name"))), never
)


def _of_rules(fact: Callable[[Rule], str]) -> Callable[[Group], Iterable[str]]:
    return lambda group: (fact(rule) for rule in group.rules)


def group_filters(name_of: Callable[[str], str]) -> Table[Group]:
    """The filters of security groups; ``name_of`` gives the name of a group id, or ""."""
    return {
        **_NO_GROUP,
        **_TAGS,
        "description": lambda g: g.description,
        "group-id": lambda g: g.group_id,
        "group-name": lambda g: g.name,
        "owner-id": lambda g: g.account_id,
        **{f"ip-permission.{name}": _of_rules(fact) for name, fact in _RULE.items()},
        "ip-permission.group-name": _of_rules(lambda rule: name_of(rule.source_group)),
    }
