# SPDX-License-Identifier: BSD-2-Clause
"""The one door to SQL, on a real PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredList

from eucalyptus.contracts.refusals import NO_SUCH_KEY, UNAVAILABLE, Refused
from eucalyptus.database.listening import connect
from eucalyptus.database.run import Database, Tx, notify


def one(tx: Tx, number: int) -> int:
    return int(tx.execute(text("SELECT :n + 1"), {"n": number}).scalar_one())


@pytest.fixture
def counter(database: Database, postgres: str) -> Iterator[None]:
    """A table with one number."""
    connection = connect(postgres)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS counter")
        cursor.execute("CREATE TABLE counter (n int)")
        cursor.execute("INSERT INTO counter VALUES (0)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE counter")
    connection.close()


def count(tx: Tx) -> int:
    return int(tx.execute(text("SELECT n FROM counter")).scalar_one())


def increase(tx: Tx) -> int:
    now = count(tx) + 1
    tx.execute(text("UPDATE counter SET n = :n"), {"n": now})
    return now


def test_work_runs_and_answers(database: Database, spin: Any) -> None:
    assert spin(database.run(one, 41)) == 42
    assert spin(database.read(one, 1)) == 2
    assert spin(database.statement(one, number=2)) == 3
    assert database.in_use == 0


@pytest.mark.usefixtures("counter")
def test_what_work_raises_rolls_back_and_comes_out(database: Database, spin: Any) -> None:
    def refuse(tx: Tx) -> None:
        increase(tx)
        raise NO_SUCH_KEY(name="k")

    with pytest.raises(Refused) as refused:
        spin(database.run(refuse))
    assert refused.value.refusal is NO_SUCH_KEY
    assert spin(database.read(count)) == 0
    assert database.in_use == 0


@pytest.mark.usefixtures("counter")
def test_a_read_cannot_write(database: Database, spin: Any) -> None:
    with pytest.raises(DBAPIError, match="read-only"):
        spin(database.read(increase))
    assert spin(database.read(count)) == 0


@pytest.mark.usefixtures("counter")
def test_p05_conflicting_work_is_repeated_until_all_of_it_counts(
    database: Database, spin: Any
) -> None:
    racing = [Deferred.fromCoroutine(database.run(increase)) for _ in range(24)]
    results = spin(DeferredList(racing))
    assert sorted(value for _, value in results) == list(range(1, 25))
    assert spin(database.read(count)) == 24


def test_a_mistake_in_sql_is_our_bug_and_not_tried_again(database: Database, spin: Any) -> None:
    tries = []

    def wrong(tx: Tx) -> None:
        tries.append(1)
        tx.execute(text("SELECT nothing_like_that"))

    with pytest.raises(DBAPIError):
        spin(database.run(wrong))
    assert len(tries) == 1
    assert database.in_use == 0


@pytest.mark.usefixtures("counter")
def test_a_lock_held_for_long_is_answered_within_five_seconds(
    database: Database, postgres: str, spin: Any
) -> None:
    holder = connect(postgres)
    holder.autocommit = False
    with holder.cursor() as cursor:
        cursor.execute("LOCK TABLE counter")
    begun = time.monotonic()
    with pytest.raises(Refused) as refused:
        spin(database.run(increase))
    assert refused.value.refusal is UNAVAILABLE
    assert time.monotonic() - begun < 5.5
    holder.close()
    assert spin(database.run(increase)) == 1


@pytest.mark.usefixtures("counter")
def test_backends_that_are_shot_while_working_lose_nothing(
    database: Database, postgres: str, spin: Any
) -> None:
    gun = connect(postgres)
    acknowledged = 0
    for round_ in range(20):
        working = [Deferred.fromCoroutine(database.run(increase)) for _ in range(4)]
        with gun.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'eucalyptus' LIMIT %s",
                (1 + round_ % 4,),
            )
        results = spin(DeferredList(working, consumeErrors=True))
        acknowledged += sum(1 for good, _ in results if good)
    left = spin(database.read(count))
    assert acknowledged <= left <= 80
    assert acknowledged > 70
    with gun.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
        )
        assert cursor.fetchone() == (0,)
    gun.close()
    assert database.in_use == 0


def test_notices_are_heard_when_the_transaction_commits(
    database: Database, spin: Any, turn: Any
) -> None:
    heard: list[str] = []
    others: list[str] = []
    stop = database.listen("one_channel", heard.append)
    database.listen("another", others.append)
    turn(lambda: bool(heard and others), 5)
    assert set(heard) == {""}

    def tell(tx: Tx, payload: str, fail: bool) -> None:
        notify(tx, "one_channel", payload)
        if fail:
            raise NO_SUCH_KEY(name="k")

    with pytest.raises(Refused):
        spin(database.run(tell, "lost", True))
    spin(database.run(tell, "kept", False))
    turn(lambda: "kept" in heard, 5)
    assert "lost" not in heard
    assert "kept" not in others
    stop()
    spin(database.run(tell, "late", False))
    spin(database.run(one, 1))
    assert "late" not in heard


def test_a_failing_listener_does_not_silence_the_others(
    database: Database, spin: Any, turn: Any
) -> None:
    heard: list[str] = []

    def broken(payload: str) -> None:
        raise RuntimeError(payload)

    database.listen("noise", broken)
    database.listen("noise", heard.append)
    turn(lambda: bool(heard), 5)
    spin(database.run(lambda tx: notify(tx, "noise", "n")))
    turn(lambda: "n" in heard, 5)


def test_a_line_that_breaks_is_reopened_and_says_so(
    database: Database, postgres: str, spin: Any, turn: Any
) -> None:
    heard: list[str] = []
    database.listen("lifeline", heard.append)
    turn(lambda: bool(heard), 5)
    gun = connect(postgres)
    with gun.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()"
        )
    gun.close()
    before = len(heard)
    turn(lambda: len(heard) > before, 5)
    spin(database.run(lambda tx: notify(tx, "lifeline", "again")))
    turn(lambda: "again" in heard, 5)


def test_work_beyond_the_queue_is_refused_at_once(postgres: str, spin: Any) -> None:
    """Two threads' worth and three in waiting; the rest hears so instead of waiting for nothing."""
    opened = Database(postgres, reactor=reactor, threads=2, queue=5)
    asked = [Deferred.fromCoroutine(opened.read(one, number)) for number in range(8)]
    outcomes = spin(DeferredList(asked, consumeErrors=True))
    assert [done for done, _ in outcomes] == [True] * 5 + [False] * 3
    refused = outcomes[-1][1].value
    assert refused.refusal is UNAVAILABLE and "5 requests wait" in refused.message
    assert spin(opened.read(one, 1)) == 2
    spin(opened.close())
