# SPDX-License-Identifier: BSD-2-Clause
"""What a request wishes to grant becomes an ACL: e-mail addresses and ids become accounts."""

from __future__ import annotations

from collections.abc import Sequence

from eucalyptus.access.principals import Account
from eucalyptus.contracts.s3 import ACCESS_DENIED, INVALID_ARGUMENT
from eucalyptus.contracts.s3_access import (
    ACL_NOT_SUPPORTED,
    AMBIGUOUS_EMAIL,
    BLOCK_ACLS,
    BUCKET_OWNER_FULL_CONTROL,
    ENFORCED,
    MISSING_HEADER,
    PREFERRED,
    PRIVATE,
    UNEXPECTED_CONTENT,
    UNKNOWN_EMAIL,
)
from walrus.core import acl, acl_documents
from walrus.core.acl import EMAIL, URI, Wish
from walrus.core.asking import Asked
from walrus.core.guarding import blocks, ownership
from walrus.core.records import Access, Acl, Bucket, Grant, Owner, Stored
from walrus.operations.world import World


async def new_object(world: World, asked: Asked) -> Access:
    """Who will own the object that a request makes, and its ACL; raises Refused.

    An anonymous caller cannot own anything: what it puts belongs to the bucket's owner.
    """
    bucket = asked.the_bucket
    name = acl.canned_name(asked.headers)
    owner = bucket.owner if asked.who is None else Owner.of(asked.who)
    kind = ownership(bucket)
    if kind == ENFORCED:
        if name not in ("", BUCKET_OWNER_FULL_CONTROL) or acl.from_headers(asked.headers):
            raise ACL_NOT_SUPPORTED()
        owner = bucket.owner
    elif kind == PREFERRED and name == BUCKET_OWNER_FULL_CONTROL:
        owner = bucket.owner
    granted = await _from_headers(world, asked, owner, bucket.owner)
    return Access(owner=owner, acl=_allowed(bucket, granted))


def _allowed(bucket: Bucket, granted: Acl) -> Acl:
    """The ACL itself; raises ACCESS_DENIED for a public one where these are blocked."""
    if blocks(bucket, BLOCK_ACLS) and acl.is_public(granted):
        raise ACCESS_DENIED(reason="The bucket's block of public access forbids public ACLs.")
    return granted


async def new_bucket(world: World, asked: Asked, owner: Owner) -> Acl:
    """The ACL of a bucket to be made."""
    return await _from_headers(world, asked, owner, None)


async def replaced(world: World, asked: Asked, of: Bucket | Stored) -> Acl:
    """The ACL that a request sets, by its headers or its document; raises Refused."""
    if ownership(asked.the_bucket) == ENFORCED:
        raise ACL_NOT_SUPPORTED()
    bucket_owner = asked.the_bucket.owner if isinstance(of, Stored) else None
    return _allowed(asked.the_bucket, await _replacement(world, asked, of.owner, bucket_owner))


async def _replacement(world: World, asked: Asked, owner: Owner, bucket_owner: Owner | None) -> Acl:
    named = "x-amz-acl" in asked.headers or bool(acl.from_headers(asked.headers))
    if named and asked.body.strip():
        raise UNEXPECTED_CONTENT()
    if named:
        return await _from_headers(world, asked, owner, bucket_owner)
    if not asked.body.strip():
        raise MISSING_HEADER()
    return await _found(world, acl_documents.wished(asked.body, owner))


async def _from_headers(
    world: World, asked: Asked, owner: Owner, bucket_owner: Owner | None
) -> Acl:
    name = acl.canned_name(asked.headers)
    wishes = acl.from_headers(asked.headers)
    if wishes:
        return await _found(world, wishes)
    return acl.canned(name or PRIVATE, owner, bucket_owner)


async def _found(world: World, wishes: Sequence[Wish]) -> Acl:
    return tuple([await _grant(world, wish) for wish in wishes])


async def _grant(world: World, wish: Wish) -> Grant:
    if wish.kind == URI:
        return Grant(permission=wish.permission, group=wish.grantee)
    account = await (_by_email if wish.kind == EMAIL else _by_id)(world, wish.grantee)
    return Grant(permission=wish.permission, canonical_id=account.canonical_id, name=account.name)


async def _by_id(world: World, canonical_id: str) -> Account:
    found = await world.accounts.by_canonical_id(canonical_id)
    if found is None:
        raise INVALID_ARGUMENT(name="id", value=canonical_id[:80], wanted="an account's id")
    return found


async def _by_email(world: World, email: str) -> Account:
    found = await world.accounts.by_email(email)
    if not found:
        raise UNKNOWN_EMAIL(email=email[:120])
    if len(found) > 1:
        raise AMBIGUOUS_EMAIL(email=email[:120])
    return found[0]
