# SPDX-License-Identifier: BSD-2-Clause
"""What callers are told: remembered values -> messages of the EC2 contract."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from itertools import groupby

from cloudcontroller.compute.core.image_attributes import product_codes
from cloudcontroller.compute.core.images import Image, Kind
from cloudcontroller.compute.core.instance import GroupRef, Instance, reason_text, when
from cloudcontroller.compute.core.lifecycle import Reason, VmState
from eucalyptus.contracts.ec2.filters import ResourceTagSetItem, StateReason
from eucalyptus.contracts.ec2.groups import GroupItem
from eucalyptus.contracts.ec2.images import DescribeImagesResponseItem
from eucalyptus.contracts.ec2.reservations import (
    InstanceMonitoringState,
    InstanceState,
    PlacementResponse,
    ReservationInfo,
    RunningInstancesItem,
)

NO_ADDRESS = "0.0.0.0"  # noqa: S104 (the original's way to write "none")


@functools.cache
def state_of(state: VmState) -> InstanceState:
    """A state as messages carry it."""
    return InstanceState(code=state.shown.code, name=state.shown.value)


# Thousands of instances share a few of these; messages are values, so one will do for all.
@functools.lru_cache(maxsize=1024)
def group_items(groups: tuple[GroupRef, ...]) -> tuple[GroupItem, ...]:
    """Groups as reservations and instances list them."""
    return tuple(GroupItem(group_id=g.group_id, group_name=g.name) for g in groups)


@functools.lru_cache(maxsize=1024)
def _placement(zone: str) -> PlacementResponse:
    return PlacementResponse(availability_zone=zone, group_name="", tenancy="default")


_MONITORED = {
    True: InstanceMonitoringState(state="enabled"),
    False: InstanceMonitoringState(state="disabled"),
}


def state_reason(instance: Instance) -> StateReason | None:
    """Why an instance is in its state, where that is worth telling."""
    if instance.reason is Reason.NORMAL:
        return None
    code = instance.reason.value
    return StateReason(code=code, message=f"{code}: {instance.says or reason_text(instance)}")


def instance_item(instance: Instance) -> RunningInstancesItem:
    """One instance as described to its owner; what it has not yet is left out."""
    address = instance.private_ip or NO_ADDRESS
    return RunningInstancesItem(
        instance_id=instance.instance_id,
        image_id=instance.image_id,
        instance_state=state_of(instance.state),
        private_dns_name=address,
        dns_name=address,
        reason=reason_text(instance),
        key_name=instance.key_name or None,
        ami_launch_index=str(instance.launch_index),
        instance_type=instance.type.name,
        launch_time=when(instance.created),
        placement=_placement(instance.zone),
        kernel_id=instance.kernel_id or None,
        ramdisk_id=instance.ramdisk_id or None,
        platform=instance.platform or None,
        monitoring=_MONITORED[instance.monitoring],
        private_ip_address=instance.private_ip or None,
        ip_address=instance.private_ip or None,
        group=group_items(instance.groups),
        state_reason=state_reason(instance),
        architecture=instance.architecture,
        root_device_type="instance-store",
        root_device_name=instance.root_device,
        virtualization_type=instance.virtualization,
        client_token=instance.client_token or None,
        hypervisor="kvm",
        ebs_optimized=False,
        tag=tuple(
            ResourceTagSetItem(key=key, value=value) for key, value in sorted(instance.tags.items())
        ),
    )


def reservations(instances: Sequence[Instance]) -> tuple[ReservationInfo, ...]:
    """Instances (sorted by reservation) as the reservations that hold them."""
    made = []
    for reservation_id, members in groupby(instances, key=lambda one: one.reservation_id):
        own = tuple(members)
        made.append(
            ReservationInfo(
                reservation_id=reservation_id,
                owner_id=own[0].account_id,
                group=group_items(own[0].groups),
                instances=tuple(instance_item(one) for one in own),
            )
        )
    return tuple(made)


def image_item(image: Image) -> DescribeImagesResponseItem:
    """One image as described to those who may see it."""
    is_machine = image.kind is Kind.MACHINE
    return DescribeImagesResponseItem(
        image_id=image.image_id,
        image_location=image.location,
        image_state=image.state,
        image_owner_id=image.account_id,
        is_public=image.is_public,
        product_codes=product_codes(image),
        architecture=image.architecture,
        image_type=image.kind.value,
        kernel_id=image.kernel_id or None,
        ramdisk_id=image.ramdisk_id or None,
        platform=image.platform or None,
        name=image.name,
        description=image.description or None,
        root_device_type="instance-store" if is_machine else None,
        root_device_name=image.root_device if is_machine else None,
        virtualization_type=image.virtualization if is_machine else None,
        hypervisor="kvm" if is_machine else None,
    )
