# SPDX-License-Identifier: BSD-2-Clause
"""The cloud properties that compute obeys, read in the transaction that needs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from eucalyptus.database.run import Tx
from eucalyptus.database.schema import properties


def values(tx: Tx, defaults: Mapping[str, str]) -> Mapping[str, str]:
    """The value of every property in ``defaults``: what was set, else its default."""
    return {**defaults, **changed(tx, defaults)}


def changed(tx: Tx, names: Iterable[str]) -> Mapping[str, str]:
    """The properties among ``names`` that somebody has set."""
    rows = tx.execute(select(properties).where(properties.c.name.in_(list(names))))
    return {row.name: row.value for row in rows}
