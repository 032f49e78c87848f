# SPDX-License-Identifier: BSD-2-Clause
"""Key pairs in the database."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from cloudcontroller.compute.core.keys import KeyPair
from cloudcontroller.compute.database.schema import key_pairs
from eucalyptus.contracts.refusals import DUPLICATE_KEY
from eucalyptus.database.run import Tx


def add(tx: Tx, pair: KeyPair) -> None:
    """Record a key pair; refuses a name that the account uses already."""
    made = tx.execute(
        insert(key_pairs)
        .values(
            account_id=pair.account_id,
            name=pair.name,
            fingerprint=pair.fingerprint,
            public_key=pair.public_key,
        )
        .on_conflict_do_nothing()
        .returning(key_pairs.c.name)
    ).first()
    if made is None:
        raise DUPLICATE_KEY(name=pair.name)


def of_account(tx: Tx, account_id: str) -> tuple[KeyPair, ...]:
    """Every key pair of an account, by name."""
    rows = tx.execute(
        select(key_pairs).where(key_pairs.c.account_id == account_id).order_by(key_pairs.c.name)
    )
    return tuple(KeyPair(**row._mapping) for row in rows)


def named(tx: Tx, account_id: str, name: str) -> KeyPair | None:
    """One key pair of an account, or None."""
    row = tx.execute(
        select(key_pairs).where(key_pairs.c.account_id == account_id, key_pairs.c.name == name)
    ).first()
    return KeyPair(**row._mapping) if row else None


def remove(tx: Tx, account_id: str, name: str) -> None:
    """Drop a key pair; one that is not there is no mistake, as on EC2."""
    tx.execute(
        delete(key_pairs).where(key_pairs.c.account_id == account_id, key_pairs.c.name == name)
    )
