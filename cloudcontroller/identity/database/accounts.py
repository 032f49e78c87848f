# SPDX-License-Identifier: BSD-2-Clause
"""Accounts in the database."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select

from cloudcontroller.identity.core.names import is_number
from cloudcontroller.identity.database.schema import accounts
from eucalyptus.contracts.refusals import ENTITY_EXISTS, NO_SUCH_ENTITY
from eucalyptus.database.run import Tx, notify

CHANNEL = "identity"
"""Notified with every change that may alter who a credential stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account as it is on record."""

    number: str
    name: str
    canonical_id: str
    email: str
    created: datetime


def changed(tx: Tx, what: str) -> None:
    """Tell every front worker that identities changed."""
    notify(tx, CHANNEL, what)


def _account(row: Any) -> Account:
    return Account(**row._mapping)


def add(tx: Tx, account: Account) -> None:
    """Record a new account; raises ENTITY_EXISTS when the name is taken."""
    taken = select(accounts.c.number).where(accounts.c.name == account.name)
    if tx.execute(taken).first() is not None:
        raise ENTITY_EXISTS(kind="Account", name=account.name)
    tx.execute(insert(accounts).values(**asdict(account)))
    changed(tx, account.number)


def find(tx: Tx, reference: str) -> Account | None:
    """The account of this name or number."""
    column = accounts.c.number if is_number(reference) else accounts.c.name
    row = tx.execute(select(accounts).where(column == reference)).first()
    return None if row is None else _account(row)


def with_canonical_id(tx: Tx, canonical_id: str) -> Account | None:
    """The account with this canonical id."""
    row = tx.execute(select(accounts).where(accounts.c.canonical_id == canonical_id)).first()
    return None if row is None else _account(row)


def with_email(tx: Tx, email: str) -> tuple[Account, ...]:
    """All accounts with this address, whatever its case."""
    wanted = select(accounts).where(func.lower(accounts.c.email) == email.lower())
    return tuple(_account(row) for row in tx.execute(wanted.order_by(accounts.c.number)))


def known(tx: Tx, numbers: Collection[str]) -> frozenset[str]:
    """Those of ``numbers`` that are accounts'."""
    asked = select(accounts.c.number).where(accounts.c.number.in_(list(numbers)))
    return frozenset(tx.execute(asked).scalars())


def get(tx: Tx, reference: str) -> Account:
    """The same; raises NO_SUCH_ENTITY."""
    found = find(tx, reference)
    if found is None:
        raise NO_SUCH_ENTITY(kind="Account", name=reference[:64])
    return found


def everyone(tx: Tx) -> tuple[Account, ...]:
    """All accounts by name."""
    return tuple(_account(row) for row in tx.execute(select(accounts).order_by(accounts.c.name)))


def remove(tx: Tx, number: str) -> None:
    """Delete an account that has no users any more."""
    tx.execute(delete(accounts).where(accounts.c.number == number))
    changed(tx, number)
