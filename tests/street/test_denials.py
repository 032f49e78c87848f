# SPDX-License-Identifier: BSD-2-Clause
"""Denials explain themselves to those whom they concern, and to nobody else."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from sqlalchemy import update

from cloudcontroller.compute.database.schema import images
from eucalyptus.database.run import Tx
from eucalyptus.secrets import open_sealer
from eucalyptus.services import COMPUTE, EUARE, TOKENS
from eucalyptus.web.arrivals import Reply
from tests.street.estate import code
from tests.street.test_bad_soap import User
from tests.street.town import Key, Town

NOTHING = {"Action": "TerminateInstances", "InstanceId.1": "i-12345678", "Version": "2016-11-15"}
ENCODED = re.compile("Encoded authorization failure message: ([A-Za-z0-9_=-]+)")


class Court:
    """A user without rights, the administrators who may know why, and one who may not."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.carol = town.user("alice", "carol")
        self.alice, self.bob = town.user("alice"), town.user("bob")
        self.cloud = town.user("eucalyptus")

    def denied(self) -> str:
        """What carol's denial carries."""
        reply = self.town.ask(COMPUTE.path, self.carol, NOTHING)
        assert code(reply) == "UnauthorizedOperation" and reply.status == 403
        found = ENCODED.search(reply.body.decode())
        assert found is not None, reply.body
        return found[1]

    def decode(self, key: Key, text: str) -> Reply:
        """Ask STS."""
        asks = {"Action": "DecodeAuthorizationMessage", "EncodedMessage": text,
                "Version": "2011-06-15"}  # fmt: skip
        return self.town.ask(TOKENS.path, key, asks)


@pytest.fixture(name="court")
def _court(town: Town) -> Court:
    return Court(town)


def decoded(reply: Reply) -> Any:
    """The JSON document in an answer."""
    found = re.search("<DecodedMessage>([^<]+)</DecodedMessage>", reply.body.decode())
    assert reply.status == 200 and found is not None, reply.body
    return json.loads(html.unescape(found[1]))


def test_the_accounts_administrator_learns_why(court: Court) -> None:
    """Who, what, which thing, under which circumstances; as AWS documents it."""
    reasons = decoded(court.decode(court.alice, court.denied()))
    assert reasons.keys() == {
        "allowed", "explicitDeny", "matchedStatements", "failures", "context"
    }  # fmt: skip
    assert (reasons["allowed"], reasons["explicitDeny"]) == (False, False)
    assert reasons["matchedStatements"] == reasons["failures"] == {"items": []}
    context = reasons["context"]
    assert context["principal"] == {
        "id": court.carol.user_id, "name": "carol",
        "arn": f"arn:aws:iam::{court.alice.account}:user/carol",
    }  # fmt: skip
    assert (context["action"], context["resource"]) == ("ec2:TerminateInstances", "*")
    said = {one["key"]: one["values"]["items"] for one in context["conditions"]["items"]}
    assert said["aws:SourceIp"] == [{"value": "127.0.0.1"}]


def test_only_whom_it_concerns(court: Court) -> None:
    """The cloud's administrator too; neither another account's nor the user who was denied."""
    text = court.denied()
    assert decoded(court.decode(court.cloud, text))["allowed"] is False
    for key in (court.bob, court.carol):
        reply = court.decode(key, text)
        assert code(reply) == "AccessDenied" and b"carol" not in reply.body.replace(
            b"user/carol may not", b""
        )


def test_a_denial_by_soap_carries_them_too(court: Court) -> None:
    """Another account's public image may be seen and not be deregistered; decoded it is named."""
    user = User(court.town)
    made = court.town.ask(
        COMPUTE.path, court.bob,
        {"Action": "RegisterImage", "ImageLocation": "images/disk.manifest.xml", "Name": "mine",
         "Version": "2016-11-15"},
    )  # fmt: skip
    image = re.search("<imageId>([^<]+)<", made.body.decode())
    assert image is not None
    court.town.street.run(_publish, image[1])
    namespace = "http://ec2.amazonaws.com/doc/2013-02-01/"
    body = f'<DeregisterImage xmlns="{namespace}"><imageId>{image[1]}</imageId></DeregisterImage>'
    reply = user.send(user.sign(body))
    assert b"Client.UnauthorizedOperation" in reply.body, reply.body
    found = ENCODED.search(reply.body.decode())
    assert found is not None
    context = decoded(court.decode(court.alice, found[1]))["context"]
    assert context["resource"] == f"arn:aws:ec2:eucalyptus::image/{image[1]}"
    assert context["action"] == "ec2:DeregisterImage"


def _publish(tx: Tx, image_id: str) -> None:
    tx.execute(update(images).where(images.c.image_id == image_id).values(is_public=True))


def test_nothing_else_is_decoded(court: Court) -> None:
    """Other things that the same key sealed stay sealed: a copy of the database opens nothing."""
    sealer = open_sealer(court.town.worker.front.settings.keys)
    secret = sealer.seal(court.alice.secret.encode()).decode()
    lookalike = sealer.seal(b'{"account": "1", "document": {}}').decode()
    text = court.denied()
    for wrong in (secret, lookalike, sealer.seal(b"[]").decode(), text[:-2], text[1:], "x",
                  "\u00e4", "x" * 20_000, "AAAA" + text):  # fmt: skip
        reply = court.decode(court.cloud, wrong)
        assert code(reply) == "InvalidAuthorizationMessageException", wrong
        assert court.alice.secret.encode() not in reply.body
    assert court.decode(court.cloud, text).status == 200


def test_iam_says_access_denied_as_iam_does(court: Court) -> None:
    """The other services' clients look for their own code, without sealed reasons."""
    reply = court.town.ask(EUARE.path, court.carol, {"Action": "ListUsers"})
    assert code(reply) == "AccessDenied" and b"Encoded" not in reply.body


@pytest.mark.parametrize("action", ["AssumeRole", "GetCallerIdentity", "GetSessionToken"])
def test_the_rest_of_sts_is_refused_by_name(court: Court, action: str) -> None:
    """It is said that the cloud does not offer it yet; what never was is unknown."""
    reply = court.town.ask(TOKENS.path, court.alice, {"Action": action, "Version": "2011-06-15"})
    assert code(reply) == "UnsupportedOperation" and action.encode() in reply.body
    reply = court.town.ask(TOKENS.path, court.alice, {"Action": "Nonsense"})
    assert code(reply) == "InvalidAction"
