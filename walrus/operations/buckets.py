# SPDX-License-Identifier: BSD-2-Clause
"""Buckets: list, create, delete, look at, and list what is inside."""

from __future__ import annotations

from lxml import etree

from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import (
    INVALID_LOCATION,
    MALFORMED_XML,
)
from eucalyptus.wire.documents import parse
from walrus.core import documents
from walrus.core.asking import Asked
from walrus.core.keys import check_bucket
from walrus.core.permitting import owner
from walrus.core.records import Bucket
from walrus.core.versions import ENABLED
from walrus.database import buckets
from walrus.operations import granting
from walrus.operations.world import XML, Answer, World

_REGIONS = frozenset({"", "eucalyptus", "us-east-1", "US", "walrus", "EU"})
"""Location constraints that clients send without meaning them."""


async def list_buckets(world: World, asked: Asked) -> Answer:
    """All buckets of the caller's account."""
    mine = owner(asked)
    found = await world.tables.read(buckets.owned, mine.account_id)
    return Answer(headers=XML, body=documents.bucket_list(mine, found))


async def create_bucket(world: World, asked: Asked) -> Answer:
    """Make a bucket; it belongs to the caller's account."""
    check_bucket(asked.target.bucket)
    _check_location(asked)
    mine = owner(asked)
    locked = asked.headers.get("x-amz-bucket-object-lock-enabled", "").lower() == "true"
    made = Bucket(
        name=asked.target.bucket,
        owner=mine,
        acl=await granting.new_bucket(world, asked, mine),
        created=world.now(),
        lock_enabled=locked,
        versioning=ENABLED if locked else "",
    )
    await world.tables.run(buckets.create, made, world.most_buckets)
    return Answer(headers={"location": f"/{made.name}"})


def _check_location(asked: Asked) -> None:
    if not asked.body.strip():
        return
    try:
        root = parse(asked.body)
    except Refused as wrong:
        raise MALFORMED_XML(reason=wrong.message) from wrong
    if etree.QName(root).localname != "CreateBucketConfiguration":
        raise MALFORMED_XML(reason="it is no CreateBucketConfiguration")
    wanted = (root.findtext("{*}LocationConstraint") or "").strip()
    if wanted not in _REGIONS:
        raise INVALID_LOCATION(location=wanted[:80])


async def delete_bucket(world: World, asked: Asked) -> Answer:
    """Delete an empty bucket, with the uploads to it that are under way."""
    gone = await world.tables.statement(buckets.remove, asked.the_bucket.name, world.now())
    world.bury(*gone)
    return Answer(status=204)


async def head_bucket(world: World, asked: Asked) -> Answer:
    """The bucket is there and the caller may read it."""
    return Answer(headers={"x-amz-bucket-region": "eucalyptus"})


async def get_bucket_location(world: World, asked: Asked) -> Answer:
    """The bucket's region: always the classic one."""
    return Answer(headers=XML, body=documents.location(""))
