# SPDX-License-Identifier: BSD-2-Clause
"""Who stands behind a credential: right, quick, and never stale for long."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from cloudcontroller.identity import principals
from cloudcontroller.identity.bootstrap import enrol
from cloudcontroller.identity.enrolment import Enrolment, system_key
from cloudcontroller.identity.principals import DatabasePrincipals, Remembered
from eucalyptus.access.principals import CLOUD_ACCOUNT, Accounts, Principal, Principals
from eucalyptus.contracts.iam.accounts import CreateAccount
from eucalyptus.contracts.iam.keys import CreateAccessKey, DeleteAccessKey
from eucalyptus.contracts.refusals import NO_SUCH_ENTITY, UNAVAILABLE, Refused
from eucalyptus.database.run import Database
from tests.cloudcontroller.identity.conftest import NOW, Room


@pytest.fixture
def finder(room: Room, turn: Any) -> DatabasePrincipals:
    """A front worker's principals, listening."""
    found = DatabasePrincipals(room.world.database, room.world.sealer, lambda: NOW)
    heard: list[str] = []
    room.world.database.listen("identity", heard.append)
    turn(lambda: bool(heard), 5)
    return found


def test_it_is_what_the_street_calls_principals(finder: DatabasePrincipals) -> None:
    known: Principals = finder
    assert known is finder


@pytest.mark.parametrize("key_id", ["", "AKINONE", "x" * 129, "AKI'; DROP", "AKI\x00", "ÄKI"])
def test_an_unknown_key_is_nobody(room: Room, finder: DatabasePrincipals, key_id: str) -> None:
    assert room.spin(finder.by_access_key(key_id)) is None


def test_an_unknown_certificate_is_nobody(room: Room, finder: DatabasePrincipals) -> None:
    assert room.spin(finder.by_certificate("0" * 64)) is None


def test_a_deleted_key_is_refused_by_every_worker_at_once(
    room: Room, dev: Principal, finder: DatabasePrincipals, turn: Any
) -> None:
    made = room.ask(dev, CreateAccessKey()).access_key
    assert room.spin(finder.by_access_key(made.access_key_id)) is not None
    heard: list[str] = []
    room.world.database.listen("identity", heard.append)
    turn(lambda: bool(heard), 5)
    room.ask(dev, DeleteAccessKey(access_key_id=made.access_key_id))
    turn(lambda: made.access_key_id in heard, 5)
    assert room.spin(finder.by_access_key(made.access_key_id)) is None


def test_a_new_key_is_known_although_it_was_asked_for_before(
    room: Room, dev: Principal, finder: DatabasePrincipals, turn: Any
) -> None:
    asked: list[str] = []

    async def find(name: str) -> str | None:
        asked.append(name)
        return None if len(asked) == 1 else "found"

    remembered = Remembered(find, lambda: NOW)
    assert room.spin(remembered.get("k")) is None
    assert room.spin(remembered.get("k")) is None
    remembered.forget()
    assert room.spin(remembered.get("k")) == "found"
    assert len(asked) == 2


def test_answers_are_kept_for_five_seconds_and_not_longer(spin: Any) -> None:
    now = [0.0]
    asked: list[str] = []

    async def find(name: str) -> str | None:
        asked.append(name)
        return name

    remembered = Remembered(find, lambda: now[0])
    for moment in (0.0, 4.9, 5.0, 9.9, 10.1):
        now[0] = moment
        assert spin(remembered.get("k")) == "k"
    assert len(asked) == 3


def test_an_answer_under_way_when_something_changes_is_not_kept(spin: Any) -> None:
    waiting: list[Deferred[str]] = []

    async def find(name: str) -> str | None:
        waiting.append(Deferred())
        return await waiting[-1]

    remembered = Remembered(find, lambda: NOW)
    first = Deferred.fromCoroutine(remembered.get("k"))
    remembered.forget()
    waiting[0].callback("old")
    assert spin(first) == "old"
    second = Deferred.fromCoroutine(remembered.get("k"))
    waiting[1].callback("new")
    assert spin(second) == "new"


def test_memory_is_bounded(spin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(principals, "MOST", 10)

    async def find(name: str) -> str | None:
        return None

    remembered = Remembered(find, lambda: NOW)
    for number in range(50):
        spin(remembered.get(str(number)))
    assert len(remembered._kept) == 10


def test_without_a_database_nobody_is_somebody(room: Room) -> None:
    away = Database("postgresql+psycopg2://x@/x?host=/nowhere", reactor=reactor, threads=1)
    finder = DatabasePrincipals(away, room.world.sealer, lambda: NOW)
    with pytest.raises(Refused) as refused:
        room.spin(finder.by_access_key("AKIX"))
    assert refused.value.refusal is UNAVAILABLE
    finder.close()
    room.spin(away.close())


def test_the_clouds_own_key_is_there_after_bootstrap(
    room: Room, finder: DatabasePrincipals
) -> None:
    world = room.world
    with pytest.raises(Refused) as refused:
        room.spin(system_key(world.database, world.sealer))
    assert refused.value.refusal is NO_SUCH_ENTITY
    enrolment = Enrolment(clock=world.clock, chance=world.chance, sealer=world.sealer)
    room.spin(world.database.run(enrol, enrolment, ""))
    key = room.spin(system_key(world.database, world.sealer))
    assert room.spin(finder.by_access_key(key.key_id)) == key
    assert key.principal.is_the_cloud and not key.principal.is_account_admin


def test_accounts_are_found_by_what_others_know_of_them(room: Room, finder: Accounts) -> None:
    """By canonical id and by e-mail address, which several may share; "" is nobody's."""
    admin = room.account(CLOUD_ACCOUNT)
    for name, email in (("one", "Team@Example.com"), ("two", "team@example.com")):
        room.ask(admin, CreateAccount(account_name=name, email=email))
    found = room.spin(finder.by_email("tEAM@example.com"))
    assert sorted(account.name for account in found) == ["one", "two"]
    assert room.spin(finder.by_canonical_id(found[0].canonical_id)) == found[0]
    for nobody in ("", "nobody@example.com", "a" * 400, "team@example.com\0"):
        assert room.spin(finder.by_email(nobody)) == ()
    for nobody in ("", "0" * 64, "x" * 200, "a\0"):
        assert room.spin(finder.by_canonical_id(nobody)) is None
