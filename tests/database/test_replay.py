# SPDX-License-Identifier: BSD-2-Clause
"""Signatures seen before: shared, durable, and forgotten in time."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredList, gatherResults
from twisted.internet.task import deferLater

from eucalyptus.contracts.refusals import UNAVAILABLE, Refused
from eucalyptus.database import replay as module
from eucalyptus.database.replay import KEPT, DatabaseReplayStore, sweep
from eucalyptus.database.run import Database, Tx
from eucalyptus.database.schema import replay
from eucalyptus.wire.replay import ReplayStore

NOW = 1_000_000.0


def rows(tx: Tx) -> int:
    return int(tx.execute(select(func.count()).select_from(replay)).scalar_one())


def test_a_key_is_new_once(database: Database, spin: Any) -> None:
    store: ReplayStore = DatabaseReplayStore(database)
    assert spin(store.enter(b"a", NOW + 300, NOW)) is True
    assert spin(store.enter(b"a", NOW + 300, NOW)) is False
    assert spin(store.enter(b"b", NOW + 300, NOW)) is True


def test_another_worker_and_a_restarted_one_know_it_too(
    database: Database, postgres: str, spin: Any
) -> None:
    spin(DatabaseReplayStore(database).enter(b"a", NOW + 300, NOW))
    other = Database(postgres, reactor=reactor, threads=1)
    assert spin(DatabaseReplayStore(other).enter(b"a", NOW + 300, NOW + 299)) is False
    spin(other.close())


def test_of_many_at_once_exactly_one_is_first(database: Database, spin: Any) -> None:
    store = DatabaseReplayStore(database)
    racing = [Deferred.fromCoroutine(store.enter(b"same", NOW + 300, NOW)) for _ in range(16)]
    results = spin(DeferredList(racing))
    assert all(good for good, _ in results)
    assert sum(value for _, value in results) == 1


def test_a_key_that_is_on_its_way_is_seen_by_the_next_batch(database: Database, spin: Any) -> None:
    """Neither the statement under way nor the one that waits for it lets both in."""
    store = DatabaseReplayStore(database)
    assert spin(store.enter(b"earlier", NOW + 300, NOW)), "the sweep is over"
    first = Deferred.fromCoroutine(store.enter(b"same", NOW + 300, NOW))
    spin(deferLater(reactor, 0))
    second = Deferred.fromCoroutine(store.enter(b"same", NOW + 300, NOW))
    other = Deferred.fromCoroutine(store.enter(b"other", NOW + 300, NOW))
    assert spin(gatherResults([first, second, other])) == [True, False, True]


def test_an_expired_key_counts_for_another_hour(database: Database, spin: Any) -> None:
    store = DatabaseReplayStore(database)
    assert spin(store.enter(b"a", NOW + 10, NOW))
    assert spin(store.enter(b"a", NOW + 10, NOW + 10)) is False
    assert spin(store.enter(b"a", NOW + 30, NOW + 10 + KEPT)) is False
    assert spin(store.enter(b"a", NOW + 30 + KEPT, NOW + 11 + KEPT)) is True


def test_w80_a_clock_that_jumps_and_returns_lets_nothing_in(database: Database, spin: Any) -> None:
    """W-80: an hour ahead and back; what was seen before, and meanwhile, stays seen."""
    store = DatabaseReplayStore(database)
    assert spin(store.enter(b"before", NOW + 300, NOW))
    assert spin(store.enter(b"ahead", NOW + 3600 + 300, NOW + 3600))
    assert spin(store.enter(b"before", NOW + 300, NOW + 10)) is False
    assert spin(store.enter(b"ahead", NOW + 3600 + 300, NOW + 3600 + 10)) is False
    assert spin(store.enter(b"honest", NOW + 310, NOW + 10)) is True
    assert spin(store.enter(b"back", NOW - 3600 + 300, NOW - 3600)) is True
    assert spin(store.enter(b"back", NOW - 3600 + 300, NOW - 3600 + 10)) is False


def test_expired_keys_are_swept_a_bounded_number_at_a_time(database: Database, spin: Any) -> None:
    store = DatabaseReplayStore(database)
    for number in range(5):
        spin(store.enter(bytes([number]), NOW + number, NOW))
    assert spin(database.statement(sweep, NOW + 2.5 + KEPT)) == 3
    spin(store.enter(b"later", NOW + 900 + KEPT, NOW + KEPT + module.SWEEP_SECONDS + 1))
    assert spin(database.read(rows)) == 1


def test_without_a_database_nothing_passes(spin: Any) -> None:
    away = Database("postgresql+psycopg2://x@/x?host=/nowhere", reactor=reactor, threads=1)
    with pytest.raises(Refused) as refused:
        spin(DatabaseReplayStore(away).enter(b"a", NOW + 1, NOW))
    assert refused.value.refusal is UNAVAILABLE
    spin(away.close())
