# SPDX-License-Identifier: BSD-2-Clause
"""Launches that arrive together: recorded by one commit, each as if it had come alone."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, DeferredList

from cloudcontroller.compute.operations.bodies import bodies
from eucalyptus.access.call import Call
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.refusals import Refused
from tests.cloudcontroller.compute.street import ALICE, Street
from tests.fixtures.reactor import spin


def together(street: Street, *asks: dict[str, Any]) -> list[Any]:
    """What becomes of launches asked for at once: their ids, or the code of the refusal."""
    operation = EC2.operation("RunInstances")
    assert operation is not None
    run = bodies(street.world)["RunInstances"]
    waiting = [
        Deferred.fromCoroutine(
            run(
                Call(request_id=f"req-{number}", principal=ALICE),
                operation.asks(**{"min_count": 1, "max_count": 1, **ask}),
            )
        )
        for number, ask in enumerate(asks)
    ]
    outcomes = spin(DeferredList(waiting, consumeErrors=True))
    return [_told(outcome) for _, outcome in outcomes]


def _told(outcome: Any) -> Any:
    if isinstance(getattr(outcome, "value", None), Refused):
        return outcome.value.refusal.code
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
