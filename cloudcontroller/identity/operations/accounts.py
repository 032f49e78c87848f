# SPDX-License-Identifier: BSD-2-Clause
"""Accounts: create, list, delete."""

from __future__ import annotations

from cloudcontroller.identity.core import ids, names
from cloudcontroller.identity.core.pages import page
from cloudcontroller.identity.database import accounts, credentials, users
from cloudcontroller.identity.world import World
from eucalyptus.access.call import Call
from eucalyptus.contracts.iam.accounts import (
    Account,
    CreateAccount,
    CreateAccountResponse,
    DeleteAccount,
    DeleteAccountResponse,
    ListAccounts,
    ListAccountsResponse,
)
from eucalyptus.contracts.refusals import DELETE_CONFLICT
from eucalyptus.database.run import Tx


def told(account: accounts.Account) -> Account:
    """An account as callers see it."""
    return Account(
        account_name=account.name,
        account_id=account.number,
        canonical_id=account.canonical_id,
        email=account.email,
        create_date=account.created,
    )


async def create_account(world: World, call: Call, ask: CreateAccount) -> CreateAccountResponse:
    """A new account with its administrator, who has no credentials yet."""
    names.check_account_name(ask.account_name)
    names.check_email(ask.email)
    account = accounts.Account(
        number=ids.account_number(world.chance),
        name=ask.account_name,
        canonical_id=ids.canonical_id(world.chance),
        email=ask.email,
        created=world.now(),
    )
    await world.database.run(add_account, account, ids.user_id(world.chance))
    return CreateAccountResponse(account=told(account))


def add_account(tx: Tx, account: accounts.Account, admin_id: str) -> users.User:
    """Record an account and its administrator; gives the latter. Raises ENTITY_EXISTS."""
    accounts.add(tx, account)
    administrator = users.User(
        id=admin_id,
        account=account.number,
        name=names.ADMINISTRATOR,
        path="/",
        enabled=True,
        created=account.created,
    )
    users.add(tx, administrator)
    return administrator


async def list_accounts(world: World, call: Call, ask: ListAccounts) -> ListAccountsResponse:
    """Accounts by name."""
    found = await world.database.read(accounts.everyone)
    cut = page(found, lambda account: account.name, ask.marker, ask.max_items)
    return ListAccountsResponse(
        accounts=tuple(told(account) for account in cut.values),
        is_truncated=cut.is_truncated,
        marker=cut.marker,
    )


async def delete_account(world: World, call: Call, ask: DeleteAccount) -> DeleteAccountResponse:
    """Refused while the account still has anything, people included unless ``recursive``."""
    await world.database.run(_delete, world, ask)
    return DeleteAccountResponse()


def _delete(tx: Tx, world: World, ask: DeleteAccount) -> None:
    account = accounts.get(tx, ask.account_name)
    names.check_deletable(account.name)
    kept = [words for belongings in world.belongings for words in belongings(tx, account.number)]
    people = users.everyone(tx, account.number)
    advice = "Delete these first."
    if not kept and not ask.recursive:
        advice = "Delete these first, or say Recursive."
        kept = [f"user {user.name}" for user in people if user.name != names.ADMINISTRATOR]
        kept += [words for user in people for words in credentials.in_words(tx, user.id)]
    if kept:
        what = ", ".join(kept[:20])
        raise DELETE_CONFLICT(kind="Account", name=account.name, what=what, advice=advice)
    for user in people:
        users.remove(tx, user.id)
    accounts.remove(tx, account.number)
