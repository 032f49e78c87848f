# SPDX-License-Identifier: BSD-2-Clause
"""The lane: statements in order, refusals when the database is away, nothing durable without it."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from sqlalchemy import insert, select, text
from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredList, gatherResults
from twisted.internet.task import Clock
from twisted.internet.threads import blockingCallFromThread

from eucalyptus.contracts.refusals import UNAVAILABLE, Refused
from eucalyptus.database.lane import PATIENCE, Lane
from eucalyptus.database.migrate import migrate
from eucalyptus.database.replay import DatabaseReplayStore
from eucalyptus.database.run import Database, Tx
from eucalyptus.database.schema import properties
from tests.fixtures.postgres import Cluster, declared_rooms, make_cluster

NOW = 1_000_000.0


@pytest.fixture
def lane(postgres: str) -> Iterator[Lane]:
    """A lane to the session's database."""
    opened = Lane(postgres, reactor)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def own() -> Iterator[Cluster]:
    """A cluster to be mistreated."""
    made = make_cluster()
    try:
        made.start()
        migrate(made.settings.url, declared_rooms())
        yield made
    finally:
        made.destroy()


def test_statements_are_answered_in_order(lane: Lane, spin: Any) -> None:
    asked = [Deferred.fromCoroutine(lane.ask("SELECT %s::int", n)) for n in range(20)]
    assert spin(gatherResults(asked)) == [[(n,)] for n in range(20)]
    assert spin(lane.ask("CREATE TEMPORARY TABLE nothing (n int)")) == []


def test_a_statement_of_ours_that_is_wrong_is_our_bug_and_spoils_no_other(
    lane: Lane, spin: Any
) -> None:
    wrong = Deferred.fromCoroutine(lane.ask("SELECT 1/0"))
    right = Deferred.fromCoroutine(lane.ask("SELECT 1"))
    with pytest.raises(psycopg2.errors.DivisionByZero):
        spin(wrong)
    assert spin(right) == [(1,)]


def test_a_lock_that_is_held_is_no_reason_to_wait_for_ever(
    lane: Lane, database: Database, spin: Any
) -> None:
    spin(lane.ask("SET lock_timeout = '50ms'"))

    def hold(tx: Tx) -> None:
        tx.execute(text("LOCK TABLE ground.replay"))
        reading = lane.ask("SELECT * FROM ground.replay")
        with pytest.raises(Refused, match="busy") as refused:
            blockingCallFromThread(reactor, Deferred.fromCoroutine, reading)  # type: ignore[arg-type]
        assert refused.value.refusal is UNAVAILABLE

    spin(database.run(hold))
    assert spin(lane.ask("SELECT 1")) == [(1,)]


def test_too_many_are_refused_at_once(postgres: str, spin: Any) -> None:
    lane = Lane(postgres, reactor, most=3)
    asked = [Deferred.fromCoroutine(lane.ask("SELECT 1")) for _ in range(5)]
    results = spin(DeferredList(asked, consumeErrors=True))
    refused = [why.value for good, why in results if not good]
    assert [why.refusal for why in refused] == [UNAVAILABLE] * 2
    lane.close()


def test_what_is_asked_while_the_database_is_away_waits_for_it_or_is_refused(
    own: Cluster, spin: Any, turn: Any
) -> None:
    lane = Lane(own.settings.url, reactor)
    assert spin(lane.ask("SELECT 1")) == [(1,)]
    once = Deferred.fromCoroutine(lane.ask("SELECT pg_sleep(3)"))
    own.kill(signal.SIGINT)
    with pytest.raises(Refused, match="not known"):
        spin(once)
    with pytest.raises(Refused) as refused:
        spin(lane.ask("SELECT 1"))
    assert refused.value.refusal is UNAVAILABLE
    own.start()
    assert spin(lane.ask("SELECT 1")) == [(1,)]
    lane.close()


def test_a_repeatable_statement_outlives_its_connection(lane: Lane, spin: Any) -> None:
    ((pid,),) = spin(lane.ask("SELECT pg_backend_pid()"))
    once = Deferred.fromCoroutine(lane.ask("SELECT pg_terminate_backend(%s)", pid))
    again = Deferred.fromCoroutine(lane.ask("SELECT 2", repeatable=True))
    with pytest.raises(Refused, match="not known"):
        spin(once)
    assert spin(again) == [(2,)]


def test_a_connection_that_is_never_made_is_given_up(spin: Any) -> None:
    """Something listens and says nothing: the next try gets a connection of its own."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        clock = Clock()
        watching = Watching(clock)
        lane = Lane(f"postgresql+psycopg2://x@127.0.0.1:{deaf.getsockname()[1]}/x", watching)
        for count in (1, 2):
            asked = Deferred.fromCoroutine(lane.ask("SELECT 1"))
            clock.advance(PATIENCE)
            with pytest.raises(Refused, match="does not answer"):
                spin(asked)
            assert (watching.opened, len(watching.readers)) == (count, 0)
        lane.close()


class Watching:
    """A reactor that watches nothing, on a clock that is turned by hand."""

    def __init__(self, clock: Clock) -> None:
        self.callLater, self.seconds = clock.callLater, clock.seconds
        self.readers: set[object] = set()
        self.opened = 0

    def addReader(self, reader: object) -> None:
        self.readers.add(reader)
        self.opened += 1

    def removeReader(self, reader: object) -> None:
        self.readers.discard(reader)

    def addWriter(self, writer: object) -> None:
        """It never becomes writable."""

    removeWriter = addWriter


def test_closing_refuses_who_waits(postgres: str, spin: Any) -> None:
    lane = Lane(postgres, reactor)
    waiting = [Deferred.fromCoroutine(lane.ask("SELECT pg_sleep(1)")) for _ in range(2)]
    lane.close()
    results = spin(DeferredList(waiting, consumeErrors=True))
    assert [why.value.refusal for _, why in results] == [UNAVAILABLE, UNAVAILABLE]


def change(tx: Tx, name: str) -> None:
    values = {"name": name, "value": "", "changed_by": "test"}
    tx.execute(insert(properties), values)


def changes(tx: Tx) -> list[str]:
    return list(tx.execute(select(properties.c.name).order_by(properties.c.name)).scalars())


@pytest.mark.parametrize("name", ["change-1", "change-2", "change-3"])
def test_no_change_outlives_a_crash_without_the_key_it_was_made_under(
    own: Cluster, spin: Any, name: str
) -> None:
    """W-73: the key is not synced by itself, but a commit that is takes it along."""
    before = Database(own.settings.url, reactor=reactor, threads=2)
    keys = [f"{name}-{number}".encode() for number in range(20)]
    store = DatabaseReplayStore(before)
    entered = [Deferred.fromCoroutine(store.enter(key, NOW + 300, NOW)) for key in keys]
    assert spin(gatherResults(entered)) == [True] * 20
    spin(before.run(change, name))
    own.kill(signal.SIGKILL)
    spin(before.close())
    own.start()
    after = Database(own.settings.url, reactor=reactor, threads=2)
    assert name in spin(after.read(changes))
    fresh = DatabaseReplayStore(after)
    again = [Deferred.fromCoroutine(fresh.enter(key, NOW + 300, NOW + 1)) for key in keys]
    assert spin(gatherResults(again)) == [False] * 20
    spin(after.close())
