# SPDX-License-Identifier: BSD-2-Clause
"""Users' clients at the front door: zeep by WS-Security, boto3 by Query, and who is not let in."""

from __future__ import annotations

import dataclasses
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
import zeep
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError
from twisted.internet import reactor
from twisted.internet.defer import maybeDeferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from zeep.wsse.signature import BinarySignature
from zeep.wsse.utils import WSU, get_security_header

from eucalyptus.access.call import Call
from eucalyptus.access.principals import AccessKey, Certificate, Principal
from eucalyptus.contracts.ec2 import keys, zones
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.refusals import DUPLICATE_KEY
from eucalyptus.web.endpoint import Endpoint
from eucalyptus.web.limits import HttpLimits
from eucalyptus.web.public_door import PublicDoor
from eucalyptus.web.query_door import QueryDoor
from eucalyptus.web.site import Mount, site
from eucalyptus.web.soap_door import SoapDoor, Users
from eucalyptus.wire import certificates
from eucalyptus.wire.replay import MemoryReplayStore
from eucalyptus.wire.security import Rules
from eucalyptus.wire.signable import Accepts

CONTRACT = dataclasses.replace(EC2, operations=(zones.DESCRIBE_REGIONS, keys.CREATE_KEY_PAIR))
ADMIN = Principal(
    account_id="123456789012",
    account_name="acme",
    canonical_id="c" * 64,
    user_id="AIDADMIN",
    user_name="admin",
    is_account_admin=True,
)
USER = dataclasses.replace(ADMIN, user_name="bob", is_account_admin=False)


class _Principals:
    """Two users, and one certificate."""

    def __init__(self, pem: bytes) -> None:
        self.pem = pem
        self.keys = {
            "AKIADMIN": AccessKey(key_id="AKIADMIN", secret="s3cret", principal=ADMIN),
            "AKIBOB": AccessKey(key_id="AKIBOB", secret="b0b", principal=USER),
        }

    async def by_access_key(self, key_id: str) -> AccessKey | None:
        return self.keys.get(key_id)

    async def by_certificate(self, fingerprint: str) -> Certificate | None:
        if fingerprint != certificates.fingerprint(self.pem):
            return None
        return Certificate(fingerprint=fingerprint, pem=self.pem, principal=ADMIN)


class _Recorded:
    """Recorded answers in memory."""

    def __init__(self) -> None:
        self.answers: dict[bytes, bytes] = {}

    async def begin(self, key: bytes, expires: float, now: float) -> bytes | None:
        return self.answers.get(key)

    async def finish(self, key: bytes, answer: bytes) -> None:
        self.answers[key] = answer

    async def forget(self, key: bytes) -> None:
        self.answers.pop(key, None)


class _Cloud:
    """The endpoint on loopback, the credentials of its users, and what was asked of it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.made: list[str] = []
        self.pause = 0.0
        for name in ("user", "stranger"):
            key = certificates.make_key()
            pem = certificates.self_issue(key, certificates.subject(name, "User"), time.time())
            (directory / f"{name}-cert.pem").write_bytes(pem)
            (directory / f"{name}-pk.pem").write_bytes(certificates.key_pem(key))
        principals = _Principals((directory / "user-cert.pem").read_bytes())
        door = PublicDoor(
            soap=SoapDoor(
                signers=Users(principals),
                rules=Rules.front_door,
                replay=MemoryReplayStore(),
                clock=time.time,
                new_id=lambda: str(uuid.uuid4()),
            ),
            query=QueryDoor(
                principals=principals,
                recorded=_Recorded(),
                clock=time.time,
                accepts=Accepts(service="ec2", bare_path=True),
            ),
        )
        bodies = {"DescribeRegions": self.describe_regions, "CreateKeyPair": self.create_key_pair}
        mounts = [Mount(path="/services/compute", resource=Endpoint(CONTRACT, bodies, door))]
        made = site(mounts, HttpLimits(), lambda: str(uuid.uuid4()))
        self.port: Any = reactor.listenTCP(0, made, interface="127.0.0.1")  # type: ignore[attr-defined]
        self.url = f"http://127.0.0.1:{self.port.getHost().port}/services/compute"

    async def describe_regions(self, call: Call, ask: Any) -> zones.DescribeRegionsResponse:
        region = zones.RegionItem(region_name="eucalyptus", region_endpoint=self.url)
        return zones.DescribeRegionsResponse(region_info=(region,))

    async def create_key_pair(self, call: Call, ask: Any) -> keys.CreateKeyPairResponse:
        if ask.key_name == "taken":
            raise DUPLICATE_KEY(name="taken")
        if self.pause:
            await deferLater(reactor, self.pause)  # type: ignore[arg-type]
        self.made.append(ask.key_name)
        return keys.CreateKeyPairResponse(
            key_name=ask.key_name, key_fingerprint="00:11", key_material="-----"
        )


@pytest.fixture(scope="module", name="directory")
def _directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cloud")


@pytest.fixture(name="cloud")
def _cloud(directory: Path, spin: Any) -> Iterator[_Cloud]:
    cloud = _Cloud(directory)
    yield cloud
    spin(maybeDeferred(cloud.port.stopListening))


class _Signed(BinarySignature):  # type: ignore[misc]
    """zeep's own signer, told to send a Timestamp and to take unsigned replies."""

    def apply(self, envelope: Any, headers: Any) -> Any:
        now = datetime.now(UTC)
        stamp = WSU.Timestamp(
            WSU.Created(f"{now:%Y-%m-%dT%H:%M:%SZ}"),
            WSU.Expires(f"{now + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"),
        )
        get_security_header(envelope).append(stamp)
        return super().apply(envelope, headers)

    def verify(self, envelope: Any) -> Any:
        return envelope


