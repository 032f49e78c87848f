# SPDX-License-Identifier: BSD-2-Clause
"""Prepared statements, on a real PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from eucalyptus.database.prepared import Prepared
from eucalyptus.database.run import Database, Tx

SUM = Prepared("test_sum", ("int", "text[]"), "SELECT $1 + one::int FROM unnest($2) one")
PREPARED = text("SELECT count(*) FROM pg_prepared_statements WHERE name = 'test_sum'")


def summed(tx: Tx, number: int) -> tuple[list[tuple[Any, ...]], int]:
    return SUM.rows(tx, number, ["1", "2"]), int(tx.execute(PREPARED).scalar_one())


def test_it_is_prepared_once_and_gives_rows(database: Database, spin: Any) -> None:
    for number in range(3):
        assert spin(database.run(summed, number)) == ([(number + 1,), (number + 2,)], 1)


def test_it_stays_when_its_transaction_does_not(database: Database, spin: Any) -> None:
    def lost(tx: Tx) -> None:
        summed(tx, 1)
        raise KeyError("no")

    with pytest.raises(KeyError):
        spin(database.run(lost))
    assert spin(database.run(summed, 1)) == ([(2,), (3,)], 1)


def test_a_new_connection_has_it_prepared_again(database: Database, spin: Any) -> None:
    def cut(tx: Tx) -> None:
        tx.invalidate()

    spin(database.run(summed, 1))
    with pytest.raises(PendingRollbackError):
        spin(database.run(cut))
    assert spin(database.run(summed, 1)) == ([(2,), (3,)], 1)


def test_a_mistake_is_the_databases_error(database: Database, spin: Any) -> None:
    wrong = Prepared("test_wrong", (), "SELECT nothing")
    with pytest.raises(DBAPIError, match="nothing"):
        spin(database.run(wrong.rows))


@pytest.mark.parametrize(
    "texts", [[], [""], ["NULL", "{}", ",", '"', "\\", '\\"', "'", "é\n", "%s"]]
)
def test_texts_arrive_as_they_are(database: Database, spin: Any, texts: list[str]) -> None:
    echo = Prepared("test_echo", ("text[]",), "SELECT one FROM unnest($1) one")
    assert [one for (one,) in spin(database.run(echo.rows, texts))] == texts
