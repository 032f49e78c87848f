# SPDX-License-Identifier: BSD-2-Clause
"""The lifecycle rules of a bucket."""

from __future__ import annotations

from eucalyptus.contracts.s3 import NO_LIFECYCLE
from walrus.core import lifecycle_documents
from walrus.core.asking import Asked
from walrus.database import bucket_settings
from walrus.operations.world import XML, Answer, World

KIND = "lifecycle"
"""The kind of document among a bucket's settings; kept as it is shown."""


async def get_bucket_lifecycle(world: World, asked: Asked) -> Answer:
    """The rules."""
    bucket = asked.the_bucket.name
    kept = await world.tables.read(bucket_settings.find, bucket, KIND)
    if kept is None:
        raise NO_LIFECYCLE(bucket=bucket)
    return Answer(headers=XML, body=kept.encode())


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
