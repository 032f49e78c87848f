# SPDX-License-Identifier: BSD-2-Clause
"""What access keys and signing certificates have in common: an owner, a limit, a switch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, func, insert, select, update

from cloudcontroller.identity.database.accounts import Account, changed
from cloudcontroller.identity.database.schema import access_keys, accounts, certificates, users
from cloudcontroller.identity.database.users import User, principal
from eucalyptus.access.principals import Principal
from eucalyptus.contracts.refusals import IDENTITY_LIMIT, NO_SUCH_ENTITY
from eucalyptus.database.run import Tx


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of credential: its table and its name."""

    table: Table
    noun: str


KEYS = Kind(access_keys, "access key")
CERTIFICATES = Kind(certificates, "signing certificate")


def add(tx: Tx, kind: Kind, values: dict[str, Any], user: User, *, limit: int) -> None:
    """Record a new one; raises IDENTITY_LIMIT when the user has ``limit`` already."""
    if count(tx, kind, user.id) >= limit:
        raise IDENTITY_LIMIT(kind="User", name=user.name, limit=limit, what=f"{kind.noun}s")
    tx.execute(insert(kind.table).values(**values))
    changed(tx, values["id"])


def count(tx: Tx, kind: Kind, user_id: str) -> int:
    """How many a user has, active or not."""
    counting = select(func.count()).select_from(kind.table).where(kind.table.c.user_id == user_id)
    return int(tx.execute(counting).scalar_one())


def in_words(tx: Tx, user_id: str) -> tuple[str, ...]:
    """What a user still has, for refusals: ("2 access keys", "1 signing certificate")."""
    counted = ((kind.noun, count(tx, kind, user_id)) for kind in (KEYS, CERTIFICATES))
    return tuple(
        f"{number} {noun}{'s' if number > 1 else ''}" for noun, number in counted if number
    )


def _mine(kind: Kind, user_id: str, id_: str) -> ColumnElement[bool]:
    return (kind.table.c.id == id_) & (kind.table.c.user_id == user_id)


def _happened(tx: Tx, kind: Kind, id_: str, rows: int) -> None:
    if rows == 0:
        raise NO_SUCH_ENTITY(kind=kind.noun.capitalize(), name=id_[:128])
    changed(tx, id_)


def set_active(tx: Tx, kind: Kind, user_id: str, id_: str, *, active: bool) -> None:
    """Switch a user's credential on or off; raises NO_SUCH_ENTITY."""
    switched = tx.execute(update(kind.table).where(_mine(kind, user_id, id_)).values(active=active))
    _happened(tx, kind, id_, switched.rowcount)


def remove(tx: Tx, kind: Kind, user_id: str, id_: str) -> None:
    """Delete a user's credential; raises NO_SUCH_ENTITY."""
    gone = tx.execute(delete(kind.table).where(_mine(kind, user_id, id_)))
    _happened(tx, kind, id_, gone.rowcount)


def owners(
    tx: Tx, kind: Kind, column: str, values: Sequence[str]
) -> Mapping[str, tuple[Any, Principal]]:
    """``column`` -> (row, principal) of the active credentials of enabled users among these."""
    table = kind.table
    found = select(table, users, accounts).select_from(
        table.join(users, users.c.id == table.c.user_id).join(
            accounts, accounts.c.number == users.c.account
        )
    )
    wanted = found.where(table.c[column].in_(values), table.c.active, users.c.enabled)
    return {row._mapping[table.c[column]]: _owner(kind, row._mapping) for row in tx.execute(wanted)}


def _owner(kind: Kind, row: Any) -> tuple[Any, Principal]:
    account = Account(**{c.name: row[c] for c in accounts.columns})
    user = User(**{c.name: row[c] for c in users.columns})
    return {c.name: row[c] for c in kind.table.columns}, principal(account, user)
