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
    configurations,
    copying,
    cors,
    deletions,
    encrypting,
    guards,
    images,
    lifecycle,
    listings,
    locking,
    logs,
    multipart,
    objects,
    tagging,
    uploads,
    versioning,
)
from walrus.operations.encrypting import Vessel
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
    "GetBucketEncryption": encrypting.get_bucket_encryption,
    "PutBucketEncryption": encrypting.put_bucket_encryption,
    "DeleteBucketEncryption": encrypting.delete_bucket_encryption,
    "GetBucketVersioning": versioning.get_bucket_versioning,
    "PutBucketVersioning": versioning.put_bucket_versioning,
    "GetBucketTagging": tagging.get_bucket_tagging,
    "PutBucketTagging": tagging.put_bucket_tagging,
    "DeleteBucketTagging": tagging.delete_bucket_tagging,
    "GetBucketLifecycleConfiguration": lifecycle.get_bucket_lifecycle,
    "PutBucketLifecycleConfiguration": lifecycle.put_bucket_lifecycle,
    "DeleteBucketLifecycle": lifecycle.delete_bucket_lifecycle,
    "GetObjectLockConfiguration": locking.get_object_lock_configuration,
    "PutObjectLockConfiguration": locking.put_object_lock_configuration,
    "GetBucketPolicy": guards.get_bucket_policy,
    "PutBucketPolicy": guards.put_bucket_policy,
    "DeleteBucketPolicy": guards.delete_bucket_policy,
    "GetBucketPolicyStatus": guards.get_bucket_policy_status,
    "GetBucketOwnershipControls": guards.get_bucket_ownership_controls,
    "PutBucketOwnershipControls": guards.put_bucket_ownership_controls,
    "DeleteBucketOwnershipControls": guards.delete_bucket_ownership_controls,
    "GetPublicAccessBlock": guards.get_public_access_block,
    "PutPublicAccessBlock": guards.put_public_access_block,
    "DeletePublicAccessBlock": guards.delete_public_access_block,
    "GetBucketLogging": logs.get_bucket_logging,
    "PutBucketLogging": logs.put_bucket_logging,
    "GetBucketRequestPayment": configurations.get_bucket_request_payment,
    "PutBucketRequestPayment": configurations.put_bucket_request_payment,
    "GetBucketWebsite": configurations.get_bucket_website,
    "DeleteBucketWebsite": configurations.nothing_to_delete,
    "GetBucketReplication": configurations.get_bucket_replication,
    "DeleteBucketReplication": configurations.nothing_to_delete,
    "GetBucketNotificationConfiguration": configurations.get_bucket_notification,
    "PutBucketNotificationConfiguration": configurations.put_bucket_notification,
    "GetBucketAccelerateConfiguration": configurations.get_bucket_accelerate,
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

    ``admit`` refuses what can be refused before a byte is taken and gives the vessel for the
    content; ``finish`` stores what was received.
    """

    admit: Callable[[World, Asked], Awaitable[Vessel]]
    finish: Callable[[World, Asked, Receiving], Awaitable[Answer]]


async def receive(
    world: World, asked: Asked, length: int | None, seal: Seals | None = None
) -> Receiving:
    """What takes an object's content, of which ``length`` bytes are sent; raises Refused for
    whatever can be refused before the first one."""
    vessel = await STREAMS[asked.action.name].admit(world, asked)
    promised = replace(content.read(asked.headers, length, seal), also=vessel.also)
    return Receiving(promised, vessel.store, world.new_blob(), vessel.encryption)


STREAMS: Mapping[str, Stream] = {
    "PutObject": Stream(objects.admit_put, objects.put_object),
    "UploadPart": Stream(multipart.admit_part, multipart.upload_part),
}
