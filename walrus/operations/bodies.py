# SPDX-License-Identifier: BSD-2-Clause
"""Which function does which action."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from walrus.core import content
from walrus.core.asking import Asked
from walrus.core.chunked import Seals
from walrus.operations import (
    acls,
    buckets,
    copying,
    cors,
    deletions,
    images,
    listings,
    locking,
    multipart,
    objects,
    tagging,
    uploads,
    versioning,
)
from walrus.operations.receiving import Receiving
from walrus.operations.world import Answer, World

Body = Callable[[World, Asked], Awaitable[Answer]]

BODIES: Mapping[str, Body] = {
    "ListBuckets": buckets.list_buckets,
    "CreateBucket": buckets.create_bucket,
    "DeleteBucket": buckets.delete_bucket,
    "HeadBucket": buckets.head_bucket,
    "GetBucketLocation": buckets.get_bucket_location,
    "GetBucketAcl": acls.get_bucket_acl,
    "PutBucketAcl": acls.put_bucket_acl,
    "GetBucketCors": cors.get_bucket_cors,
    "PutBucketCors": cors.put_bucket_cors,
    "DeleteBucketCors": cors.delete_bucket_cors,
    "Preflight": cors.preflight,
    "GetBucketVersioning": versioning.get_bucket_versioning,
    "PutBucketVersioning": versioning.put_bucket_versioning,
    "GetBucketTagging": tagging.get_bucket_tagging,
    "PutBucketTagging": tagging.put_bucket_tagging,
    "DeleteBucketTagging": tagging.delete_bucket_tagging,
    "GetObjectLockConfiguration": locking.get_object_lock_configuration,
    "PutObjectLockConfiguration": locking.put_object_lock_configuration,
    "ListObjects": listings.list_objects,
    "ListObjectVersions": listings.list_object_versions,
    "DeleteObjects": deletions.delete_objects,
    "GetObject": objects.get_object,
    "HeadObject": objects.head_object,
    "DeleteObject": deletions.delete_object,
    "GetObjectAttributes": uploads.get_object_attributes,
    "CopyObject": copying.copy_object,
    "CreateMultipartUpload": multipart.create_multipart_upload,
    "UploadPartCopy": copying.upload_part_copy,
    "CompleteMultipartUpload": multipart.complete_multipart_upload,
    "AbortMultipartUpload": multipart.abort_multipart_upload,
    "ListParts": uploads.list_parts,
    "ListMultipartUploads": uploads.list_multipart_uploads,
    "GetObjectAcl": acls.get_object_acl,
    "PutObjectAcl": acls.put_object_acl,
    "GetObjectTagging": tagging.get_object_tagging,
    "PutObjectTagging": tagging.put_object_tagging,
    "DeleteObjectTagging": tagging.delete_object_tagging,
    "GetObjectRetention": locking.get_object_retention,
    "PutObjectRetention": locking.put_object_retention,
    "GetObjectLegalHold": locking.get_object_legal_hold,
    "PutObjectLegalHold": locking.put_object_legal_hold,
    "GetImage": images.get_image,
}
"""What does each action that takes no stream."""


@dataclass(frozen=True, slots=True)
class Stream:
    """What does an action whose body is an object's content.

    ``admit`` refuses what can be refused before a byte is taken and names a further checksum that
    is wanted of the content, "" for none; ``finish`` stores what was received.
    """

    admit: Callable[[World, Asked], Awaitable[str]]
    finish: Callable[[World, Asked, Receiving], Awaitable[Answer]]


async def receive(
    world: World, asked: Asked, length: int | None, seal: Seals | None = None
) -> Receiving:
    """What takes an object's content, of which ``length`` bytes are sent; raises Refused for
    whatever can be refused before the first one."""
    also = await STREAMS[asked.action.name].admit(world, asked)
    promised = replace(content.read(asked.headers, length, seal), also=also)
    return Receiving(promised, world.store, world.new_blob())


STREAMS: Mapping[str, Stream] = {
    "PutObject": Stream(objects.admit_put, objects.put_object),
    "UploadPart": Stream(multipart.admit_part, multipart.upload_part),
}
