# SPDX-License-Identifier: BSD-2-Clause
"""Where the log of a bucket goes: only into a bucket whose owner lets logs be delivered."""

from __future__ import annotations

from eucalyptus.access.policies.deciding import Request, decide
from eucalyptus.access.policies.documents import Effect
from eucalyptus.contracts.s3 import ACCESS_DENIED, INVALID_ARGUMENT
from eucalyptus.contracts.s3_access import FULL_CONTROL, LOG_DELIVERY, NO_LOG_BUCKET, WRITE
from walrus.core import acl, guarding, log_documents
from walrus.core.asking import Asked
from walrus.core.log_documents import KIND, LogTarget
from walrus.core.records import Bucket, Owner
from walrus.database import bucket_settings, buckets
from walrus.operations.world import XML, Answer, World

_SERVICE = "logging.s3.amazonaws.com"


async def get_bucket_logging(world: World, asked: Asked) -> Answer:
    """Where the bucket's log goes."""
    kept = await world.tables.read(bucket_settings.find, asked.the_bucket.name, KIND)
    shown = log_documents.shown(LogTarget.of_text(kept) if kept else None)
    return Answer(headers=XML, body=shown)


async def put_bucket_logging(world: World, asked: Asked) -> Answer:
    """Have the bucket's accesses logged, or no more. Only its owner may, whatever policies say."""
    bucket = asked.the_bucket
    if not acl.owns(bucket.owner, asked.who):
        raise ACCESS_DENIED(reason="Only a bucket's owner has its accesses logged.")
    target = log_documents.read(asked.body)
    if target is None:
        await world.tables.statement(bucket_settings.remove, bucket.name, KIND)
        return Answer()
    await _check(world, bucket, target)
    await world.tables.statement(bucket_settings.put, bucket.name, KIND, target.text())
    return Answer()


async def _check(world: World, bucket: Bucket, target: LogTarget) -> None:
    """Raise Refused unless logs of ``bucket`` may go there, and would not make logs themselves."""
    there = await world.tables.read(buckets.find, target.bucket)
    if there is None:
        raise NO_LOG_BUCKET(bucket=target.bucket[:80])
    if not delivers(bucket.name, bucket.owner, there, target.prefix):
        raise ACCESS_DENIED(reason=f"The policy of bucket {there.name} lets no logs be delivered.")
    logged = await world.tables.read(bucket_settings.find, there.name, KIND)
    if there.name == bucket.name:
        raise _unfit(target, "another bucket than the logged one")
    if logged:
        raise _unfit(target, "a bucket that is not logged itself")
    if there.encryption:
        raise _unfit(target, "a bucket without default encryption")
    if guarding.requester_pays(there):
        raise _unfit(target, "a bucket whose owner pays")


def _unfit(target: LogTarget, wanted: str) -> Exception:
    return INVALID_ARGUMENT(name="TargetBucket", value=target.bucket[:80], wanted=wanted)


def delivers(source: str, owner: Owner, target: Bucket, key: str) -> bool:
    """Whether logs of the bucket ``source`` may go to ``target`` as ``key``, or below it: by its
    policy, or by an ACL that grants the group of log delivery to write."""
    policy = guarding.policy_of(target)
    request = Request(
        action="s3:PutObject", resource=f"{guarding.arn(target.name)}/{key}", service=_SERVICE,
        values={
            "aws:sourcearn": (guarding.arn(source),),
            "aws:sourceaccount": (owner.account_id, owner.canonical_id),
        },
    )  # fmt: skip
    effect = decide((policy,) if policy else (), request)
    granted = any(
        grant.group == LOG_DELIVERY and grant.permission in (WRITE, FULL_CONTROL)
        for grant in target.acl
    )
    return effect is not Effect.DENY and (effect is Effect.ALLOW or granted)
