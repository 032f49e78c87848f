# SPDX-License-Identifier: BSD-2-Clause
"""The same request again: on another worker, at the same time, after a crash. One effect each."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from twisted.internet.defer import Deferred, gatherResults

from cloudcontroller.identity.pairs import make_pair
from eucalyptus.contracts.ec2 import keys
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.database.run import Tx
from eucalyptus.services import COMPUTE
from eucalyptus.web.arrivals import Arrived, Reply
from eucalyptus.wire import certificates
from eucalyptus.wire.codec import Codec
from eucalyptus.wire.security import Identity, sign
from tests.cloudcontroller.compute.street import Died
from tests.fixtures.reactor import spin
from tests.street.town import Town, signed

VERSION = "2013-02-01"
CODEC = Codec(EC2, VERSION)
TIMES = 50


def everybody(town: Town, requests: list[Arrived]) -> list[Reply]:
    """Send all at the same time, to the workers in turn; their answers in order."""
    workers = town.workers
    asked = [
        Deferred.fromCoroutine(workers[number % len(workers)].answer(request))
        for number, request in enumerate(requests)
    ]
    replies: list[Reply] = spin(gatherResults(asked), 60)
    return replies


def identity(town: Town) -> Identity:
    """A signing identity of the administrator of ``alice``."""
    pair = make_pair("alice", time.time())

    def work(tx: Tx) -> None:
        account, _ = town.enrolment.account(tx, "alice")
        town.enrolment.keep_pair(tx, town.enrolment.user(tx, account, "admin"), pair)

    town.street.run(work)
    return certificates.identity(pair.certificate, pair.key)


def envelope(who: Identity, name: str, *, now: float | None = None) -> Arrived:
    """CreateKeyPair by SOAP."""
    body = CODEC.write(keys.CreateKeyPair(key_name=name), "CreateKeyPair")
    return Arrived(
        method="POST",
        path=COMPUTE.path,
        query="",
        headers={"content-type": ("text/xml",), "host": ("x",)},
        body=sign(body, who, None, now or time.time()),
        request_id="r",
        local="127.0.0.1",
        port=8773,
    )


@pytest.fixture(name="pair")
def _pair(town: Town) -> Town:
    """A town with two workers."""
    town.another_worker()
    return town


def test_w72_w73_w74_a_soap_message_is_taken_once_by_all_workers(pair: Town) -> None:
    """W-72, W-73, W-74: at once, later, rewritten outside of what is signed, after a restart."""
    message = envelope(identity(pair), "k")
    first, second = (spin(worker.answer(message)) for worker in pair.workers)
    assert first.status == 200 and b"<keyName>k</keyName>" in first.body
    assert second.status == 500 and b"Client.AuthFailure" in second.body
    assert b"received before" in second.body
    for rewritten in (
        message.body.replace(b"<wsse:Security", b" <wsse:Security").replace(b"?>\n", b"?>\n\n\n"),
        re.sub(rb"(<ds:SignatureValue[^>]*>)(.{20})", rb"\1\2\n", message.body),
    ):
        assert rewritten != message.body
        again = dataclasses.replace(message, body=rewritten)
        for worker in (*pair.workers, pair.another_worker()):
            answer = spin(worker.answer(again))
            assert b"Client." in answer.body, answer.body
    assert len(pair.street.rows("key_pairs")) == 1


def test_w76_of_many_equal_soap_messages_one_is_taken(pair: Town) -> None:
    """W-76."""
    message = envelope(identity(pair), "k")
    replies = everybody(pair, [message] * 20)
    assert sorted(reply.status for reply in replies) == [200] + [500] * 19
    assert len(pair.street.rows("key_pairs")) == 1


def test_w78_a_broken_copy_that_comes_first_does_not_spoil_the_message(pair: Town) -> None:
    """W-78: the key is remembered only when the signature was right."""
    message = envelope(identity(pair), "k")
    broken = dataclasses.replace(message, body=message.body.replace(b">k<", b">x<"))
    for worker in pair.workers:
        assert b"does not match" in spin(worker.answer(broken)).body
    assert spin(pair.worker.answer(message)).status == 200


def test_q21_many_equal_query_requests_have_one_effect_and_one_answer(pair: Town) -> None:
    """Exactly one group is made, and everybody is told of that one."""
    alice = pair.user("alice")
    said = {"Action": "CreateSecurityGroup", "GroupName": "g", "GroupDescription": "d"}
    request = pair.request(COMPUTE.path, alice, said)
    replies = everybody(pair, [request] * 20)
    assert {reply.status for reply in replies} == {200}
    assert len({reply.body for reply in replies}) == 1
    assert len(pair.street.rows("groups")) == 1


def run_instances(town: Town, **more: str) -> Callable[[float], Arrived]:
    """RunInstances by alice, signed so many seconds ago."""
    alice = town.user("alice")
    registered = town.ask(
        COMPUTE.path,
        alice,
        {"Action": "RegisterImage", "ImageLocation": "images/disk.manifest.xml", "Name": "disk"},
    )
    found = re.search(rb"<imageId>([^<]+)", registered.body)
    assert found is not None, registered.body
    said = {
        "Action": "RunInstances",
        "Version": VERSION,
        "ImageId": found[1].decode(),
        "InstanceType": "m1.small",
        "MinCount": "1",
        "MaxCount": "1",
        **more,
    }
    body = urlencode(said).encode()
    return lambda ago: signed(COMPUTE.path, alice, body, lambda: time.time() - ago)


def test_q31_a_client_token_starts_one_reservation_however_often(pair: Town) -> None:
    """Q-31: fifty at once, each signed anew, on two workers: one reservation, told to all."""
    make = run_instances(pair, ClientToken="once")
    replies = everybody(pair, [make(float(number)) for number in range(TIMES)])
    assert {reply.status for reply in replies} == {200}, {r.body for r in replies}
    told = {tuple(re.findall(rb"<(?:reservationId|instanceId)>([^<]+)", r.body)) for r in replies}
    assert len(told) == 1
    assert len(pair.street.rows("reservations")) == len(pair.street.rows("instances")) == 1


def test_a_crash_between_effect_and_answer_repeats_nothing(pair: Town) -> None:
    """The repeat is told that nobody knows; what was acknowledged by the commit stays."""
    first, second = pair.workers
    request = run_instances(pair)(0.0)
    pair.street.crash.arm("clc.run.after_commit")
    with pytest.raises(Died):
        spin(first.answer(request))
    again: Any = spin(second.answer(request))
    assert again.status == 503 and b"Look what became of it" in again.body
    assert len(pair.street.rows("reservations")) == 1


def test_a_refused_request_may_be_repeated(pair: Town) -> None:
    """A claim that had no effect is given up, on every worker."""
    alice = pair.user("alice")
    request = pair.request(
        COMPUTE.path, alice, {"Action": "DeleteSecurityGroup", "GroupName": "nobodys"}
    )
    bodies = [spin(worker.answer(request)).body for worker in pair.workers]
    assert all(b"InvalidGroup.NotFound" in body for body in bodies)
