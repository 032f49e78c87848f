# SPDX-License-Identifier: BSD-2-Clause
"""Snapshots of volumes and who may make volumes of them."""

from __future__ import annotations

from datetime import datetime

from eucalyptus.contracts.declare import Operation, items, message, part
from eucalyptus.contracts.ec2.filters import REQUEST_IDS, EmptyElement, Filter, ResourceTagSetItem
from eucalyptus.contracts.ec2.images import ProductCodesSetItem


@message("CreateSnapshotType")
class CreateSnapshot:
    """Ask for a snapshot of a volume."""

    volume_id: str
    description: str | None = part(default=None, since="2009-08-15")


@message("CreateSnapshotResponseType")
class CreateSnapshotResponse:
    """The snapshot that is being made."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    snapshot_id: str
    volume_id: str
    status: str
    start_time: datetime
    progress: str
    owner_id: str = part(since="2009-08-15")
    volume_size: str = part(since="2009-08-15")
    description: str | None = part(default=None, since="2009-08-15")


@message("DescribeSnapshotsSetItemType")
class DescribeSnapshotsSetItem:
    """A snapshot to describe."""

    snapshot_id: str


@message("DescribeSnapshotsOwnerType")
class DescribeSnapshotsOwner:
    """Whose snapshots to describe."""

    owner: str


@message("DescribeSnapshotsRestorableByType")
class DescribeSnapshotsRestorableBy:
    """Describe snapshots of which this account may make volumes."""

    user: str


@message("DescribeSnapshotsType")
class DescribeSnapshots:
    """Ask for some snapshots, or for all that the caller may use."""

    snapshot: tuple[DescribeSnapshotsSetItem, ...] = items(
        "DescribeSnapshotsSetType", default=(), name="snapshotSet", required=True
    )
    owners: tuple[DescribeSnapshotsOwner, ...] = items(
        "DescribeSnapshotsOwnersType", default=(), name="ownersSet", since="2009-08-15"
    )
    restorable_by: tuple[DescribeSnapshotsRestorableBy, ...] = items(
        "DescribeSnapshotsRestorableBySetType",
        default=(),
        name="restorableBySet",
        since="2009-08-15",
        query="RestorableBy",
    )
    filter: tuple[Filter, ...] = items(
        "FilterSetType", default=(), name="filterSet", since="2010-08-31"
    )


@message("DescribeSnapshotsSetItemResponseType")
class DescribeSnapshotsSetItemResponse:
    """A snapshot as described to those who may use it."""

    snapshot_id: str
    volume_id: str
    status: str
    start_time: datetime
    progress: str
    owner_id: str = part(since="2009-08-15")
    volume_size: str = part(since="2009-08-15")
    description: str | None = part(default=None, since="2009-08-15")
    owner_alias: str | None = part(default=None, since="2009-10-31")
    tag: tuple[ResourceTagSetItem, ...] = items(
        "ResourceTagSetType", default=(), name="tagSet", since="2010-08-31"
    )


@message("DescribeSnapshotsResponseType")
class DescribeSnapshotsResponse:
    """The snapshots asked for."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    snapshot: tuple[DescribeSnapshotsSetItemResponse, ...] = items(
        "DescribeSnapshotsSetResponseType", default=(), name="snapshotSet", required=True
    )


@message("DescribeSnapshotAttributeType")
class DescribeSnapshotAttribute:
    """Ask for one attribute of a snapshot."""

    snapshot_id: str
    create_volume_permission: EmptyElement | None = part(default=None, choice="attribute")
    product_codes: EmptyElement | None = part(default=None, since="2012-04-01", choice="attribute")


@message("CreateVolumePermissionItemType")
class CreateVolumePermissionItem:
    """Who may make volumes: an account by its number, or the group ``all``."""

    user_id: str | None = part(default=None, choice="account")
    group: str | None = part(default=None, choice="account")


@message("DescribeSnapshotAttributeResponseType")
class DescribeSnapshotAttributeResponse:
    """The attribute asked for."""

    request_id: str = part(default="", required=True)
    snapshot_id: str
    create_volume_permission: tuple[CreateVolumePermissionItem, ...] | None = items(
        "CreateVolumePermissionListType", default=None, choice="attribute"
    )
    product_codes: tuple[ProductCodesSetItem, ...] | None = items(
        "ProductCodesSetType", default=None, since="2012-04-01", choice="attribute"
    )


@message("CreateVolumePermissionOperationType")
class CreateVolumePermissionOperation:
    """Whom to let make volumes of a snapshot, or whom no longer."""

    add: tuple[CreateVolumePermissionItem, ...] | None = items(
        "CreateVolumePermissionListType", default=None, choice="operation"
    )
    remove: tuple[CreateVolumePermissionItem, ...] | None = items(
        "CreateVolumePermissionListType", default=None, choice="operation"
    )


@message("ModifySnapshotAttributeType")
class ModifySnapshotAttribute:
    """Change who may make volumes of a snapshot."""

    snapshot_id: str
    create_volume_permission: CreateVolumePermissionOperation


@message("ModifySnapshotAttributeResponseType")
class ModifySnapshotAttributeResponse:
    """Whether it was changed."""

    request_id: str = part(default="", required=True)
    succeeded: bool = part(name="return")


@message("ResetSnapshotAttributeType")
class ResetSnapshotAttribute:
    """Let nobody else make volumes of a snapshot any more."""

    snapshot_id: str
    create_volume_permission: EmptyElement | None = part(default=None, choice="attribute")


@message("ResetSnapshotAttributeResponseType")
class ResetSnapshotAttributeResponse:
    """Whether it was reset."""

    request_id: str = part(default="", required=True)
    succeeded: bool = part(name="return")


CREATE_SNAPSHOT = Operation(
    name="CreateSnapshot",
    asks=CreateSnapshot,
    answers=CreateSnapshotResponse,
    allows="ec2:CreateSnapshot",
    since="2008-05-05",
    mutates=True,
)


DESCRIBE_SNAPSHOTS = Operation(
    name="DescribeSnapshots",
    asks=DescribeSnapshots,
    answers=DescribeSnapshotsResponse,
    allows="ec2:DescribeSnapshots",
    since="2008-05-05",
)


DESCRIBE_SNAPSHOT_ATTRIBUTE = Operation(
    name="DescribeSnapshotAttribute",
    asks=DescribeSnapshotAttribute,
    answers=DescribeSnapshotAttributeResponse,
    allows="ec2:DescribeSnapshotAttribute",
    since="2009-08-15",
)


MODIFY_SNAPSHOT_ATTRIBUTE = Operation(
    name="ModifySnapshotAttribute",
    asks=ModifySnapshotAttribute,
    answers=ModifySnapshotAttributeResponse,
    allows="ec2:ModifySnapshotAttribute",
    since="2009-08-15",
    mutates=True,
)


RESET_SNAPSHOT_ATTRIBUTE = Operation(
    name="ResetSnapshotAttribute",
    asks=ResetSnapshotAttribute,
    answers=ResetSnapshotAttributeResponse,
    allows="ec2:ResetSnapshotAttribute",
    since="2009-08-15",
    mutates=True,
)


OPERATIONS = (
    CREATE_SNAPSHOT,
    DESCRIBE_SNAPSHOTS,
    DESCRIBE_SNAPSHOT_ATTRIBUTE,
    MODIFY_SNAPSHOT_ATTRIBUTE,
    RESET_SNAPSHOT_ATTRIBUTE,
)
