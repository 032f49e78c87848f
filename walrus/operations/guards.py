# SPDX-License-Identifier: BSD-2-Clause
"""What guards a bucket beside its ACL: policy, ownership controls, block of public access."""

from __future__ import annotations

from eucalyptus.access.policies.publicity import is_public
from eucalyptus.contracts.s3 import ACCESS_DENIED
from eucalyptus.contracts.s3_access import (
    ACL_WITH_OWNERSHIP,
    BLOCK_POLICY,
    ENFORCED,
    IGNORE_ACLS,
    MALFORMED_POLICY,
    NO_OWNERSHIP,
    NO_POLICY,
    NO_PUBLIC_ACCESS_BLOCK,
    PRIVATE,
)
from walrus.core import acl, guard_documents, guarding
from walrus.core.asking import Asked
from walrus.core.guarding import BINDING, BLOCK, OWNERSHIP, POLICY
from walrus.database import bucket_settings
from walrus.operations.world import XML, Answer, World

_CONFIRMS = "x-amz-confirm-remove-self-bucket-access"
_JSON = {"content-type": "application/json"}


# --- policy --------------------------------------------------------------------------------------


async def get_bucket_policy(world: World, asked: Asked) -> Answer:
    """The policy as it was put."""
    text = asked.the_bucket.settings.get(POLICY)
    if text is None:
        raise NO_POLICY(bucket=asked.the_bucket.name)
    return Answer(headers=_JSON, body=text.encode())


async def put_bucket_policy(world: World, asked: Asked) -> Answer:
    """Keep a policy. One that is public is refused where the block of public access says so."""
    bucket = asked.the_bucket
    try:
        text = asked.body.decode()
    except UnicodeDecodeError as wrong:
        raise MALFORMED_POLICY(reason="it is not UTF-8") from wrong
    policy = guarding.read_policy(text, bucket.name)
    if guarding.blocks(bucket, BLOCK_POLICY) and is_public(policy):
        raise ACCESS_DENIED(reason="The bucket's block of public access forbids public policies.")
    binding = asked.headers.get(_CONFIRMS, "").lower() == "true"
    kept = {POLICY: text, BINDING: "true" if binding else None}
    await world.tables.statement(bucket_settings.change, bucket.name, kept)
    return Answer(status=204)


async def delete_bucket_policy(world: World, asked: Asked) -> Answer:
    """Forget the policy, if there is one."""
    gone = {POLICY: None, BINDING: None}
    await world.tables.statement(bucket_settings.change, asked.the_bucket.name, gone)
    return Answer(status=204)


async def get_bucket_policy_status(world: World, asked: Asked) -> Answer:
    """Whether everybody may do something in the bucket, by its policy or its ACL."""
    bucket = asked.the_bucket
    open_acl = acl.is_public(bucket.acl) and not guarding.blocks(bucket, IGNORE_ACLS)
    public = guarding.has_public_policy(bucket) or open_acl
    return Answer(headers=XML, body=guard_documents.policy_status(public))


# --- ownership -----------------------------------------------------------------------------------


async def get_bucket_ownership_controls(world: World, asked: Asked) -> Answer:
    """Who owns what others put into the bucket."""
    kept = asked.the_bucket.settings.get(OWNERSHIP)
    if kept is None:
        raise NO_OWNERSHIP(bucket=asked.the_bucket.name)
    return Answer(headers=XML, body=guard_documents.shown_ownership(kept))


async def put_bucket_ownership_controls(world: World, asked: Asked) -> Answer:
    """Decide who owns what others put; ACLs that would be silenced stand in the way."""
    bucket = asked.the_bucket
    wanted = guard_documents.ownership(asked.body)
    if wanted == ENFORCED and bucket.acl != acl.canned(PRIVATE, bucket.owner, None):
        raise ACL_WITH_OWNERSHIP()
    await world.tables.statement(bucket_settings.put, bucket.name, OWNERSHIP, wanted)
    return Answer()


async def delete_bucket_ownership_controls(world: World, asked: Asked) -> Answer:
    """Back to what it was before: objects belong to who puts them."""
    await world.tables.statement(bucket_settings.remove, asked.the_bucket.name, OWNERSHIP)
    return Answer(status=204)


# --- block of public access ----------------------------------------------------------------------


async def get_public_access_block(world: World, asked: Asked) -> Answer:
    """Which public access is blocked."""
    kept = asked.the_bucket.settings.get(BLOCK)
    if kept is None:
        raise NO_PUBLIC_ACCESS_BLOCK(bucket=asked.the_bucket.name)
    return Answer(headers=XML, body=guard_documents.shown_block(kept))


async def put_public_access_block(world: World, asked: Asked) -> Answer:
    """Block public access."""
    wanted = guarding.block_text(guard_documents.block(asked.body))
    await world.tables.statement(bucket_settings.put, asked.the_bucket.name, BLOCK, wanted)
    return Answer()


async def delete_public_access_block(world: World, asked: Asked) -> Answer:
    """Block nothing any more."""
    await world.tables.statement(bucket_settings.remove, asked.the_bucket.name, BLOCK)
    return Answer(status=204)
