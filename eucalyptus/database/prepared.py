# SPDX-License-Identifier: BSD-2-Clause
"""Statements that PostgreSQL parses and plans once for each connection, not once for each use."""

from __future__ import annotations

from typing import Any

from eucalyptus.database.transactions import Tx

_KNOWN = "prepared statements"


class Prepared:
    """A statement under a name of its own, its parameters ``$1``, ``$2``, … of SQL ``types``.

    What it refers to must be named by schema and column: it stays as it was understood at first.
    """

    def __init__(self, name: str, types: tuple[str, ...], statement: str) -> None:
        self._name = name
        self._prepare = f"PREPARE {name} ({', '.join(types)}) AS {statement}"
        self._execute = f"EXECUTE {name} ({', '.join(['%s'] * len(types))})"

    def rows(self, tx: Tx, *values: object) -> list[tuple[Any, ...]]:
        """The rows that it gives for these values, as the driver makes them; a list is of texts."""
        # SQLAlchemy keeps this with the connection to PostgreSQL and drops it when that is lost.
        known: set[str] = tx.info.setdefault(_KNOWN, set())
        if self._name not in known:
            tx.exec_driver_sql(self._prepare)
            known.add(self._name)
        given = tuple(_array(one) if isinstance(one, list) else one for one in values)
        cursor: Any = tx.exec_driver_sql(self._execute, given).cursor
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _array(texts: list[str]) -> str:
    """An array as one literal: the driver's ARRAY[…] is an expression for each of its members."""
    quoted = (one.replace("\\", "\\\\").replace('"', '\\"') for one in texts)
    return "{" + ",".join(f'"{one}"' for one in quoted) + "}"
