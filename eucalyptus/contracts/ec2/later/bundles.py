# SPDX-License-Identifier: BSD-2-Clause
"""Bundling a running instance into an image."""

from __future__ import annotations

from datetime import datetime

from eucalyptus.contracts.declare import Operation, items, message, part
from eucalyptus.contracts.ec2.filters import Filter


@message("BundleInstanceS3StorageType")
class BundleInstanceS3Storage:
    """The bucket for a bundle and leave to upload to it."""

    bucket: str
    prefix: str
    aws_access_key_id: str | None = part(default=None, query="AWSAccessKeyId")
    upload_policy: str | None = None
    upload_policy_signature: str | None = None


@message("BundleInstanceTaskStorageType")
class BundleInstanceTaskStorage:
    """Where a bundle goes."""

    s3: BundleInstanceS3Storage = part(name="S3")


@message("BundleInstanceType")
class BundleInstance:
    """Bundle the disk of a running Windows instance into a bucket."""

    instance_id: str
    storage: BundleInstanceTaskStorage


@message("BundleInstanceTaskErrorType")
class BundleInstanceTaskError:
    """Why bundling failed."""

    code: str
    message: str


@message("BundleInstanceTaskType")
class BundleInstanceTask:
    """One bundling: of what, whereto, how far."""

    instance_id: str
    bundle_id: str
    state: str
    start_time: datetime
    update_time: datetime
    storage: BundleInstanceTaskStorage
    progress: str | None = None
    error: BundleInstanceTaskError | None = None


@message("BundleInstanceResponseType")
class BundleInstanceResponse:
    """The task that does it."""

    request_id: str = part(default="", required=True)
    bundle_instance_task: BundleInstanceTask


@message("DescribeBundleTasksItemType")
class DescribeBundleTasksItem:
    """A bundling to describe."""

    bundle_id: str


@message("DescribeBundleTasksType")
class DescribeBundleTasks:
    """Ask how bundling goes."""

    bundles: tuple[DescribeBundleTasksItem, ...] = items(
        "DescribeBundleTasksInfoType", default=(), name="bundlesSet", required=True
    )
    filter: tuple[Filter, ...] = items(
        "FilterSetType", default=(), name="filterSet", since="2010-08-31"
    )


@message("DescribeBundleTasksResponseType")
class DescribeBundleTasksResponse:
    """The tasks asked for."""

    request_id: str = part(default="", required=True)
    bundle_instance_tasks: tuple[BundleInstanceTask, ...] = items(
        "BundleInstanceTasksSetType", default=(), name="bundleInstanceTasksSet", required=True
    )


BUNDLE_INSTANCE = Operation(
    name="BundleInstance",
    asks=BundleInstance,
    answers=BundleInstanceResponse,
    allows="ec2:BundleInstance",
    since="2008-08-08",
    mutates=True,
)


DESCRIBE_BUNDLE_TASKS = Operation(
    name="DescribeBundleTasks",
    asks=DescribeBundleTasks,
    answers=DescribeBundleTasksResponse,
    allows="ec2:DescribeBundleTasks",
    since="2008-08-08",
)


OPERATIONS = (
    BUNDLE_INSTANCE,
    DESCRIBE_BUNDLE_TASKS,
)
