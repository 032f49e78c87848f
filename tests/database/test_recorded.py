# SPDX-License-Identifier: BSD-2-Clause
"""Byte-identical repeats of mutating requests get the first one's answer."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from eucalyptus.contracts.refusals import UNAVAILABLE, Refused
from eucalyptus.database.recorded import RecordedAnswers
from eucalyptus.database.replay import KEPT
from eucalyptus.database.run import Database, Tx
from eucalyptus.database.schema import recorded
from eucalyptus.secrets import Sealer

NOW = 1_000_000.0


@pytest.fixture
def answers(database: Database) -> RecordedAnswers:
    return RecordedAnswers(database, Sealer(Fernet.generate_key()), reactor, wait=0.5)


def stored(tx: Tx) -> bytes:
    return bytes(tx.execute(select(recorded.c.answer)).scalar_one())


def test_a_repeat_gets_the_recorded_answer(
    answers: RecordedAnswers, database: Database, spin: Any
) -> None:
    assert spin(answers.begin(b"k", NOW + 900, NOW)) is None
    spin(answers.finish(b"k", b"secret key inside"))
    assert spin(answers.begin(b"k", NOW + 900, NOW + 899)) == b"secret key inside"
    assert b"secret" not in spin(database.read(stored))


def test_an_hour_after_its_window_a_request_is_new_again(
    answers: RecordedAnswers, spin: Any
) -> None:
    spin(answers.begin(b"k", NOW + 900, NOW))
    spin(answers.finish(b"k", b"answer"))
    assert spin(answers.begin(b"k", NOW + 1900, NOW + 901)) == b"answer"
    later = NOW + 901 + KEPT
    assert spin(answers.begin(b"k", later + 900, later)) is None


def test_a_request_that_was_given_up_may_be_tried_again(
    answers: RecordedAnswers, spin: Any
) -> None:
    spin(answers.begin(b"k", NOW + 900, NOW))
    spin(answers.forget(b"k"))
    assert spin(answers.begin(b"k", NOW + 900, NOW)) is None


def test_a_repeat_waits_for_the_first(answers: RecordedAnswers, spin: Any) -> None:
    spin(answers.begin(b"k", NOW + 900, NOW))
    waiting = Deferred.fromCoroutine(answers.begin(b"k", NOW + 900, NOW))
    spin(answers.finish(b"k", b"answer"))
    assert spin(waiting) == b"answer"


def test_a_request_that_never_ended_is_not_done_a_second_time(
    answers: RecordedAnswers, spin: Any
) -> None:
    spin(answers.begin(b"k", NOW + 900, NOW))
    with pytest.raises(Refused) as refused:
        spin(answers.begin(b"k", NOW + 900, NOW))
    assert refused.value.refusal is UNAVAILABLE


def test_what_comes_together_is_told_apart(answers: RecordedAnswers, spin: Any) -> None:
    """Many claims in one statement, one of them twice: the second waits for the first."""
    spin(answers.begin(b"old", NOW + 900, NOW))
    spin(answers.finish(b"old", b"known"))
    keys = [b"a", b"b", b"c", b"old", b"c", b"d"]
    begun = [Deferred.fromCoroutine(answers.begin(key, NOW + 900, NOW)) for key in keys]
    done = [Deferred.fromCoroutine(answers.finish(key, key * 3)) for key in (b"a", b"b", b"c")]
    outcomes = [spin(one) for one in begun]
    assert outcomes == [None, None, None, b"known", b"ccc", None]
    assert [spin(one) for one in done] == [None] * 3
    assert [spin(answers.begin(key, NOW + 900, NOW)) for key in (b"b", b"a")] == [b"bbb", b"aaa"]
