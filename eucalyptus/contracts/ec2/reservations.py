# SPDX-License-Identifier: BSD-2-Clause
"""Reservations and the instances in them, as described to callers."""

from __future__ import annotations

from datetime import datetime

from eucalyptus.contracts.declare import Kept, items, message, part
from eucalyptus.contracts.earlier import Was
from eucalyptus.contracts.ec2.filters import ResourceTagSetItem, StateReason
from eucalyptus.contracts.ec2.groups import GroupItem
from eucalyptus.contracts.ec2.images import ProductCodesSetItem


@message("InstanceStateType")
class InstanceState:
    """An instance state: its code (low byte) and its name."""

    code: int
    name: str


@message("PlacementResponseType")
class PlacementResponse:
    """Where an instance runs."""

    availability_zone: str
    group_name: str | None = part(default=None, since="2010-06-15")
    tenancy: str | None = part(default=None, since="2011-02-28")


@message("InstanceMonitoringStateType")
class InstanceMonitoringState:
    """``enabled`` or ``disabled``."""

    state: str


@message("EbsInstanceBlockDeviceMappingResponseType")
class EbsInstanceBlockDeviceMappingResponse:
    """A volume attached to an instance."""

    volume_id: str
    status: str
    attach_time: datetime
    delete_on_termination: bool | None = None


@message("InstanceBlockDeviceMappingResponseItemType")
class InstanceBlockDeviceMappingResponseItem:
    """A device of an instance and what backs it."""

    device_name: str
    ebs: EbsInstanceBlockDeviceMappingResponse | None = part(default=None, choice="choice1")


@message("InstanceLicenseResponseType")
class InstanceLicenseResponse:
    """The licence pool of an instance."""

    pool: str


@message("InstanceNetworkInterfaceAttachmentType")
class InstanceNetworkInterfaceAttachment:
    """How an interface is attached."""

    attachment_id: str
    device_index: int
    status: str
    attach_time: datetime
    delete_on_termination: bool


@message("InstanceNetworkInterfaceAssociationType")
class InstanceNetworkInterfaceAssociation:
    """The public address of an interface."""

    public_ip: str
    public_dns_name: str | None = part(default=None, since="2012-12-01")
    ip_owner_id: str | None = None


@message("InstancePrivateIpAddressesSetItemType")
class InstancePrivateIpAddressesSetItem:
    """A private address of an interface."""

    private_ip_address: str | None = None
    private_dns_name: str | None = part(default=None, since="2012-12-01")
    primary: bool | None = None
    association: InstanceNetworkInterfaceAssociation | None = None


@message("InstanceNetworkInterfaceSetItemType")
class InstanceNetworkInterfaceSetItem:
    """A network interface of an instance (VPC)."""

    network_interface_id: str
    subnet_id: str | None = None
    vpc_id: str | None = None
    description: str | None = None
    owner_id: str
    status: str
    mac_address: str | None = part(
        default=None,
        since="2012-12-01",
        was=Was(until="2012-12-01", required=True, otherwise=""),
    )
    private_ip_address: str | None = None
    private_dns_name: str | None = None
    source_dest_check: bool | None = None
    group: tuple[GroupItem, ...] = items("GroupSetType", default=(), name="groupSet")
    attachment: InstanceNetworkInterfaceAttachment
    association: InstanceNetworkInterfaceAssociation | None = None
    private_ip_addresses: tuple[InstancePrivateIpAddressesSetItem, ...] = items(
        "InstancePrivateIpAddressesSetType",
        default=(),
        name="privateIpAddressesSet",
        since="2012-06-15",
    )


@message("IamInstanceProfileResponseType")
class IamInstanceProfileResponse:
    """The instance profile of an instance."""

    arn: str
    id: str


@message("RunningInstancesItemType")
class RunningInstancesItem:
    """One instance as described to its owner."""

    instance_id: str
    image_id: str | None = part(
        default=None, was=Was(until="2009-08-15", required=True, otherwise="")
    )
    instance_state: InstanceState
    private_dns_name: str = part(since="2007-01-19")
    dns_name: str | None = part(
        default=None, was=Was(until="2009-04-04", required=True, otherwise="")
    )
    reason: str | None = None
    key_name: str | None = None
    ami_launch_index: str | None = part(default=None, since="2006-10-01")
    product_codes: tuple[ProductCodesSetItem, ...] = items(
        "ProductCodesSetType", default=(), since="2007-03-01"
    )
    instance_type: str = part(since="2007-08-29")
    launch_time: datetime = part(since="2007-08-29")
    placement: PlacementResponse | None = part(
        default=None,
        since="2008-02-01",
        was=Was(
            until="2008-05-05", required=True, otherwise=PlacementResponse(availability_zone="")
        ),
    )
    kernel_id: str | None = part(default=None, since="2008-02-01")
    ramdisk_id: str | None = part(default=None, since="2008-02-01")
    platform: str | None = part(default=None, since="2008-08-08")
    monitoring: InstanceMonitoringState | None = part(default=None, since="2009-04-04")
    subnet_id: str | None = part(default=None, since="2009-07-15")
    vpc_id: str | None = part(default=None, since="2009-07-15")
    private_ip_address: str | None = part(default=None, since="2009-07-15")
    ip_address: str | None = part(default=None, since="2009-07-15")
    source_dest_check: bool | None = part(default=None, since="2011-01-01")
    group: tuple[GroupItem, ...] = items(
        "GroupSetType", default=(), name="groupSet", since="2011-01-01", required=True
    )
    state_reason: StateReason | None = part(default=None, since="2009-10-31")
    architecture: str | None = part(default=None, since="2009-10-31")
    root_device_type: str | None = part(default=None, since="2009-10-31")
    root_device_name: str | None = part(default=None, since="2009-10-31")
    block_device_mapping: tuple[InstanceBlockDeviceMappingResponseItem, ...] = items(
        "InstanceBlockDeviceMappingResponseType", default=(), since="2009-10-31"
    )
    instance_lifecycle: str | None = part(default=None, since="2009-11-30")
    spot_instance_request_id: str | None = part(default=None, since="2009-11-30")
    license: InstanceLicenseResponse | None = part(default=None, since="2010-06-15")
    virtualization_type: str | None = part(default=None, since="2010-06-15")
    client_token: str | None = part(default=None, since="2010-08-31")
    tag: tuple[ResourceTagSetItem, ...] = items(
        "ResourceTagSetType", default=(), name="tagSet", since="2010-08-31"
    )
    hypervisor: str | None = part(default=None, since="2010-11-15")
    network_interface: tuple[InstanceNetworkInterfaceSetItem, ...] = items(
        "InstanceNetworkInterfaceSetType",
        default=(),
        name="networkInterfaceSet",
        since="2011-12-01",
    )
    iam_instance_profile: IamInstanceProfileResponse | None = part(default=None, since="2012-06-01")
    ebs_optimized: bool | None = part(default=None, since="2012-07-20")
    sriov_net_support: str | None = part(default=None, since="2013-10-15")


@message("ReservationInfoType")
class ReservationInfo(Kept):
    """One launch: its owner, groups and instances."""

    reservation_id: str
    owner_id: str
    group: tuple[GroupItem, ...] = items("GroupSetType", default=(), name="groupSet", required=True)
    instances: tuple[RunningInstancesItem, ...] = items(
        "RunningInstancesSetType", default=(), name="instancesSet", required=True, least=1
    )
    requester_id: str | None = part(default=None, since="2008-08-08")
