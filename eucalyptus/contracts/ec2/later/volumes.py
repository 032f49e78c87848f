# SPDX-License-Identifier: BSD-2-Clause
"""Volumes: create, describe, attach, detach, their health."""

from __future__ import annotations

from datetime import datetime

from eucalyptus.contracts.declare import Integer, Operation, items, message, part
from eucalyptus.contracts.ec2.filters import REQUEST_IDS, Filter, ResourceTagSetItem


@message("CreateVolumeType")
class CreateVolume:
    """Ask for a volume of ``size`` GiB, empty or from a snapshot."""

    size: str | None = None
    snapshot_id: str | None = None
    availability_zone: str
    volume_type: str | None = part(default=None, since="2012-07-20")
    iops: int | None = part(default=None, since="2012-07-20")


@message("CreateVolumeResponseType")
class CreateVolumeResponse:
    """The volume that is being made."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    volume_id: str
    size: str
    snapshot_id: str
    availability_zone: str
    status: str
    create_time: datetime
    volume_type: str = part(since="2012-07-20")
    iops: int | None = part(default=None, since="2012-07-20")


@message("DescribeVolumesSetItemType")
class DescribeVolumesSetItem:
    """A volume to describe."""

    volume_id: str


@message("DescribeVolumesType")
class DescribeVolumes:
    """Ask for some volumes, or for all."""

    volume: tuple[DescribeVolumesSetItem, ...] = items(
        "DescribeVolumesSetType", default=(), name="volumeSet", required=True
    )
    filter: tuple[Filter, ...] = items(
        "FilterSetType", default=(), name="filterSet", since="2010-08-31"
    )


@message("AttachmentSetItemResponseType")
class AttachmentSetItemResponse:
    """Where a volume is attached."""

    volume_id: str
    instance_id: str
    device: str
    status: str
    attach_time: datetime
    delete_on_termination: bool = part(since="2009-10-31")


@message("DescribeVolumesSetItemResponseType")
class DescribeVolumesSetItemResponse:
    """A volume as described to its owner; ``size`` in GiB."""

    volume_id: str
    size: str
    snapshot_id: str
    availability_zone: str
    status: str
    create_time: datetime
    attachment: tuple[AttachmentSetItemResponse, ...] = items(
        "AttachmentSetResponseType", default=(), name="attachmentSet", required=True
    )
    tag: tuple[ResourceTagSetItem, ...] = items(
        "ResourceTagSetType", default=(), name="tagSet", since="2010-08-31"
    )
    volume_type: str = part(since="2012-07-20")
    iops: int | None = part(default=None, since="2012-07-20")


@message("DescribeVolumesResponseType")
class DescribeVolumesResponse:
    """The volumes asked for."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    volume: tuple[DescribeVolumesSetItemResponse, ...] = items(
        "DescribeVolumesSetResponseType", default=(), name="volumeSet", required=True
    )


@message("AttachVolumeType")
class AttachVolume:
    """Attach a volume to an instance as ``device``."""

    volume_id: str
    instance_id: str
    device: str


@message("AttachVolumeResponseType")
class AttachVolumeResponse:
    """The attachment that is being made."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    volume_id: str
    instance_id: str
    device: str
    status: str
    attach_time: datetime


@message("DetachVolumeType")
class DetachVolume:
    """Detach a volume from its instance; ``force`` does not wait for the guest."""

    volume_id: str
    instance_id: str | None = None
    device: str | None = None
    force: bool | None = None


@message("DetachVolumeResponseType")
class DetachVolumeResponse:
    """The attachment that is being undone."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    volume_id: str
    instance_id: str
    device: str
    status: str
    attach_time: datetime


@message("DescribeVolumeStatusType")
class DescribeVolumeStatus:
    """Ask how volumes are; pages of ``max_results``."""

    volume: tuple[DescribeVolumesSetItem, ...] = items(
        "DescribeVolumesSetType", default=(), name="volumeSet", required=True
    )
    filter: tuple[Filter, ...] = items("FilterSetType", default=(), name="filterSet")
    max_results: Integer | None = None
    next_token: str | None = None


