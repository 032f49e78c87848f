# SPDX-License-Identifier: BSD-2-Clause
"""Access keys in the database. Secrets come and go sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import select

from cloudcontroller.identity.database import credentials
from cloudcontroller.identity.database.credentials import KEYS
from cloudcontroller.identity.database.schema import access_keys
from cloudcontroller.identity.database.users import User
from eucalyptus.access.principals import Principal
from eucalyptus.database.run import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One access key as it is on record."""

    id: str
    user_id: str
    sealed: bytes = field(repr=False)
    active: bool
    created: datetime


def add(tx: Tx, key: Key, user: User, *, limit: int) -> None:
    """Record a new key; raises IDENTITY_LIMIT when the user has ``limit`` already."""
    credentials.add(tx, KEYS, asdict(key), user, limit=limit)


def of_user(tx: Tx, user_id: str) -> tuple[Key, ...]:
    """A user's keys by age."""
    found = select(access_keys).where(access_keys.c.user_id == user_id)
    rows = tx.execute(found.order_by(access_keys.c.created, access_keys.c.id))
    return tuple(Key(**row._mapping) for row in rows)


def owners(tx: Tx, key_ids: Sequence[str]) -> Mapping[str, tuple[bytes, Principal]]:
    """Key id -> (sealed secret, principal) of the active keys of enabled users among these."""
    found = credentials.owners(tx, KEYS, "id", key_ids)
    return {key_id: (row["sealed"], who) for key_id, (row, who) in found.items()}
