# SPDX-License-Identifier: BSD-2-Clause
"""Importing instances of other clouds from their disks."""

from __future__ import annotations

from eucalyptus.contracts.declare import Integer, Long, Operation, items, message, part
from eucalyptus.contracts.ec2.filters import ResourceTagSetItem
from eucalyptus.contracts.ec2.launching import MonitoringInstance, UserData


@message("ImportInstanceGroupItemType")
class ImportInstanceGroupItem:
    """A security group of the instance to be."""

    group_id: str | None = None
    group_name: str | None = None


@message("InstancePlacementType")
class InstancePlacement:
    """Where the instance should go."""

    availability_zone: str | None = None
    group_name: str | None = None


@message("ImportInstanceLaunchSpecificationType")
class ImportInstanceLaunchSpecification:
    """How the instance should be launched."""

    architecture: str
    group: tuple[ImportInstanceGroupItem, ...] = items(
        "ImportInstanceGroupSetType",
        default=(),
        name="groupSet",
        query={"group_id": "GroupId", "group_name": "GroupName"},
    )
    user_data: UserData | None = None
    instance_type: str
    placement: InstancePlacement | None = None
    monitoring: MonitoringInstance | None = None
    subnet_id: str | None = None
    instance_initiated_shutdown_behavior: str | None = None
    private_ip_address: str | None = None


@message("DiskImageDetailType")
class DiskImageDetail:
    """An uploaded disk: format, length in bytes, manifest."""

    format: str
    bytes: Long
    import_manifest_url: str


@message("DiskImageVolumeType")
class DiskImageVolume:
    """The volume to make of a disk; ``size`` in GiB."""

    size: Integer


@message("DiskImageType")
class DiskImage:
    """An uploaded disk and what to make of it."""

    image: DiskImageDetail
    description: str | None = None
    volume: DiskImageVolume


@message("ImportInstanceType")
class ImportInstance:
    """Make an instance of disks that were uploaded."""

    description: str | None = None
    launch_specification: ImportInstanceLaunchSpecification
    disk_image: tuple[DiskImage, ...] = items(
        "DiskImageSetType", default=(), name="diskImageSet", required=True
    )
    keep_partial_imports: bool | None = part(default=None, since="2011-01-01")
    platform: str


@message("DiskImageDescriptionType")
class DiskImageDescription:
    """A disk that is being imported."""

    format: str
    size: Long
    import_manifest_url: str
    checksum: str | None = None


@message("DiskImageVolumeDescriptionType")
class DiskImageVolumeDescription:
    """The volume that is being made of a disk."""

    size: Integer
    id: str


@message("ImportVolumeTaskDetailsType")
class ImportVolumeTaskDetails:
    """How far the import of a volume is."""

    bytes_converted: Long
    availability_zone: str
    description: str | None = None
    image: DiskImageDescription
    volume: DiskImageVolumeDescription


@message("ImportInstanceVolumeDetailItemType")
class ImportInstanceVolumeDetailItem:
    """How far the import of one disk is."""

    bytes_converted: Long
    availability_zone: str
    image: DiskImageDescription
    description: str | None = None
    volume: DiskImageVolumeDescription
    status: str
    status_message: str | None = None


@message("ImportInstanceTaskDetailsType")
class ImportInstanceTaskDetails:
    """How far the import of an instance is."""

    volumes: tuple[ImportInstanceVolumeDetailItem, ...] = items(
        "ImportInstanceVolumeDetailSetType", default=(), required=True
    )
    instance_id: str | None = None
    platform: str | None = None
    description: str | None = None


@message("ConversionTaskType")
class ConversionTask:
    """One import: of an instance or of a volume."""

    conversion_task_id: str
    expiration_time: str | None = None
    import_volume: ImportVolumeTaskDetails | None = part(default=None, choice="task")
    import_instance: ImportInstanceTaskDetails | None = part(default=None, choice="task")
    state: str
    status_message: str | None = None
    tag: tuple[ResourceTagSetItem, ...] = items(
        "ResourceTagSetType", default=(), name="tagSet", since="2011-01-01"
    )


@message("ImportInstanceResponseType")
class ImportInstanceResponse:
    """The task that does it."""

    request_id: str = part(default="", required=True)
    conversion_task: ConversionTask


@message("ConversionTaskIdItemType")
class ConversionTaskIdItem:
    """An import to describe."""

    conversion_task_id: str


@message("DescribeConversionTasksType")
class DescribeConversionTasks:
    """Ask how imports go."""

    conversion_task_id: tuple[ConversionTaskIdItem, ...] = items(
        "ConversionTaskIdSetType", default=(), name="conversionTaskIdSet", required=True
    )


@message("DescribeConversionTasksResponseType")
class DescribeConversionTasksResponse:
    """The tasks asked for."""

    request_id: str = part(default="", required=True)
    conversion_tasks: tuple[ConversionTask, ...] = items(
        "ConversionTaskSetType", default=(), required=True
    )


IMPORT_INSTANCE = Operation(
    name="ImportInstance",
    asks=ImportInstance,
    answers=ImportInstanceResponse,
    allows="ec2:ImportInstance",
    since="2010-11-15",
    mutates=True,
)


DESCRIBE_CONVERSION_TASKS = Operation(
    name="DescribeConversionTasks",
    asks=DescribeConversionTasks,
    answers=DescribeConversionTasksResponse,
    allows="ec2:DescribeConversionTasks",
    since="2010-11-15",
)


OPERATIONS = (
    IMPORT_INSTANCE,
    DESCRIBE_CONVERSION_TASKS,
)
