# SPDX-License-Identifier: BSD-2-Clause
"""The tags of buckets and of objects' versions."""

from __future__ import annotations

import json
from dataclasses import replace

from eucalyptus.contracts.s3 import NO_TAGS
from walrus.core import tagging
from walrus.core.asking import Asked
from walrus.core.permitting import permit
from walrus.core.versions import VERSION_ID
from walrus.database import bucket_settings, objects
from walrus.operations.world import XML, Answer, World

_KIND = "tagging"


async def get_bucket_tagging(world: World, asked: Asked) -> Answer:
    """The bucket's tags."""
    bucket = asked.the_bucket.name
    kept = await world.tables.read(bucket_settings.find, bucket, _KIND)
    if kept is None:
        raise NO_TAGS(bucket=bucket)
    return Answer(headers=XML, body=tagging.shown(json.loads(kept)))


async def put_bucket_tagging(world: World, asked: Asked) -> Answer:
    """Replace the bucket's tags."""
    tags = tagging.of_document(asked.body, tagging.MOST_OF_BUCKET)
    bucket = asked.the_bucket.name
    await world.tables.statement(bucket_settings.put, bucket, _KIND, json.dumps(tags))
    return Answer(status=204)


async def delete_bucket_tagging(world: World, asked: Asked) -> Answer:
    """Take the bucket's tags off."""
    await world.tables.statement(bucket_settings.remove, asked.the_bucket.name, _KIND)
    return Answer(status=204)


async def get_object_tagging(world: World, asked: Asked) -> Answer:
    """The object's tags."""
    return Answer(headers=XML | _version(asked), body=tagging.shown(asked.the_object.tags))


async def put_object_tagging(world: World, asked: Asked) -> Answer:
    """Replace the object's tags."""
    tags = tagging.of_document(asked.body, tagging.MOST_OF_OBJECT)
    # Policies may have something to say of the tags, which the gate could not see.
    permit(replace(asked, tags=tags))
    await world.tables.statement(objects.change, asked.the_object, {"tags": tags})
    return Answer(headers=_version(asked))


async def delete_object_tagging(world: World, asked: Asked) -> Answer:
    """Take the object's tags off."""
    await world.tables.statement(objects.change, asked.the_object, {"tags": {}})
    return Answer(status=204, headers=_version(asked))


def _version(asked: Asked) -> dict[str, str]:
    return {VERSION_ID: asked.the_object.version} if asked.the_bucket.versioning else {}
