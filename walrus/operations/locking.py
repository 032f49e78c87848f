# SPDX-License-Identifier: BSD-2-Clause
"""Object lock: of a bucket, and the retention and legal hold of an object's version."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import replace

from eucalyptus.contracts.s3 import (
    INVALID_BUCKET_STATE,
    NO_BUCKET_LOCK,
    NO_RETENTION,
)
from walrus.core import locking
from walrus.core.asking import Asked
from walrus.core.locking import Moment
from walrus.core.permitting import may, require
from walrus.core.records import Bucket, Lock
from walrus.core.versions import ENABLED
from walrus.database import buckets, objects
from walrus.operations.world import XML, Answer, World


def trying(world: World, asked: Asked) -> Moment:
    """Now, with the caller's right to bypass governance if it is asked for.

    Raises ACCESS_DENIED for a caller who asks and has no such right.
    """
    wanted = asked.headers.get(locking.BYPASS, "").lower() == "true"
    if wanted:
        require(asked, "s3:BypassGovernanceRetention")
    return Moment(now=world.now(), bypass=wanted)


def told(asked: Asked, lock: Lock) -> Mapping[str, str]:
    """The headers that tell of a version's lock, as far as the caller may ask for it."""
    if lock == Lock():
        return {}
    shown = lock
    if not may(asked, "s3:GetObjectRetention"):
        shown = replace(shown, mode="", until=None)
    if not may(asked, "s3:GetObjectLegalHold"):
        shown = replace(shown, hold=False)
    return locking.shown_headers(shown)


async def get_object_lock_configuration(world: World, asked: Asked) -> Answer:
    """Whether objects can be locked, and for how long new ones are."""
    bucket = asked.the_bucket
    if not bucket.lock_enabled:
        raise NO_BUCKET_LOCK(bucket=bucket.name)
    return Answer(headers=XML, body=locking.shown_configuration(bucket.default_retention))


async def put_object_lock_configuration(world: World, asked: Asked) -> Answer:
    """Let objects be locked from now on, new ones for so long; this is never undone."""
    rule = locking.configuration(asked.body)

    def enable(bucket: Bucket) -> Mapping[str, object]:
        if bucket.versioning != ENABLED:
            raise INVALID_BUCKET_STATE(
                reason="Objects can be locked where versioning is enabled. Enable it first."
            )
        default = dataclasses.asdict(rule) if rule else None
        return {"lock_enabled": True, "default_retention": default}

    await world.tables.run(buckets.revise, asked.the_bucket.name, enable)
    return Answer()


async def get_object_retention(world: World, asked: Asked) -> Answer:
    """How long the version is retained."""
    locking.check_enabled(asked.the_bucket)
    lock = asked.the_object.lock
    if lock.until is None:
        raise NO_RETENTION()
    return Answer(headers=XML, body=locking.shown_retention(lock))


async def put_object_retention(world: World, asked: Asked) -> Answer:
    """Retain the version for longer; or less, where that may be.

    Who put an object into another's bucket may not keep it there: the bucket's owner decides.
    """
    locking.check_enabled(asked.the_bucket)
    require(asked, "s3:PutObjectRetention")
    trial = trying(world, asked)
    wanted = locking.retention(asked.body, trial.now)

    def retain(lock: Lock) -> Lock:
        return trial.retain(lock, wanted)

    await world.tables.statement(objects.relock, asked.the_object, retain)
    return Answer()


async def get_object_legal_hold(world: World, asked: Asked) -> Answer:
    """Whether the version is under a legal hold."""
    locking.check_enabled(asked.the_bucket)
    return Answer(headers=XML, body=locking.shown_hold(asked.the_object.lock))


async def put_object_legal_hold(world: World, asked: Asked) -> Answer:
    """Put the version under a legal hold, or take that off: as the bucket's owner allows."""
    locking.check_enabled(asked.the_bucket)
    require(asked, "s3:PutObjectLegalHold")
    hold = locking.legal_hold(asked.body)
    await world.tables.statement(
        objects.relock, asked.the_object, lambda lock: replace(lock, hold=hold)
    )
    return Answer()
