# SPDX-License-Identifier: BSD-2-Clause
"""Buckets over SOAP: make, delete, list, and where their access is logged."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from eucalyptus.contracts.declare import Long, Operation, message, part
from eucalyptus.contracts.s3_soap.access import AccessControlList, CanonicalUser
from eucalyptus.contracts.s3_soap.asking import Asking, Claiming


class StorageClass(StrEnum):
    """How an object is kept; here there is one way."""

    STANDARD = "STANDARD"
    REDUCED_REDUNDANCY = "REDUCED_REDUNDANCY"
    UNKNOWN = "UNKNOWN"


@message("Status")
class Status:
    """An HTTP status: its number and its words."""

    code: int = part(name="Code")
    description: str = part(name="Description")


@message("MetadataEntry")
class MetadataEntry:
    """One pair of an object's metadata, or one of the headers that describe its content."""

    name: str = part(name="Name")
    value: str = part(name="Value")


# --- make and delete -----------------------------------------------------------------------------


@message("CreateBucket", anonymous=True)
class CreateBucket(Claiming):
    """Make a bucket."""

    bucket: str = part(name="Bucket")
    access: AccessControlList | None = part(default=None, name="AccessControlList")


@message("CreateBucketResult")
class CreateBucketResult:
    """The bucket's name."""

    bucket_name: str = part(name="BucketName")


@message("CreateBucketResponse", anonymous=True)
class CreateBucketResponse:
    """It is made."""

    made: CreateBucketResult = part(name="CreateBucketReturn")


@message("DeleteBucket", anonymous=True)
class DeleteBucket(Asking):
    """Delete an empty bucket."""

    bucket: str = part(name="Bucket")


@message("DeleteBucketResponse", anonymous=True)
class DeleteBucketResponse:
    """204 No Content."""

    status: Status = part(name="DeleteBucketResponse")


# --- list ----------------------------------------------------------------------------------------


@message("ListAllMyBuckets", anonymous=True)
class ListAllMyBuckets(Claiming):
    """Ask for all buckets of one's account."""


@message("ListAllMyBucketsEntry")
class ListAllMyBucketsEntry:
    """One bucket."""

    name: str = part(name="Name")
    creation_date: datetime = part(name="CreationDate")


@message("ListAllMyBucketsList")
class ListAllMyBucketsList:
    """The buckets by name."""

    buckets: tuple[ListAllMyBucketsEntry, ...] = part(default=(), name="Bucket")


@message("ListAllMyBucketsResult")
class ListAllMyBucketsResult:
    """The owner and its buckets."""

    owner: CanonicalUser = part(name="Owner")
    buckets: ListAllMyBucketsList = part(name="Buckets")


@message("ListAllMyBucketsResponse", anonymous=True)
class ListAllMyBucketsResponse:
    """All buckets."""

    listed: ListAllMyBucketsResult = part(name="ListAllMyBucketsResponse")


@message("ListBucket", anonymous=True)
class ListBucket(Asking):
    """Ask for a page of a bucket's keys."""

    bucket: str = part(name="Bucket")
    prefix: str | None = part(default=None, name="Prefix")
    marker: str | None = part(default=None, name="Marker")
    max_keys: int | None = part(default=None, name="MaxKeys")
    delimiter: str | None = part(default=None, name="Delimiter")


@message("ListEntry")
class ListEntry:
    """One object; ``size`` in bytes."""

    key: str = part(name="Key")
    last_modified: datetime = part(name="LastModified")
    etag: str = part(name="ETag")
    size: Long = part(name="Size")
    owner: CanonicalUser | None = part(default=None, name="Owner")
    storage_class: StorageClass = part(name="StorageClass")


@message("PrefixEntry")
class PrefixEntry:
    """Keys that begin alike, folded."""

    prefix: str = part(name="Prefix")


@message("ListBucketResult")
class ListBucketResult:
    """A page of keys, and what was asked for."""

    metadata: tuple[MetadataEntry, ...] = part(default=(), name="Metadata")
    name: str = part(name="Name")
    prefix: str = part(name="Prefix")
    marker: str = part(name="Marker")
    next_marker: str | None = part(default=None, name="NextMarker")
    max_keys: int = part(name="MaxKeys")
    delimiter: str | None = part(default=None, name="Delimiter")
    is_truncated: bool = part(name="IsTruncated")
    contents: tuple[ListEntry, ...] = part(default=(), name="Contents")
    common_prefixes: tuple[PrefixEntry, ...] = part(default=(), name="CommonPrefixes")


@message("ListBucketResponse", anonymous=True)
class ListBucketResponse:
    """A page."""

    listed: ListBucketResult = part(name="ListBucketResponse")


# --- logging -------------------------------------------------------------------------------------


@message("LoggingSettings")
class LoggingSettings:
    """Where the log of a bucket goes, under which prefix, and who else may read it."""

    target_bucket: str = part(name="TargetBucket")
    target_prefix: str = part(name="TargetPrefix")
    target_grants: AccessControlList | None = part(default=None, name="TargetGrants")


@message("BucketLoggingStatus")
class BucketLoggingStatus:
    """Whether and where access is logged."""

    enabled: LoggingSettings | None = part(default=None, name="LoggingEnabled")


@message("GetBucketLoggingStatus", anonymous=True)
class GetBucketLoggingStatus(Asking):
    """Ask whether access to a bucket is logged."""

    bucket: str = part(name="Bucket")


@message("GetBucketLoggingStatusResponse", anonymous=True)
class GetBucketLoggingStatusResponse:
    """Whether and where."""

    status: BucketLoggingStatus = part(name="GetBucketLoggingStatusResponse")


@message("SetBucketLoggingStatus", anonymous=True)
class SetBucketLoggingStatus(Asking):
    """Begin or end to log access to a bucket."""

    bucket: str = part(name="Bucket")
    status: BucketLoggingStatus = part(name="BucketLoggingStatus", last=True)


@message("SetBucketLoggingStatusResponse", anonymous=True)
class SetBucketLoggingStatusResponse:
    """It is done."""


OPERATIONS = (
    Operation(
        name="CreateBucket",
        asks=CreateBucket,
        answers=CreateBucketResponse,
        allows="s3:CreateBucket",
    ),
    Operation(
        name="DeleteBucket",
        asks=DeleteBucket,
        answers=DeleteBucketResponse,
        allows="s3:DeleteBucket",
    ),
    Operation(
        name="ListAllMyBuckets",
        asks=ListAllMyBuckets,
        answers=ListAllMyBucketsResponse,
        allows="s3:ListAllMyBuckets",
    ),
    Operation(
        name="ListBucket", asks=ListBucket, answers=ListBucketResponse, allows="s3:ListBucket"
    ),
    Operation(
        name="GetBucketLoggingStatus",
        asks=GetBucketLoggingStatus,
        answers=GetBucketLoggingStatusResponse,
        allows="s3:GetBucketLogging",
    ),
    Operation(
        name="SetBucketLoggingStatus",
        asks=SetBucketLoggingStatus,
        answers=SetBucketLoggingStatusResponse,
        allows="s3:PutBucketLogging",
    ),
)
