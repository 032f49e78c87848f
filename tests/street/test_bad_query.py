# SPDX-License-Identifier: BSD-2-Clause
"""Query requests with a good signature and bad contents, and the other way round."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from eucalyptus.contracts.declare import Part, parts
from eucalyptus.services import COMPUTE, EUARE
from eucalyptus.web.arrivals import Arrived, Reply
from eucalyptus.wire.query import query_name
from eucalyptus.wire.signable import Signable, canonical_pairs
from eucalyptus.wire.sigv4_making import Signing, authorize, presign
from tests.fixtures.reactor import spin
from tests.street.estate import OK, OPERATIONS, Estate, code
from tests.street.town import Key, Town, signed

FORM = ("application/x-www-form-urlencoded",)
HOST = ("127.0.0.1:8773",)

TEXTS = (
    "",
    " ",
    "\x00",
    "a\x01\x1b[31m\r\nb",
    "\ufffe\u202e\U0001f4a9",
    "' OR 1=1--",
    "'; DROP TABLE compute.instances;--",
    "i-1;reboot $(id) `id`",
    "../../../../etc/passwd%00",
    "]]></x><script>&lt;",
    "{0.__class__} %s %n",
    "*a" * 50 + "b",
    "9" * 5000,
    "-1",
    "2147483648",
    "1e999",
    "x" * 10_000,
)
"""What no honest client sends in any place."""


def leaves(message: type, prefix: str = "", depth: int = 0) -> Iterator[str]:
    """The Query name of every leaf that a message can have."""
    for part in parts(message):
        if isinstance(part.query, Mapping):
            yield from (f"{prefix}{name}.1" for name in part.query.values())
            continue
        name = prefix + query_name(part)
        yield from _below(part, f"{name}.1" if part.repeated else name, depth)


def _below(part: Part, name: str, depth: int) -> Iterator[str]:
    yield name
    if part.is_message and depth < 4:
        yield from leaves(part.of, f"{name}.", depth + 1)


def test_hostile_text_in_every_place(estate: Estate) -> None:
    """P-01, P-03, Q-27 … Q-34: each leaf of each operation; never our fault, never a trace of it.

    ``code`` checks that the status is below 500 and that there is a request id.
    """
    tried = 0
    for name, (_, operation) in OPERATIONS.items():
        base = estate.asks(name)
        for leaf in leaves(operation.asks):
            for text in TEXTS[tried % 2 :: 2]:
                reply = estate.ask(name, estate.cloud, {**base, leaf: text})
                code(reply)
                assert b"Traceback" not in reply.body and b"psycopg" not in reply.body, name
            tried += 1
    assert tried > 120
    assert code(estate.ask("DescribeRegions", estate.alice, {})) == OK


@pytest.mark.parametrize(
    "extra",
    [
        "userId", "effectiveUserId", "AccountId", "OwnerId", "correlationId", "_disabledServices",
        "InstanceState.Name", "__class__", "A." * 11 + "A", "InstanceId.1.Owner",
    ],
)  # fmt: skip
def test_nothing_is_assigned_that_the_operation_does_not_declare(
    estate: Estate, extra: str
) -> None:
    """Q-26."""
    reply = estate.ask("TerminateInstances", estate.bob, {"InstanceId.1": "i-12345678", extra: "x"})
    assert code(reply) in ("UnknownParameter", "InvalidInstanceID.NotFound")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"A" * 300: "x"}, "RequestTooLarge"),
        ({".".join("AB" * 25): "x"}, "RequestTooLarge"),
        ({"KeyName": "x" * 300_000}, "RequestTooLarge"),
        ({"Version": "../../1999"}, OK),
        ({"Action": "ncRunInstance"}, "InvalidAction"),
        ({"Action": "__init__"}, "InvalidAction"),
        ({"Action": "../DescribeRegions"}, "InvalidAction"),
        ({"Action": "DescribeRegions\x00"}, "InvalidAction"),
        ({"Action": "CreateAccount"}, "InvalidAction"),
        ({"Action": ""}, "MissingParameter"),
        ({"RegionName.0": "eucalyptus", "RegionName.9999999": "eucalyptus"}, OK),
        ({"RegionName.-1": "eucalyptus"}, "UnknownParameter"),
        ({"RegionName.10000000000": "eucalyptus"}, "UnknownParameter"),
        ({"Filter.1.Name": "endpoint", "Filter.1.Value.1": "*a" * 50 + "b"}, OK),
    ],
)
def test_odd_names_and_shapes(estate: Estate, said: Mapping[str, str], expected: str) -> None:
    """Q-25, Q-27, Q-33."""
    started = time.monotonic()
    assert code(estate.ask("DescribeRegions", estate.alice, said)) == expected
    assert time.monotonic() - started < 1


class Sender:
    """A key and what can be done with it by hand."""

    def __init__(self, town: Town) -> None:
        self.town, self.key = town, town.user("alice")

    def send(self, method: str, target: str, body: bytes = b"", **headers: str) -> Reply:
        """Send a request as it is."""
        path, _, query = target.partition("?")
        said = {"host": HOST, "content-type": FORM} | {n.replace("_", "-"): (v,) for n, v in
                                                      headers.items()}  # fmt: skip
        arrived = Arrived(
            method=method, path=path, query=query, headers=said, body=body,
            request_id=str(uuid.uuid4()), local="127.0.0.1", port=8773,
        )  # fmt: skip
        reply: Reply = spin(self.town.worker.answer(arrived))
        return reply

    def headers(self, method: str, target: str, body: bytes, **scope: str) -> dict[str, str]:
        """Signature version 4 for a request; ``scope`` may lie."""
        path, _, query = target.partition("?")
        request = Signable(
            method=method, path=path, query=query, headers={"host": HOST},
            body_sha256=hashlib.sha256(body).hexdigest(),
        )  # fmt: skip
        signing = Signing(key_id=self.key.id, secret=self.key.secret,
                          **({"service": "ec2"} | scope))  # fmt: skip
        made = authorize(request, signing, time.time())
        return {name.replace("-", "_"): value for name, value in made.items()}

    def version2(self, path: str, said: Mapping[str, str], method: str = "GET") -> dict[str, str]:
        """Parameters with a signature of version 2 for ``path``."""

        whole = {
            **said, "AWSAccessKeyId": self.key.id, "SignatureVersion": "2",
            "SignatureMethod": "HmacSHA256",
            "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }  # fmt: skip
        text = f"{method}\n{HOST[0]}\n{path}\n{canonical_pairs(whole)}".encode()
        mac = hmac.digest(self.key.secret.encode(), text, "sha256")
        return {**whole, "Signature": base64.b64encode(mac).decode()}


@pytest.fixture(name="sender")
def _sender(town: Town) -> Sender:
    return Sender(town)


MAKE = "Action=CreateSecurityGroup"
REST = b"GroupName=g&GroupDescription=d"


def test_an_action_in_the_url_and_the_rest_in_the_form(sender: Sender) -> None:
    """Both are covered by version 4; changing either is refused."""
    target = f"{COMPUTE.path}?{MAKE}"
    headers = sender.headers("POST", target, REST)
    for where, body in (
        (target + "2", REST),
        (target, REST + b"&VpcId="),
        (target, REST.replace(b"=g", b"=h")),
        (target, b""),
        (target + "&DryRun=false", REST),
    ):
        assert code(sender.send("POST", where, body, **headers)) == "AuthFailure"
    assert code(sender.send("GET", target, REST, **headers)) == "AuthFailure"
    assert sender.town.street.rows("groups") == []
    assert code(sender.send("POST", target, REST, **headers)) == OK


def test_the_same_with_version_2(sender: Sender) -> None:
    """It signs the parameters wherever they are sent, and none may be added."""
    said = {"Action": "CreateSecurityGroup", "GroupName": "g", "GroupDescription": "d"}
    made = sender.version2(COMPUTE.path, said, "POST")
    action = urlencode({"Action": made.pop("Action")})
    body = urlencode(made).encode()
    target = f"{COMPUTE.path}?{action}"
    for where, rest in (
        (target + "&DryRun=false", body),
        (target, body + b"&VpcId="),
        (target, body.replace(b"GroupName=g", b"GroupName=h")),
        (target, body.replace(b"GroupName=g", b"GroupName=g%26DryRun%3Dfalse")),
    ):
        assert code(sender.send("POST", where, rest)) == "AuthFailure"
    assert code(sender.send("POST", target, body + b"&GroupName=h")) == "MalformedRequest"
    assert code(sender.send("POST", target, body)) == OK


@pytest.mark.parametrize("path", [EUARE.path, "/services/Properties"])
def test_a_signature_for_no_path_in_particular_is_for_ec2_only(sender: Sender, path: str) -> None:
    """Q-06: old EC2 clients sign "/"; nobody may carry that to another service."""
    made = sender.version2("/", {"Action": "ListUsers"})
    assert code(sender.send("GET", f"{path}?{urlencode(made)}")) == "AuthFailure"
    made = sender.version2("/", {"Action": "DescribeRegions"})
    assert code(sender.send("GET", f"{COMPUTE.path}?{urlencode(made)}")) == OK


@pytest.mark.parametrize("scope", [{"service": "s3"}, {"service": "iam"}, {"service": ""}])
def test_a_signature_for_another_service_is_refused(sender: Sender, scope: dict[str, str]) -> None:
    """Q-10."""
    body = b"Action=DescribeRegions"
    headers = sender.headers("POST", COMPUTE.path, body, **scope)
    assert code(sender.send("POST", COMPUTE.path, body, **headers)) in (
        "AuthFailure", "MalformedRequest",
    )  # fmt: skip


def presigned(sender: Sender, query: str, seconds: int = 60, now: float | None = None) -> str:
    """Target of a URL that was signed for GET."""
    signing = Signing(key_id=sender.key.id, secret=sender.key.secret, service="ec2")
    url = f"http://{HOST[0]}{COMPUTE.path}?{query}"
    made = presign(url, signing, time.time() if now is None else now, seconds)
    return made.removeprefix(f"http://{HOST[0]}")


def test_a_presigned_url_is_for_what_it_says(sender: Sender) -> None:
    """Q-22: its method, no body, no other parameter, and its time."""
    target = presigned(sender, "Action=DescribeRegions")
    assert code(sender.send("GET", target)) == OK
    assert code(sender.send("GET", target, b"RegionName.1=eucalyptus")) == "AuthFailure"
    assert code(sender.send("POST", target)) == "AuthFailure"
    assert code(sender.send("GET", target + "&Filter.1.Name=x")) == "AuthFailure"
    assert code(sender.send("GET", target.replace("DescribeRegions", "DescribeImages"))) == (
        "AuthFailure"
    )
    for change in ("0", "-1", "604801", "1e3", "", "60;"):
        changed = re.sub(r"X-Amz-Expires=60", f"X-Amz-Expires={change}", target)
        assert code(sender.send("GET", changed)) in ("MalformedRequest", "AuthFailure")
    late = presigned(sender, "Action=DescribeRegions", now=time.time() - 61)
    assert code(sender.send("GET", late)) == "RequestExpired"
    early = presigned(sender, "Action=DescribeRegions", now=time.time() + 60)
    assert code(sender.send("GET", early)) == "RequestExpired"


def test_a_mutation_by_presigned_url_has_one_effect(sender: Sender) -> None:
    """Q-21: whoever finds the URL in a log gets the answer, not a second group."""
    target = presigned(sender, f"{MAKE}&{REST.decode()}")
    assert sender.send("GET", target).body == sender.send("GET", target).body
    assert len(sender.town.street.rows("groups")) == 1


@pytest.mark.parametrize("shift", [-901.0, 60.0])
def test_old_and_future_requests(town: Town, shift: float) -> None:
    """Q-20."""
    alice = town.user("alice")
    body = b"Action=DescribeRegions"
    arrived = signed(COMPUTE.path, alice, body, lambda: time.time() + shift)
    assert code(spin(town.worker.answer(arrived))) == "RequestExpired"


def test_every_changed_byte_of_a_signature_is_refused(sender: Sender) -> None:
    """Q-12: each place, and the lengths around it."""
    body = b"Action=DescribeRegions"
    headers: dict[str, Any] = sender.headers("POST", COMPUTE.path, body)
    start, _, mac = headers["authorization"].rpartition("=")
    wrong = [mac[:n] + ("0" if mac[n] != "0" else "1") + mac[n + 1 :] for n in range(0, 64, 7)]
    wrong += [mac[:-1], mac + "0", mac.upper() if mac.upper() != mac else "", "", mac + "\x00"]
    for changed in wrong:
        headers["authorization"] = f"{start}={changed}"
        reply = sender.send("POST", COMPUTE.path, body, **headers)
        assert code(reply) in ("AuthFailure", "MalformedRequest"), changed


def test_somebody_elses_key_id_with_my_secret(town: Town) -> None:
    """Each key answers for itself only."""
    alice, bob = town.user("alice"), town.user("bob")
    mixed = Key(id=bob.id, secret=alice.secret)
    reply = town.ask(COMPUTE.path, mixed, {"Action": "DescribeRegions"})
    assert code(reply) == "AuthFailure"
