# SPDX-License-Identifier: BSD-2-Clause
"""Objects over SOAP: get, put (inline or attached), copy, delete."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from eucalyptus.contracts.declare import Long, Operation, message, part
from eucalyptus.contracts.s3_soap.access import AccessControlList
from eucalyptus.contracts.s3_soap.asking import Asking
from eucalyptus.contracts.s3_soap.buckets import MetadataEntry, Status, StorageClass

MOST_METADATA = 100
MOST_TAGS = 100
"""ETags in one condition."""


class MetadataDirective(StrEnum):
    """Whether a copy takes its metadata from its source or from the request."""

    COPY = "COPY"
    REPLACE = "REPLACE"


# --- get -----------------------------------------------------------------------------------------


@message("GetObject", anonymous=True)
class GetObject(Asking):
    """Ask for an object's metadata, its data, or both; the data inline or attached."""

    bucket: str = part(name="Bucket")
    key: str = part(name="Key")
    get_metadata: bool = part(name="GetMetadata")
    get_data: bool = part(name="GetData")
    inline_data: bool = part(name="InlineData")


@message("Result")
class Result:
    """Anything that was got."""

    status: Status = part(name="Status")


@message("GetObjectResult")
class GetObjectResult(Result):
    """An object; ``data`` is null when it was not asked for or is attached."""

    metadata: tuple[MetadataEntry, ...] = part(default=(), name="Metadata")
    data: bytes | None = part(default=None, name="Data", required=True, nillable=True)
    last_modified: datetime = part(name="LastModified")
    etag: str = part(name="ETag")


@message("GetObjectResponse", anonymous=True)
class GetObjectResponse:
    """The object."""

    got: GetObjectResult = part(name="GetObjectResponse")


@message("GetObjectExtended", anonymous=True)
class GetObjectExtended(GetObject):
    """The same under conditions, or a range of the data (bytes, both ends included)."""

    range_start: Long | None = part(default=None, name="ByteRangeStart")
    range_end: Long | None = part(default=None, name="ByteRangeEnd")
    if_modified_since: datetime | None = part(default=None, name="IfModifiedSince")
    if_unmodified_since: datetime | None = part(default=None, name="IfUnmodifiedSince")
    if_match: tuple[str, ...] = part(default=(), name="IfMatch", most=MOST_TAGS)
    if_none_match: tuple[str, ...] = part(default=(), name="IfNoneMatch", most=MOST_TAGS)
    whole_on_failure: bool | None = part(
        default=None, name="ReturnCompleteObjectOnConditionFailure"
    )


@message("GetObjectExtendedResponse", anonymous=True)
class GetObjectExtendedResponse:
    """The object; the element inside is called as in GetObject's answer."""

    got: GetObjectResult = part(name="GetObjectResponse")


# --- put -----------------------------------------------------------------------------------------


@message("PutObject", anonymous=True)
class PutObject(Asking):
    """Store what is attached; ``content_length`` in bytes."""

    bucket: str = part(name="Bucket")
    key: str = part(name="Key")
    metadata: tuple[MetadataEntry, ...] = part(default=(), name="Metadata", most=MOST_METADATA)
    content_length: Long = part(name="ContentLength")
    access: AccessControlList | None = part(default=None, name="AccessControlList")
    storage_class: StorageClass | None = part(default=None, name="StorageClass")


@message("PutObjectResult")
class PutObjectResult:
    """What was stored."""

    etag: str = part(name="ETag")
    last_modified: datetime = part(name="LastModified")


@message("PutObjectResponse", anonymous=True)
class PutObjectResponse:
    """It is stored."""

    put: PutObjectResult = part(name="PutObjectResponse")


@message("PutObjectInline", anonymous=True)
class PutObjectInline(Asking):
    """Store ``data``, at most 1 MiB."""

    bucket: str = part(name="Bucket")
    key: str = part(name="Key")
    metadata: tuple[MetadataEntry, ...] = part(default=(), name="Metadata", most=MOST_METADATA)
    data: bytes = part(name="Data")
    content_length: Long = part(name="ContentLength")
    access: AccessControlList | None = part(default=None, name="AccessControlList")
    storage_class: StorageClass | None = part(default=None, name="StorageClass")


@message("PutObjectInlineResponse", anonymous=True)
class PutObjectInlineResponse:
    """It is stored."""

    put: PutObjectResult = part(name="PutObjectInlineResponse")


# --- copy and delete -----------------------------------------------------------------------------


@message("CopyObject", anonymous=True)
class CopyObject(Asking):
    """Copy an object, under conditions on its source."""

    source_bucket: str = part(name="SourceBucket")
    source_key: str = part(name="SourceKey")
    bucket: str = part(name="DestinationBucket")
    key: str = part(name="DestinationKey")
    directive: MetadataDirective | None = part(default=None, name="MetadataDirective")
    metadata: tuple[MetadataEntry, ...] = part(default=(), name="Metadata", most=MOST_METADATA)
    access: AccessControlList | None = part(default=None, name="AccessControlList")
    if_modified_since: datetime | None = part(default=None, name="CopySourceIfModifiedSince")
    if_unmodified_since: datetime | None = part(default=None, name="CopySourceIfUnmodifiedSince")
    if_match: tuple[str, ...] = part(default=(), name="CopySourceIfMatch", most=MOST_TAGS)
    if_none_match: tuple[str, ...] = part(default=(), name="CopySourceIfNoneMatch", most=MOST_TAGS)
    storage_class: StorageClass | None = part(default=None, name="StorageClass")


@message("CopyObjectResult")
class CopyObjectResult:
    """The copy."""

    last_modified: datetime = part(name="LastModified")
    etag: str = part(name="ETag")


@message("CopyObjectResponse", anonymous=True)
class CopyObjectResponse:
    """It is copied."""

    copied: CopyObjectResult = part(name="CopyObjectResult")


@message("DeleteObject", anonymous=True)
class DeleteObject(Asking):
    """Delete an object; it is no error if there is none."""

    bucket: str = part(name="Bucket")
    key: str = part(name="Key")


@message("DeleteObjectResponse", anonymous=True)
class DeleteObjectResponse:
    """204 No Content."""

    status: Status = part(name="DeleteObjectResponse")


OPERATIONS = (
    Operation(name="GetObject", asks=GetObject, answers=GetObjectResponse, allows="s3:GetObject"),
    Operation(
        name="GetObjectExtended",
        asks=GetObjectExtended,
        answers=GetObjectExtendedResponse,
        allows="s3:GetObject",
    ),
    Operation(name="PutObject", asks=PutObject, answers=PutObjectResponse, allows="s3:PutObject"),
    Operation(
        name="PutObjectInline",
        asks=PutObjectInline,
        answers=PutObjectInlineResponse,
        allows="s3:PutObject",
    ),
    Operation(
        name="CopyObject", asks=CopyObject, answers=CopyObjectResponse, allows="s3:PutObject"
    ),
    Operation(
        name="DeleteObject",
        asks=DeleteObject,
        answers=DeleteObjectResponse,
        allows="s3:DeleteObject",
    ),
)
