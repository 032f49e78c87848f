# SPDX-License-Identifier: BSD-2-Clause
"""The one door to SQL, on a real PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from eucalyptus.database.run import Database, Tx


def one(tx: Tx, number: int) -> int:
    return int(tx.execute(text("SELECT :n + 1"), {"n": number}).scalar_one())


def test_work_runs_and_answers(database: Database, spin: Any) -> None:
    assert spin(database.run(one, 41)) == 42
    assert spin(database.read(one, 1)) == 2
    assert spin(database.statement(one, number=2)) == 3
    assert database.in_use == 0
