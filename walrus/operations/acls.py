# SPDX-License-Identifier: BSD-2-Clause
"""The ACLs of buckets and objects: shown and set."""

from __future__ import annotations

from eucalyptus.contracts.s3_access import ENFORCED, PRIVATE
from walrus.core import acl, acl_documents
from walrus.core.asking import Asked
from walrus.core.guarding import ownership
from walrus.core.records import Access
from walrus.database import buckets, objects
from walrus.database.grants import to_row
from walrus.operations import granting
from walrus.operations.world import XML, Answer, World


async def get_bucket_acl(world: World, asked: Asked) -> Answer:
    """Who may do what with the bucket."""
    bucket = asked.the_bucket
    shown = acl_documents.shown(Access(owner=bucket.owner, acl=bucket.acl))
    return Answer(headers=XML, body=shown)


async def put_bucket_acl(world: World, asked: Asked) -> Answer:
    """Replace the bucket's ACL."""
    bucket = asked.the_bucket
    wanted = await granting.replaced(world, asked, bucket)
    await world.tables.statement(buckets.change, bucket.name, {"acl": to_row(wanted)})
    return Answer()


async def get_object_acl(world: World, asked: Asked) -> Answer:
    """Who may do what with the object."""
    stored = asked.the_object
    access = Access(owner=stored.owner, acl=stored.acl)
    if ownership(asked.the_bucket) == ENFORCED:
        owner = asked.the_bucket.owner
        access = Access(owner=owner, acl=acl.canned(PRIVATE, owner, None))
    shown = acl_documents.shown(access)
    return Answer(headers=XML, body=shown)


async def put_object_acl(world: World, asked: Asked) -> Answer:
    """Replace the object's ACL."""
    stored = asked.the_object
    wanted = await granting.replaced(world, asked, stored)
    await world.tables.statement(objects.change, stored, {"acl": to_row(wanted)})
    return Answer()
