# SPDX-License-Identifier: BSD-2-Clause
"""Users in the database."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select

from cloudcontroller.identity.core.names import ADMINISTRATOR
from cloudcontroller.identity.database.accounts import Account, changed
from cloudcontroller.identity.database.schema import access_keys, certificates, users
from eucalyptus.access.principals import Principal
from eucalyptus.contracts.refusals import ENTITY_EXISTS, NO_SUCH_ENTITY
from eucalyptus.database.run import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One user as on record; ``account`` is the account's number."""

    id: str
    account: str
    name: str
    path: str
    enabled: bool
    created: datetime


def principal(account: Account, user: User) -> Principal:
    """Who the user is to the rest of the cloud."""
    return Principal(
        account_id=account.number,
        account_name=account.name,
        canonical_id=account.canonical_id,
        user_id=user.id,
        user_name=user.name,
        is_account_admin=user.name == ADMINISTRATOR,
    )


def _user(row: Any) -> User:
    return User(**row._mapping)


def add(tx: Tx, user: User) -> None:
    """Record a new user; names are unique whatever their case. Raises ENTITY_EXISTS."""
    if find(tx, user.account, user.name, any_case=True) is not None:
        raise ENTITY_EXISTS(kind="User", name=user.name)
    tx.execute(insert(users).values(**asdict(user)))
    changed(tx, user.id)


def find(tx: Tx, account: str, name: str, *, any_case: bool = False) -> User | None:
    """The user of this name in the account with this number."""
    same = func.lower(users.c.name) == name.lower() if any_case else users.c.name == name
    row = tx.execute(select(users).where(users.c.account == account, same)).first()
    return None if row is None else _user(row)


def get(tx: Tx, account: str, name: str) -> User:
    """The same; raises NO_SUCH_ENTITY."""
    found = find(tx, account, name)
    if found is None:
        raise NO_SUCH_ENTITY(kind="User", name=name[:64])
    return found


def everyone(tx: Tx, account: str) -> tuple[User, ...]:
    """All users of an account by name."""
    rows = tx.execute(select(users).where(users.c.account == account).order_by(users.c.name))
    return tuple(_user(row) for row in rows)


def remove(tx: Tx, user_id: str) -> None:
    """Delete a user with all credentials."""
    for table in (access_keys, certificates):
        tx.execute(delete(table).where(table.c.user_id == user_id))
    tx.execute(delete(users).where(users.c.id == user_id))
    changed(tx, user_id)
