# SPDX-License-Identifier: BSD-2-Clause
"""Users: create, list, get, delete."""

from __future__ import annotations

from cloudcontroller.identity.core import ids, names
from cloudcontroller.identity.core.pages import page
from cloudcontroller.identity.database import credentials, users
from cloudcontroller.identity.operations.scope import account_of, user_of
from cloudcontroller.identity.world import World
from eucalyptus.access.call import Call
from eucalyptus.access.principals import Principal
from eucalyptus.contracts.iam.users import (
    CreateUser,
    CreateUserResponse,
    DeleteUser,
    DeleteUserResponse,
    GetUser,
    GetUserResponse,
    ListUsers,
    ListUsersResponse,
    User,
)
from eucalyptus.contracts.refusals import DELETE_CONFLICT
from eucalyptus.database.run import Tx


def told(user: users.User) -> User:
    """A user as callers see one."""
    return User(
        path=user.path,
        user_name=user.name,
        user_id=user.id,
        arn=f"arn:aws:iam::{user.account}:user{user.path}{user.name}",
        create_date=user.created,
    )


async def create_user(world: World, call: Call, ask: CreateUser) -> CreateUserResponse:
    """A new user without credentials and without rights."""
    names.check_user_name(ask.user_name)
    names.check_path(ask.path)

    def work(tx: Tx) -> users.User:
        user = users.User(
            id=ids.user_id(world.chance),
            account=account_of(tx, call.who, ask.delegate_account).number,
            name=ask.user_name,
            path=ask.path,
            enabled=True,
            created=world.now(),
        )
        users.add(tx, user)
        return user

    return CreateUserResponse(user=told(await world.database.run(work)))


async def list_users(world: World, call: Call, ask: ListUsers) -> ListUsersResponse:
    """Users by name."""
    found = await world.database.read(_everyone, call.who, ask.delegate_account)
    wanted = [user for user in found if user.path.startswith(ask.path_prefix)]
    cut = page(wanted, lambda user: user.name, ask.marker, ask.max_items)
    return ListUsersResponse(
        users=tuple(told(user) for user in cut.values),
        is_truncated=cut.is_truncated,
        marker=cut.marker,
    )


def _everyone(tx: Tx, caller: Principal, delegate: str | None) -> tuple[users.User, ...]:
    return users.everyone(tx, account_of(tx, caller, delegate).number)


async def get_user(world: World, call: Call, ask: GetUser) -> GetUserResponse:
    """One user."""
    found = await world.database.read(user_of, call.who, ask.delegate_account, ask.user_name)
    return GetUserResponse(user=told(found))


async def delete_user(world: World, call: Call, ask: DeleteUser) -> DeleteUserResponse:
    """Refused for the account's administrator, and while there are credentials."""
    await world.database.run(_delete, call.who, ask)
    return DeleteUserResponse()


def _delete(tx: Tx, caller: Principal, ask: DeleteUser) -> None:
    user = user_of(tx, caller, ask.delegate_account, ask.user_name)
    if user.name == names.ADMINISTRATOR:
        raise DELETE_CONFLICT(
            kind="User", name=user.name, what="an account to administer",
            advice="Delete the account instead.",
        )  # fmt: skip
    if user.path == names.SYSTEM_PATH:
        raise DELETE_CONFLICT(
            kind="User", name=user.name, what="a duty in the cloud itself", advice="It stays."
        )
    kept = () if ask.is_recursive else credentials.in_words(tx, user.id)
    if kept:
        raise DELETE_CONFLICT(
            kind="User", name=user.name, what=", ".join(kept),
            advice="Delete these first, or say IsRecursive.",
        )  # fmt: skip
    users.remove(tx, user.id)
