# SPDX-License-Identifier: BSD-2-Clause
"""Access keys: create, list, update, delete."""

from __future__ import annotations

from cloudcontroller.identity.core import ids, names
from cloudcontroller.identity.core.pages import page
from cloudcontroller.identity.database import credentials, keys, users
from cloudcontroller.identity.database.credentials import KEYS
from cloudcontroller.identity.operations.scope import user_of
from cloudcontroller.identity.world import World
from eucalyptus.access.call import Call
from eucalyptus.access.principals import Principal
from eucalyptus.contracts.iam.keys import (
    AccessKey,
    AccessKeyMetadata,
    CreateAccessKey,
    CreateAccessKeyResponse,
    DeleteAccessKey,
    DeleteAccessKeyResponse,
    ListAccessKeys,
    ListAccessKeysResponse,
    UpdateAccessKey,
    UpdateAccessKeyResponse,
)
from eucalyptus.database.run import Tx
from eucalyptus.properties import ACCESS_KEYS_LIMIT


async def create_access_key(
    world: World, call: Call, ask: CreateAccessKey
) -> CreateAccessKeyResponse:
    """A new active key; its secret is told now and never again."""
    limit = world.properties.get(ACCESS_KEYS_LIMIT)
    secret = ids.secret_key(world.chance)

    def work(tx: Tx) -> tuple[users.User, keys.Key]:
        user = user_of(tx, call.who, ask.delegate_account, ask.user_name)
        key = keys.Key(
            id=ids.access_key_id(world.chance),
            user_id=user.id,
            sealed=world.sealer.seal(secret.encode()),
            active=True,
            created=world.now(),
        )
        keys.add(tx, key, user, limit=limit)
        return user, key

    user, key = await world.database.run(work)
    made = AccessKey(
        user_name=user.name,
        access_key_id=key.id,
        status=names.status_of(key.active),
        secret_access_key=secret,
        create_date=key.created,
    )
    return CreateAccessKeyResponse(access_key=made)


async def list_access_keys(world: World, call: Call, ask: ListAccessKeys) -> ListAccessKeysResponse:
    """A user's keys without their secrets."""
    user, found = await world.database.read(_of_user, call.who, ask)
    cut = page(found, lambda key: key.id, ask.marker, ask.max_items)
    told = tuple(
        AccessKeyMetadata(
            user_name=user.name,
            access_key_id=key.id,
            status=names.status_of(key.active),
            create_date=key.created,
        )
        for key in cut.values
    )
    return ListAccessKeysResponse(
        access_key_metadata=told, is_truncated=cut.is_truncated, marker=cut.marker
    )


def _of_user(
    tx: Tx, caller: Principal, ask: ListAccessKeys
) -> tuple[users.User, tuple[keys.Key, ...]]:
    user = user_of(tx, caller, ask.delegate_account, ask.user_name)
    return user, keys.of_user(tx, user.id)


async def update_access_key(
    world: World, call: Call, ask: UpdateAccessKey
) -> UpdateAccessKeyResponse:
    """Switch a key on or off."""
    active = names.is_active(ask.status)

    def work(tx: Tx) -> None:
        user = user_of(tx, call.who, ask.delegate_account, ask.user_name)
        credentials.set_active(tx, KEYS, user.id, ask.access_key_id, active=active)

    await world.database.run(work)
    return UpdateAccessKeyResponse()


async def delete_access_key(
    world: World, call: Call, ask: DeleteAccessKey
) -> DeleteAccessKeyResponse:
    """Delete a key; every front worker refuses it from now on."""

    def work(tx: Tx) -> None:
        user = user_of(tx, call.who, ask.delegate_account, ask.user_name)
        credentials.remove(tx, KEYS, user.id, ask.access_key_id)

    await world.database.run(work)
    return DeleteAccessKeyResponse()
