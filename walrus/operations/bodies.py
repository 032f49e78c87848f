# SPDX-License-Identifier: BSD-2-Clause
"""Which function does which action."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from walrus.core.asking import Asked
from walrus.operations import buckets, cors, deletions, images, listings, objects, versioning
from walrus.operations.world import Answer, World

Body = Callable[[World, Asked], Awaitable[Answer]]

BODIES: Mapping[str, Body] = {
    "ListBuckets": buckets.list_buckets,
    "CreateBucket": buckets.create_bucket,
    "DeleteBucket": buckets.delete_bucket,
    "HeadBucket": buckets.head_bucket,
    "GetBucketLocation": buckets.get_bucket_location,
    "GetBucketAcl": buckets.get_bucket_acl,
    "PutBucketAcl": buckets.put_bucket_acl,
    "GetBucketCors": cors.get_bucket_cors,
    "PutBucketCors": cors.put_bucket_cors,
    "DeleteBucketCors": cors.delete_bucket_cors,
    "Preflight": cors.preflight,
    "GetBucketVersioning": versioning.get_bucket_versioning,
    "PutBucketVersioning": versioning.put_bucket_versioning,
    "ListObjects": listings.list_objects,
    "ListObjectVersions": listings.list_object_versions,
    "DeleteObjects": deletions.delete_objects,
    "GetObject": objects.get_object,
    "HeadObject": objects.head_object,
    "DeleteObject": deletions.delete_object,
    "GetObjectAcl": objects.get_object_acl,
    "PutObjectAcl": objects.put_object_acl,
    "GetImage": images.get_image,
}
"""What does each action; PutObject, which takes a stream, is called by the resource itself."""
