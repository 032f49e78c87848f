# SPDX-License-Identifier: BSD-2-Clause
"""Buckets: list, create, delete, look at, and list what is inside."""

from __future__ import annotations

import re

from eucalyptus.contracts.s3 import INVALID_ARGUMENT, INVALID_LOCATION
from eucalyptus.contracts.s3_access import ACL_WITH_OWNERSHIP, ENFORCED, PRIVATE
from walrus.core import acl, documents, listing, markup
from walrus.core.asking import Asked
from walrus.core.guard_documents import checked_ownership
from walrus.core.guarding import LOCATION, OWNERSHIP, ownership
from walrus.core.keys import check_bucket
from walrus.core.permitting import owner
from walrus.core.records import Bucket
from walrus.core.versions import ENABLED
from walrus.database import bucket_settings, buckets
from walrus.operations import granting
from walrus.operations.world import XML, Answer, World

_REGIONS = frozenset({"", "eucalyptus", "us-east-1", "US", "walrus", "EU"})
"""Location constraints that clients send without meaning them."""
_MOST_BUCKETS = 10_000
"""Buckets on one page."""


async def list_buckets(world: World, asked: Asked) -> Answer:
    """Buckets of the caller's account: all, or page by page those with a prefix."""
    mine, query = owner(asked), asked.query
    prefix, token = query.get("prefix", ""), query.get("continuation-token", "")
    after = listing.from_token(mine.account_id, token) if token else ""
    most = _most_buckets(query.get("max-buckets"))
    found = await world.tables.read(buckets.owned, mine.account_id, prefix, after, most + 1)
    told = [("Prefix", prefix)] if prefix else []
    if len(found) > most:
        told.insert(0, ("ContinuationToken", listing.token(mine.account_id, found[most - 1].name)))
    return Answer(headers=XML, body=documents.bucket_list(mine, found[:most], told))


def _most_buckets(text: str | None) -> int:
    if text is None:
        return _MOST_BUCKETS
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= _MOST_BUCKETS:
        raise INVALID_ARGUMENT(
            name="max-buckets", value=text[:80], wanted=f"a number from 1 to {_MOST_BUCKETS}"
        )
    return int(text)


async def create_bucket(world: World, asked: Asked) -> Answer:
    """Make a bucket; it belongs to the caller's account."""
    check_bucket(asked.target.bucket)
    mine = owner(asked)
    locked = asked.headers.get("x-amz-bucket-object-lock-enabled", "").lower() == "true"
    made = Bucket(
        name=asked.target.bucket,
        owner=mine,
        acl=await granting.new_bucket(world, asked, mine),
        settings=_settings(asked),
        created=world.now(),
        lock_enabled=locked,
        versioning=ENABLED if locked else "",
    )
    if ownership(made) == ENFORCED and made.acl != acl.canned(PRIVATE, mine, None):
        raise ACL_WITH_OWNERSHIP()
    await world.tables.run(buckets.create, made, world.most_buckets)
    return Answer(headers={"location": f"/{made.name}"})


def _settings(asked: Asked) -> dict[str, str]:
    location = _location(asked)
    settings = {LOCATION: location} if location else {}
    wanted = asked.headers.get("x-amz-object-ownership")
    return settings if wanted is None else settings | {OWNERSHIP: checked_ownership(wanted)}


def _location(asked: Asked) -> str:
    if not asked.body.strip():
        return ""
    root = markup.read(asked.body, "CreateBucketConfiguration")
    wanted = (root.findtext("{*}LocationConstraint") or "").strip()
    if wanted not in _REGIONS:
        raise INVALID_LOCATION(location=wanted[:80])
    return wanted


async def delete_bucket(world: World, asked: Asked) -> Answer:
    """Delete an empty bucket, with the uploads to it that are under way."""
    gone = await world.tables.statement(buckets.remove, asked.the_bucket.name, world.now())
    world.bury(*gone)
    return Answer(status=204)


async def head_bucket(world: World, asked: Asked) -> Answer:
    """The bucket is there and the caller may read it."""
    return Answer(headers={"x-amz-bucket-region": "eucalyptus"})


async def get_bucket_location(world: World, asked: Asked) -> Answer:
    """The region that the bucket was made in; "" is the classic one."""
    kept = await world.tables.read(bucket_settings.find, asked.the_bucket.name, LOCATION)
    return Answer(headers=XML, body=documents.location(kept or ""))
