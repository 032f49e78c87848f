# SPDX-License-Identifier: BSD-2-Clause
"""Launches that arrive together: recorded by one commit, each as if it had come alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from twisted.internet.defer import Deferred, DeferredList
from twisted.python.failure import Failure

from cloudcontroller.compute.operations.bodies import bodies
from eucalyptus.access.call import Call
from eucalyptus.contracts.ec2 import instances as ec2
from eucalyptus.contracts.refusals import Refused
from eucalyptus.database.listening import connect
from eucalyptus.database.run import Tx
from eucalyptus.properties import MAX_INSTANCES, NETWORK_CONFIGURATION
from eucalyptus.web.endpoint import Body
from tests.cloudcontroller.compute.street import ALICE, NETWORK, Street
from tests.fixtures.reactor import spin, turn


def asked(run: Body, *asks: dict[str, Any]) -> list[Deferred[Any]]:
    """Launches asked of one worker at once."""
    return [
        Deferred.fromCoroutine(
            run(
                Call(request_id=f"req-{number}", principal=ALICE),
                ec2.RunInstances(**{"min_count": 1, "max_count": 1, **ask}),
            )
        )
        for number, ask in enumerate(asks)
    ]


def worker(street: Street) -> Body:
    """RunInstances as one front worker carries it out."""
    return bodies(street.world)["RunInstances"]


def together(street: Street, *asks: dict[str, Any]) -> list[Any]:
    """What becomes of launches asked for at once: their ids, the code of the refusal, the error."""
    outcomes = spin(DeferredList(asked(worker(street), *asks), consumeErrors=True))
    return [_told(outcome) for _, outcome in outcomes]


def _told(outcome: Any) -> Any:
    if isinstance(outcome, Failure):
        wrong = outcome.value
        return wrong.refusal.code if isinstance(wrong, Refused) else wrong
    return tuple(one.instance_id for one in outcome.instances)


def test_they_share_nothing_but_the_commit(street: Street) -> None:
    """Ids, addresses and reservations are each launch's own."""
    image = street.image()
    made = together(street, *[{"image_id": image}] * 6)
    names = [name for names in made for name in names]
    assert len({*names}) == 6
    rows = street.instances()
    assert len({rows[name].private_ip for name in names}) == 6
    assert len({rows[name].reservation_id for name in names}) == 6


def test_one_token_is_one_launch_among_many(street: Street) -> None:
    """Also when both come in the same transaction; another wish under it is refused."""
    image = street.image()
    token = {"image_id": image, "client_token": "t"}
    first, other, again, wrong = together(
        street, token, {"image_id": image}, token, {**token, "max_count": 2}
    )
    assert first == again != other
    assert wrong == "IdempotentParameterMismatch"
    assert len(street.instances()) == 2


def test_a_refused_one_leaves_nothing_and_spoils_nobody(street: Street) -> None:
    """An image that is not there, amid launches that are fine."""
    image = street.image()
    fine, lost, more = together(
        street, {"image_id": image}, {"image_id": "emi-00000000"}, {"image_id": image}
    )
    assert lost == "InvalidAMIID.NotFound"
    assert {*street.instances()} == {*fine, *more}
    assert len(street.rows("reservations")) == 2


def test_room_is_given_once(street: Street) -> None:
    """Each sees what the one before it took: as many run as fit, the others hear why not."""
    image = street.image()
    asks = [{"image_id": image, "instance_type": "m1.small"}] * 30
    told = together(street, *asks)
    refused = [one for one in told if isinstance(one, str)]
    assert {*refused} <= {"InsufficientInstanceCapacity"}
    assert len(street.instances()) == len(told) - len(refused)
    assert refused, "the zone has no room for thirty"


def test_a_limit_holds_among_those_that_come_together(street: Street) -> None:
    """Each counts what the ones before it were given; a rehearsal is given nothing."""
    street.set(MAX_INSTANCES.name, "5")
    image = street.image()
    two = {"image_id": image, "min_count": 2, "max_count": 2}
    first, dry, second, third, one, none = together(
        street, two, {**two, "dry_run": True}, two, two, {"image_id": image}, {"image_id": image}
    )
    assert (dry, third, none) == ("DryRunOperation", *["InstanceLimitExceeded"] * 2)
    assert {*street.instances()} == {*first, *second, *one}
    assert [group.name for group in street.rows("groups")] == ["default"]


