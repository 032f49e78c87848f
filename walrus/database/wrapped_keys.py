# SPDX-License-Identifier: BSD-2-Clause
"""The wrapped keys of objects and of uploads under way. Every function runs inside the transaction
that it is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, and_, func, select, update

from walrus.core.records import BY_CUSTOMER, Encryption
from walrus.database.schema import objects, uploads

AT_ONCE = 500
"""Keys that are wrapped anew in one transaction."""

Again = Callable[[Encryption], Encryption]
"""The same key, wrapped by another one; may raise."""

_OF_OBJECT = objects.c.encryption
_OF_UPLOAD = uploads.c.wish["encryption"]


def counts(tx: Connection) -> Counter[str]:
    """How many keys are wrapped by which master key (or by customers)."""
    found: Counter[str] = Counter()
    for column in (_OF_OBJECT, _OF_UPLOAD):
        by = column["by"].astext
        wanted = select(by, func.count()).where(by.is_not(None)).group_by(by)
        found.update({row[0]: row[1] for row in tx.execute(wanted)})
    return found


def rewrap(tx: Connection, newest: str, again: Again) -> int:
    """Wrap some keys anew that are not wrapped by ``newest``; gives how many, 0 for none left."""
    return _rewrap_objects(tx, newest, again) or _rewrap_uploads(tx, newest, again)


def _old(column: Any, newest: str) -> Any:
    return column["by"].astext.not_in([newest, BY_CUSTOMER])


def _rewrap_objects(tx: Connection, newest: str, again: Again) -> int:
    table = objects.c
    wanted = select(table.bucket, table.key, table.rank, _OF_OBJECT)
    wanted = wanted.where(_old(_OF_OBJECT, newest)).limit(AT_ONCE).with_for_update()
    rows = tx.execute(wanted).all()
    for row in rows:
        one = and_(table.bucket == row.bucket, table.key == row.key, table.rank == row.rank)
        fresh = again(Encryption(**row.encryption))
        tx.execute(update(objects).where(one).values(encryption=asdict(fresh)))
    return len(rows)


def _rewrap_uploads(tx: Connection, newest: str, again: Again) -> int:
    wanted = select(uploads.c.id, uploads.c.wish).where(_old(_OF_UPLOAD, newest))
    rows = tx.execute(wanted.limit(AT_ONCE).with_for_update()).all()
    for row in rows:
        fresh = asdict(again(Encryption(**row.wish["encryption"])))
        wish = {**row.wish, "encryption": fresh}
        tx.execute(update(uploads).where(uploads.c.id == row.id).values(wish=wish))
    return len(rows)