def _zeep(cloud: _Cloud, name: str = "user") -> Any:
    files = [str(cloud.directory / f"{name}-{part}.pem") for part in ("pk", "cert")]
    return zeep.Client(cloud.url + "?wsdl", wsse=_Signed(*files))


PATIENT = Config(retries={"total_max_attempts": 1})


def _boto(
    cloud: _Cloud, key: str = "AKIADMIN", secret: str = "s3cret", config: Config = PATIENT
) -> Any:
    return boto3.client(
        "ec2",
        endpoint_url=cloud.url,
        region_name="eucalyptus",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=config,
    )


@pytest.fixture(name="away")
def _away(spin: Any) -> Callable[..., Any]:
    """Run a blocking client in a thread while the reactor serves it."""
    return lambda work, *args: spin(deferToThread(work, *args))


def test_zeep_speaks_soap_by_our_own_wsdl(cloud: _Cloud, away: Any) -> None:
    """A client that knows nothing but the WSDL and its key."""

    def talk() -> Any:
        client = _zeep(cloud)
        made = client.service.CreateKeyPair(keyName="mine")
        return client.service.DescribeRegions(regionSet={}), made

    regions, made = away(talk)
    assert regions.regionInfo.item[0].regionName == "eucalyptus"
    assert (made.keyName, made.keyMaterial) == ("mine", "-----") and len(made.requestId) == 36
    assert cloud.made == ["mine"]


def test_zeep_with_a_strangers_key_gets_a_fault(cloud: _Cloud, away: Any) -> None:
    """The fault is SOAP, its code is Amazon's, and nothing was done."""
    with pytest.raises(zeep.exceptions.Fault, match="not registered") as caught:
        away(lambda: _zeep(cloud, "stranger").service.CreateKeyPair(keyName="x"))
    assert caught.value.code == "Client.AuthFailure"
    assert cloud.made == []


def test_a_refusal_reaches_zeep_with_its_code(cloud: _Cloud, away: Any) -> None:
    """What a body refuses is a fault with the documented code and a request id."""
    with pytest.raises(zeep.exceptions.Fault, match="'taken' already exists") as caught:
        away(lambda: _zeep(cloud).service.CreateKeyPair(keyName="taken"))
    assert caught.value.code == "Client.InvalidKeyPair.Duplicate"


def test_boto3_speaks_query(cloud: _Cloud, away: Any) -> None:
    """Today's client on the same endpoint."""
    regions = away(lambda: _boto(cloud).describe_regions())["Regions"]
    assert [region["RegionName"] for region in regions] == ["eucalyptus"]
    assert away(lambda: _boto(cloud).create_key_pair(KeyName="k"))["KeyFingerprint"] == "00:11"


@pytest.mark.parametrize(
    ("key", "secret", "code"),
    [
        ("AKIADMIN", "wrong", "AuthFailure"),
        ("AKINOBODY", "wrong", "AuthFailure"),
        ("AKIBOB", "b0b", "UnauthorizedOperation"),
    ],
)
def test_boto3_hears_why_it_is_not_let_in(
    cloud: _Cloud, away: Any, key: str, secret: str, code: str
) -> None:
    """A wrong secret, an unknown key, and a user whom no policy allows anything."""
    with pytest.raises(ClientError) as caught:
        away(lambda: _boto(cloud, key, secret).create_key_pair(KeyName="x"))
    assert caught.value.response["Error"]["Code"] == code
    assert cloud.made == []


def test_boto3_hears_documented_codes(cloud: _Cloud, away: Any) -> None:
    """A refusal, an operation of a later day, and one that never was."""
    for work, code in (
        (lambda: _boto(cloud).create_key_pair(KeyName="taken"), "InvalidKeyPair.Duplicate"),
        (lambda: _boto(cloud).describe_volumes(), "UnsupportedOperation"),
        (lambda: _boto(cloud).describe_carrier_gateways(), "InvalidAction"),
        (lambda: _boto(cloud).create_key_pair(KeyName="k", KeyType="rsa"), "UnknownParameter"),
    ):
        with pytest.raises(ClientError) as caught:
            away(work)
        assert caught.value.response["Error"]["Code"] == code
        assert len(caught.value.response["ResponseMetadata"]["RequestId"]) == 36


def test_a_repeated_mutation_gets_the_recorded_answer(cloud: _Cloud, away: Any) -> None:
    """The very same signed bytes twice: one key pair, one answer."""
    import requests

    sent: list[Any] = []

    def talk() -> tuple[bytes, bytes]:
        client = _boto(cloud)
        client.meta.events.register("before-send.ec2.*", lambda request, **_: sent.append(request))
        client.create_key_pair(KeyName="once")
        first, second = (
            requests.post(sent[0].url, data=sent[0].body, headers=dict(sent[0].headers))
            for _ in range(2)
        )
        return first.content, second.content

    first, second = away(talk)
    assert first == second and b"<keyName>once</keyName>" in first
    assert cloud.made == ["once"]


def test_a_caller_that_goes_away_does_not_stop_the_work(
    cloud: _Cloud, away: Any, turn: Any
) -> None:
    """What was asked is done whole, though nobody waits for the answer any more."""
    cloud.pause = 0.5
    hasty = Config(retries={"total_max_attempts": 1}, read_timeout=0.1)
    with pytest.raises(ReadTimeoutError):
        away(lambda: _boto(cloud, config=hasty).create_key_pair(KeyName="late"))
    assert cloud.made == []
    turn(lambda: cloud.made == ["late"], 5)