@message("VolumeStatusDetailsItemType")
class VolumeStatusDetailsItem:
    """One check of a volume and its outcome."""

    name: str
    status: str


@message("VolumeStatusInfoType")
class VolumeStatusInfo:
    """How a volume is, and by which checks."""

    status: str
    details: tuple[VolumeStatusDetailsItem, ...] = items(
        "VolumeStatusDetailsSetType", default=(), required=True
    )


@message("VolumeStatusEventItemType")
class VolumeStatusEventItem:
    """Something that happened to a volume."""

    description: str
    not_before: datetime
    not_after: datetime
    event_id: str
    event_type: str


@message("VolumeStatusActionItemType")
class VolumeStatusActionItem:
    """What can be done about an event."""

    description: str
    code: str
    event_id: str
    event_type: str


@message("VolumeStatusItemType")
class VolumeStatusItem:
    """One volume: how it is, what happened, what can be done."""

    volume_id: str
    availability_zone: str
    volume_status: VolumeStatusInfo
    events: tuple[VolumeStatusEventItem, ...] = items(
        "VolumeStatusEventsSetType", default=(), name="eventsSet", required=True
    )
    actions: tuple[VolumeStatusActionItem, ...] = items(
        "VolumeStatusActionsSetType", default=(), name="actionsSet", required=True
    )


@message("DescribeVolumeStatusResponseType")
class DescribeVolumeStatusResponse:
    """How each volume is."""

    request_id: str = part(default="", required=True)
    volume_status: tuple[VolumeStatusItem, ...] = items(
        "VolumeStatusSetType", default=(), name="volumeStatusSet", required=True
    )
    next_token: str | None = None


@message("EnableVolumeIOType")
class EnableVolumeIO:
    """Let a volume be used again whose data may be inconsistent."""

    volume_id: str


@message("EnableVolumeIOResponseType")
class EnableVolumeIOResponse:
    """Whether it is let."""

    request_id: str = part(default="", required=True)
    succeeded: bool = part(name="return")


CREATE_VOLUME = Operation(
    name="CreateVolume",
    asks=CreateVolume,
    answers=CreateVolumeResponse,
    allows="ec2:CreateVolume",
    since="2008-05-05",
    mutates=True,
)


DESCRIBE_VOLUMES = Operation(
    name="DescribeVolumes",
    asks=DescribeVolumes,
    answers=DescribeVolumesResponse,
    allows="ec2:DescribeVolumes",
    since="2008-05-05",
)


ATTACH_VOLUME = Operation(
    name="AttachVolume",
    asks=AttachVolume,
    answers=AttachVolumeResponse,
    allows="ec2:AttachVolume",
    since="2008-05-05",
    mutates=True,
)


DETACH_VOLUME = Operation(
    name="DetachVolume",
    asks=DetachVolume,
    answers=DetachVolumeResponse,
    allows="ec2:DetachVolume",
    since="2008-05-05",
    mutates=True,
)


DESCRIBE_VOLUME_STATUS = Operation(
    name="DescribeVolumeStatus",
    asks=DescribeVolumeStatus,
    answers=DescribeVolumeStatusResponse,
    allows="ec2:DescribeVolumeStatus",
    since="2012-03-01",
)


ENABLE_VOLUME_IO = Operation(
    name="EnableVolumeIO",
    asks=EnableVolumeIO,
    answers=EnableVolumeIOResponse,
    allows="ec2:EnableVolumeIO",
    since="2012-03-01",
    mutates=True,
)


OPERATIONS = (
    CREATE_VOLUME,
    DESCRIBE_VOLUMES,
    ATTACH_VOLUME,
    DETACH_VOLUME,
    DESCRIBE_VOLUME_STATUS,
    ENABLE_VOLUME_IO,
)
