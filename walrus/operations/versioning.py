# SPDX-License-Identifier: BSD-2-Clause
"""Whether a bucket keeps the older versions of its objects."""

from __future__ import annotations

from collections.abc import Mapping

from eucalyptus.contracts.s3 import INVALID_BUCKET_STATE
from walrus.core import version_documents
from walrus.core.asking import Asked
from walrus.core.records import Bucket
from walrus.core.versions import ENABLED
from walrus.database import buckets
from walrus.operations.world import XML, Answer, World


async def get_bucket_versioning(world: World, asked: Asked) -> Answer:
    """Enabled, suspended, or nothing of a bucket that never was versioned."""
    return Answer(headers=XML, body=version_documents.versioning(asked.the_bucket.versioning))


async def put_bucket_versioning(world: World, asked: Asked) -> Answer:
    """Begin to keep versions, or keep no more new ones."""
    wanted = version_documents.wanted_versioning(asked.body)

    def change(bucket: Bucket) -> Mapping[str, object]:
        if bucket.lock_enabled and wanted != ENABLED:
            raise INVALID_BUCKET_STATE(
                reason="Objects of this bucket can be locked, so its versioning stays enabled."
            )
        return {"versioning": wanted}

    await world.tables.run(buckets.revise, asked.the_bucket.name, change)
    return Answer()
