# SPDX-License-Identifier: BSD-2-Clause
"""The roster: what is said to be kept is in the journal; ages are not fooled by clocks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock

from nodecontroller.core.lifecycle import Event, State
from nodecontroller.core.record import first
from nodecontroller.drivers.journal import Journal
from nodecontroller.roster import Roster, Times
from tests.nodecontroller.house import EPOCH, ID, at_once, now, run_request


def roster(folder: Path, clock: Clock) -> Roster:
    """A roster over a journal in ``folder``."""
    made = Roster(Journal(folder), Times(clock=lambda: EPOCH, ticks=clock.seconds), at_once)
    made.open()
    return made


def test_every_move_is_in_the_journal(tmp_path: Path) -> None:
    """A new roster over the same journal knows it."""
    clock = Clock()
    one = roster(tmp_path, clock)
    now(one.add(first(run_request(), EPOCH)))
    now(one.move(ID, Event.STARTED))
    now(one.set_address(ID, "10.0.0.9"))
    (record,) = roster(tmp_path, clock).all()
    assert (record.state, record.public_ip) == (State.BOOTING, "10.0.0.9")


def test_age_counts_from_the_last_change_of_state(tmp_path: Path) -> None:
    """In this process; a restart begins anew, whatever the clock on the wall says."""
    clock = Clock()
    one = roster(tmp_path, clock)
    now(one.add(first(run_request(), EPOCH - 10**6)))
    clock.advance(50)
    assert one.age(ID) == 50
    now(one.set_address(ID, "10.0.0.9"))
    assert one.age(ID) == 50
    now(one.move(ID, Event.STARTED))
    assert one.age(ID) == 0 and roster(tmp_path, clock).age(ID) == 0


def test_a_move_on_a_full_disk_happens_and_is_written_later(tmp_path: Path) -> None:
    """Or nothing could ever end there."""
    folder, aside = tmp_path / "journal", tmp_path / "aside"
    clock = Clock()
    one = roster(folder, clock)
    now(one.add(first(run_request(), EPOCH)))
    folder.rename(aside)
    now(one.move(ID, Event.TERMINATED, reason="asked"))
    record = one.get(ID)
    assert record is not None and record.state is State.CANCELED
    aside.rename(folder)
    assert roster(folder, clock).all()[0].state is State.STAGING
    now(one.save_rest())
    assert roster(folder, clock).all()[0] == record


def test_what_is_forgotten_is_gone(tmp_path: Path) -> None:
    """From memory and journal."""
    one = roster(tmp_path, Clock())
    now(one.add(first(run_request(), EPOCH)))
    now(one.forget(ID))
    assert one.get(ID) is None and not list(tmp_path.glob("i-*"))


def test_a_stranger_with_a_record_is_adopted(tmp_path: Path) -> None:
    """And one without is not; nor what is no id at all."""
    one = roster(tmp_path, Clock())
    assert not now(one.adopt(ID)) and not now(one.adopt("../x"))
    Journal(tmp_path).write(first(run_request(), EPOCH))
    assert now(one.adopt(ID)) and not now(one.adopt(ID))


def test_a_caller_that_goes_away_does_not_stop_the_writing(tmp_path: Path) -> None:
    """What was begun is finished before the next is written."""
    slow: list[Deferred[None]] = []

    async def later(work: Any, *args: Any) -> Any:
        slow.append(Deferred())
        await slow[-1]
        return work(*args)

    clock = Clock()
    one = Roster(Journal(tmp_path), Times(clock=lambda: EPOCH, ticks=clock.seconds), later)
    one.open()
    adding = Deferred.fromCoroutine(one.add(first(run_request(), EPOCH)))
    adding.addErrback(lambda failure: failure.trap(CancelledError))
    adding.cancel()
    moving = Deferred.fromCoroutine(one.move(ID, Event.STARTED))
    assert len(slow) == 1
    slow[0].callback(None)
    slow[1].callback(None)
    assert moving.called and Journal(tmp_path).read(ID).state is State.BOOTING
