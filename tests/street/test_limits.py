# SPDX-License-Identifier: BSD-2-Clause
"""F-9h: one account's budget, over all workers of a host, in both dialects; set with euctl."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred, gatherResults

from eucalyptus.contracts.refusals import LIMIT_EXCEEDED
from eucalyptus.properties import PROPERTIES
from eucalyptus.services import COMPUTE
from eucalyptus.services import PROPERTIES as PROPERTIES_SERVICE
from eucalyptus.web.arrivals import Arrived, Reply
from tests.fixtures.reactor import spin, turn
from tests.street.test_bad_soap import REGIONS, User, message
from tests.street.town import Key, Town

ASKS = {"Action": "DescribeRegions", "Version": "2016-11-15"}


class Crowd:
    """Two accounts, two workers, and a cloud administrator's hand on the properties."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.alice, self.bob = town.user("alice"), town.user("bob")
        self.other = town.another_worker()

    def set(self, name: str, value: str) -> None:
        """What ``euctl NAME=VALUE`` says; both workers have heard it afterwards."""
        name = f"bootstrap.webservices.{name}"
        asks = {"Action": "ModifyPropertyValue", "Name": name, "Value": value}
        reply = self.town.ask(PROPERTIES_SERVICE.path, self.town.user("eucalyptus"), asks)
        assert reply.status == 200, reply.body
        wanted = PROPERTIES[name]
        workers = self.town.workers
        turn(lambda: {w.properties.get(wanted) for w in workers} == {wanted.read(value)}, 10)

    def ask(self, key: Key, number: int, **asks: str) -> Reply:
        """A question to one of the workers."""
        arrived = self.town.request(COMPUTE.path, key, {**ASKS, **asks})
        reply: Reply = spin(self.town.workers[number % 2].answer(arrived))
        return reply


@pytest.fixture(name="crowd")
def _crowd(town: Town) -> Crowd:
    return Crowd(town)


@pytest.mark.parametrize("row", [pytest.param(None, id="F-9h")])
def test_beyond_its_budget_an_account_is_told_when_to_come_back(crowd: Crowd, row: None) -> None:
    """Ten requests pass, over two workers; the eleventh is refused in the dialect it came in."""
    user = User(crowd.town)
    crowd.set("account_request_burst", "10")
    crowd.set("account_requests_per_sec", "1")
    said = [crowd.ask(crowd.alice, number) for number in range(12)]
    assert [reply.status for reply in said[:10]] == [200] * 10
    query = said[11]
    assert query.status == 503 and b"<Code>RequestLimitExceeded</Code>" in query.body
    assert 1 <= int(query.headers["Retry-After"]) <= 2
    assert b"Account alice" in query.body
    soap = user.send(user.sign(REGIONS))
    assert soap.status == 500 and b"<faultcode>Server.RequestLimitExceeded<" in soap.body
    assert soap.headers["Retry-After"]
    assert crowd.ask(crowd.bob, 0).status == crowd.ask(crowd.bob, 1).status == 200
    crowd.set("account_requests_per_sec", "0")
    assert crowd.ask(crowd.alice, 0).status == 200
    assert LIMIT_EXCEEDED.status == 503


def test_a_message_that_others_repeat_costs_its_signer_nothing(crowd: Crowd) -> None:
    """Replays are refused as replays, and the account's budget is for its own messages."""
    user = User(crowd.town)
    crowd.set("account_request_burst", "5")
    crowd.set("account_requests_per_sec", "1")
    once = user.sign(REGIONS)
    assert user.send(once).status == 200
    for _ in range(12):
        assert b"AuthFailure" in user.send(once).body
    assert user.says(REGIONS) == ""


def test_one_account_cannot_fill_a_worker(crowd: Crowd) -> None:
    """Requests under way are bounded per account; those beyond are refused at once."""
    crowd.set("account_requests_at_once", "3")

    def arrived(key: Key, number: int) -> Arrived:
        asks = {**ASKS, "Action": "CreateSecurityGroup", "GroupName": f"g{number}",
                "GroupDescription": "d"}  # fmt: skip
        return crowd.town.request(COMPUTE.path, key, asks)

    def together(key: Key, count: int) -> list[Any]:
        worker = crowd.town.worker
        return [
            Deferred.fromCoroutine(worker.answer(arrived(key, number))) for number in range(count)
        ]

    replies = spin(gatherResults([*together(crowd.alice, 12), *together(crowd.bob, 2)]))
    refused = [reply for reply in replies if reply.status != 200]
    assert refused and all(b"RequestLimitExceeded" in reply.body for reply in refused)
    assert len(refused) <= 9 and replies[-1].status == replies[-2].status == 200


def test_an_unsigned_message_costs_nobody_anything(crowd: Crowd) -> None:
    """Whoever names another's key does not spend that account's budget."""
    crowd.set("account_request_burst", "5")
    crowd.set("account_requests_per_sec", "1")
    forged = Key(crowd.alice.id, "not the secret")
    for number in range(12):
        assert crowd.ask(forged, number).status == 401
    assert crowd.ask(crowd.alice, 0).status == 200
    bad = message(COMPUTE.path, b"<Envelope/>")
    reply: Reply = spin(crowd.town.worker.answer(bad))
    assert reply.status == 500
