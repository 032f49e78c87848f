# SPDX-License-Identifier: BSD-2-Clause
"""The lifecycle rules of a bucket."""

from __future__ import annotations

from collections.abc import Mapping

from eucalyptus.contracts.s3 import NO_LIFECYCLE
from walrus.core import lifecycle, lifecycle_documents
from walrus.core.asking import Asked
from walrus.core.lifecycle import KIND, Calendar
from walrus.core.lifecycle_documents import kept_rules
from walrus.core.records import Bucket, Stored
from walrus.database import bucket_settings
from walrus.operations.world import XML, Answer, World


async def get_bucket_lifecycle(world: World, asked: Asked) -> Answer:
    """The rules."""
    bucket = asked.the_bucket
    if not bucket.lifecycle:
        raise NO_LIFECYCLE(bucket=bucket.name)
    return Answer(headers=XML, body=bucket.lifecycle.encode())


def expiry(calendar: Calendar, bucket: Bucket, stored: Stored) -> Mapping[str, str]:
    """The header that tells when an object will expire, if it is the latest and ever will."""
    if not bucket.lifecycle or not stored.latest:
        return {}
    return lifecycle.header(kept_rules(bucket.lifecycle), stored, calendar)


async def put_bucket_lifecycle(world: World, asked: Asked) -> Answer:
    """Replace the rules; the next round of the cloud's loops goes by them."""
    rules = lifecycle_documents.rules(asked.body)
    document = lifecycle_documents.shown(rules).decode()
    await world.tables.statement(bucket_settings.put, asked.the_bucket.name, KIND, document)
    return Answer()


async def delete_bucket_lifecycle(world: World, asked: Asked) -> Answer:
    """Let nothing expire any more."""
    await world.tables.statement(bucket_settings.remove, asked.the_bucket.name, KIND)
    return Answer(status=204)