def test_many_instances_of_one_launch_have_places_of_their_own(street: Street) -> None:
    """More than are looked at beyond the wanted, up to the last address that is free."""
    street.zone.cores = street.zone.memory = street.zone.disk = 10**6
    street.reconcile()
    image = street.image()
    most = {"image_id": image, "max_count": 150}
    first, second = together(street, most, most)
    assert (len(first), len(second)) == (150, 41)
    assert len({one.private_ip for one in street.instances().values()}) == 191


def transactions(street: Street) -> list[int]:
    """How many launches each transaction recorded, the largest number first."""
    counting = text("SELECT count(*) FROM compute.reservations GROUP BY xmin::text ORDER BY 1 DESC")
    found: list[int] = street.run(lambda tx: list(tx.execute(counting).scalars()))
    return found


def test_who_comes_while_another_worker_records_goes_along(street: Street, postgres: str) -> None:
    """The batch is what waits when its turn comes, not what waited when it queued."""
    image, run = street.image(), worker(street)
    other = connect(postgres)
    other.autocommit = False
    with other.cursor() as cursor:
        cursor.execute("LOCK TABLE compute.reservations IN SHARE ROW EXCLUSIVE MODE")
        waiting = asked(run, *[{"image_id": image}] * 5)
        turn(lambda: street.run(waits), 10)
        waiting += asked(run, *[{"image_id": image}] * 5)
    other.rollback()
    other.close()
    outcomes = spin(DeferredList(waiting, consumeErrors=True))
    assert all(done for done, _ in outcomes)
    assert transactions(street) == [10]


def waits(tx: Tx) -> bool:
    """Whether somebody waits for a lock."""
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    return bool(tx.execute(waiting).scalar_one())


def test_what_cannot_be_recorded_spoils_nobody(street: Street) -> None:
    """A name that PostgreSQL does not take as text: each is tried by itself."""
    image = street.image()
    fine, bad, more = together(
        street, {"image_id": image}, {"image_id": image, "key_name": "a\0b"}, {"image_id": image}
    )
    assert isinstance(bad, ValueError)
    assert {*street.instances()} == {*fine, *more}


class Repeating:
    """Chance that says everything so many times."""

    def __init__(self, chance: Any, times: int) -> None:
        self._chance, self._times = chance, times
        self._said: list[str] = []

    def digits(self) -> str:
        """Digits that were said before, mostly."""
        if not self._said:
            self._said = [self._chance.digits()] * self._times
        return self._said.pop()

    def uuid(self) -> str:
        """Any."""
        return str(self._chance.uuid())

    async def key(self) -> Any:
        """Any."""
        return await self._chance.key()


def test_ids_that_chance_repeats_are_given_once(street: Street) -> None:
    """Whether another launch has them, an earlier one or one of the same transaction."""
    image = street.image()
    street.world = replace(street.world, chance=Repeating(street.world.chance, 3))
    for _ in range(2):
        told = together(street, *[{"image_id": image, "max_count": 2}] * 4)
        assert not [one for one in told if isinstance(one, str)]
    assert len(street.instances()) == 16
    assert len(street.rows("reservations")) == 8


def test_chance_that_is_broken_is_no_endless_loop(street: Street) -> None:
    """Some twenty ids in a row that are taken: that is no chance."""
    image = street.image()
    street.world = replace(street.world, chance=Repeating(street.world.chance, 10**6))
    (one,) = together(street, {"image_id": image})
    assert isinstance(one, tuple)
    (two,) = together(street, {"image_id": image})
    assert isinstance(two, RuntimeError)


def test_addresses_given_back_are_found_when_the_pool_ends(street: Street) -> None:
    """The next launch gets what comes behind the last one's; at the end whatever is free."""
    image, run = street.image(), worker(street)
    street.set(NETWORK_CONFIGURATION.name, NETWORK.replace("0.200", "0.14"))

    def address() -> str:
        (made,) = asked(run, {"image_id": image})
        return str(spin(made).instances[0].private_ip_address)

    assert [address()[-2:] for _ in range(3)] == ["10", "11", "12"]
    street.run(lambda tx: tx.execute(text("UPDATE compute.instances SET private_ip = NULL")))
    assert [address()[-2:] for _ in range(5)] == ["13", "14", "10", "11", "12"]
    with pytest.raises(Refused, match="has 0 free private addresses"):
        address()


@pytest.mark.parametrize("most", [-9, -2_000_000_000, 2**31 - 1])
def test_counts_without_sense_are_their_senders_alone(street: Street, most: int) -> None:
    image = street.image()
    honest = {"image_id": image, "min_count": 3, "max_count": 3}
    made = together(street, honest, {"image_id": image, "min_count": 1, "max_count": most}, honest)
    assert made[1] == "InvalidParameterValue"
    assert len(made[0]) == len(made[2]) == 3
