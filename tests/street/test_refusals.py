# SPDX-License-Identifier: BSD-2-Clause
"""Every refusal there is, provoked from outside: its code, a whole sentence, its facts in place."""

from __future__ import annotations

import base64
import dataclasses
import html
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from lxml import etree
from twisted.internet import reactor

from cloudcontroller.compute.operations.bodies import bodies
from eucalyptus.access.budget import MemoryLedger
from eucalyptus.access.call import Call
from eucalyptus.contracts import refusals
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.refusals import Refusal
from eucalyptus.database.run import Database
from eucalyptus.services import COMPUTE, EUARE, PROPERTIES, TOKENS
from eucalyptus.web.arrivals import Reply
from eucalyptus.web.budgets import Budgets
from eucalyptus.web.endpoint import Endpoint
from tests.cloudcontroller.compute.street import NETWORK
from tests.fixtures.reactor import spin
from tests.street.estate import RULE, Estate, certificate
from tests.street.test_bad_soap import REGIONS, User, message
from tests.street.town import Key, Town, signed
from tests.streets import ROOT
from tests.web.test_budgets import Said

TABLE: Mapping[str, Refusal] = {
    name: value for name, value in vars(refusals).items() if isinstance(value, Refusal)
}
ELSEWHERE = {
    "DECLINED": ("tests/clustercontroller/neighbours.py", "DECLINED"),
}
"""What no caller from outside can bring about here -> the test that does, and its word for it."""


class Scene:
    """Alice's estate and the means to ask for anything wrongly."""

    def __init__(self, town: Town) -> None:
        self.town, self.estate, self.user = town, Estate(town), User(town)
        self.alice = self.estate.alice
        self.image = self.estate.ids["image"]

    def ec2(self, action: str, key: Key | None = None, **asks: str) -> Reply:
        """A Query request to EC2, alice's unless ``key`` says otherwise."""
        return self.ask(COMPUTE.path, action, key, **asks)

    def run(self, **asks: str) -> Reply:
        """RunInstances of one instance of alice's image, with something wrong."""
        good = {"ImageId": self.image, "MinCount": "1", "MaxCount": "1"}
        return self.ec2("RunInstances", **{**good, **asks})

    def register(self, name: str, document: str) -> Reply:
        """RegisterImage."""
        location = f"images/{document}.manifest.xml"
        return self.ec2("RegisterImage", ImageLocation=location, Name=name)

    def iam(self, action: str, key: Key | None = None, **asks: str) -> Reply:
        """A Query request to Euare."""
        return self.ask(EUARE.path, action, key, **asks)

    def ask(self, path: str, action: str, key: Key | None, **asks: str) -> Reply:
        """A Query request."""
        version = {"Version": "2016-11-15"} if path == COMPUTE.path else {}
        return self.town.ask(path, key or self.alice, {"Action": action, **version, **asks})

    def raw(self, **changes: Any) -> Reply:
        """A good request of alice's, changed after it was signed."""
        body = urlencode({"Action": "DescribeRegions", "Version": "2016-11-15"}).encode()
        arrived = signed(COMPUTE.path, self.alice, body)
        return self.answer(dataclasses.replace(arrived, **changes))

    def old(self) -> Reply:
        """A request of an hour ago."""
        body = urlencode({"Action": "DescribeRegions", "Version": "2016-11-15"}).encode()
        return self.answer(signed(COMPUTE.path, self.alice, body, lambda: time.time() - 3600))

    def answer(self, arrived: Any) -> Reply:
        """What the worker says."""
        reply: Reply = spin(self.town.worker.answer(arrived))
        return reply

    def insisting(self) -> Reply:
        """A SOAP message with a header that nobody understands."""
        root = etree.fromstring(self.user.sign(REGIONS))
        header = etree.SubElement(root[0], "{urn:x}Insist")
        header.set("{http://schemas.xmlsoap.org/soap/envelope/}mustUnderstand", "1")
        return self.user.send(etree.tostring(root))

    def otherwise(self, body: Any, **door: Any) -> Reply:
        """DescribeRegions at a worker whose body or door is another."""
        world = self.town.street.world
        made = self.town.worker.front.door("ec2")
        made = dataclasses.replace(made, query=dataclasses.replace(made.query, **door))
        endpoint = Endpoint(EC2, {**bodies(world), **body}, made)
        asks = urlencode({"Action": "DescribeRegions", "Version": "2016-11-15"}).encode()
        reply: Reply = spin(endpoint.respond(signed(COMPUTE.path, self.alice, asks)))
        return reply

    def broken(self) -> Reply:
        """A body with a bug."""

        async def broken(call: Call, ask: Any) -> Any:
            raise KeyError("a bug")

        return self.otherwise({"DescribeRegions": broken})

    def full(self) -> Reply:
        """A database for which too many wait."""
        database = Database("postgresql+psycopg2:///nowhere", reactor=reactor, queue=0)

        async def waits(call: Call, ask: Any) -> Any:
            return await database.read(lambda tx: None)

        try:
            return self.otherwise({"DescribeRegions": waits})
        finally:
            spin(database.close())

    def spent(self) -> Reply:
        """An account without budget."""
        said = Said(account_requests_per_sec="1", account_request_burst="1")
        budgets = Budgets(MemoryLedger(lambda: 0.0), said)
        self.otherwise({}, budgets=budgets)
        return self.otherwise({}, budgets=budgets)

    def limited(self) -> Reply:
        """An account that has as many instances as it may."""
        self.town.street.set("cloud.vmstate.max_instances_per_account", "1")
        try:
            return self.run()
        finally:
            self.town.street.set("cloud.vmstate.max_instances_per_account", "-1")

    def crowded(self) -> Reply:
        """A zone that has given away its one address."""
        network = "cloud.network.network_configuration"
        self.town.street.set(network, NETWORK.replace("172.31.0.200", "172.31.0.10"))
        try:
            return self.run()
        finally:
            self.town.street.set(network, NETWORK)

    def second(self, *asks: Callable[[], Reply]) -> Reply:
        """The answer to the last of several requests."""
        for ask in asks[:-1]:
            reply = ask()
            assert reply.status == 200, reply.body
        return asks[-1]()

    def in_use(self) -> Reply:
        """The end of a group that an instance has."""
        return self.second(
            lambda: self.run(**{"SecurityGroupId.1": self.estate.ids["group"]}),
            lambda: self.ec2("DeleteSecurityGroup", GroupId=self.estate.ids["group"]),
        )

    def ended(self) -> Reply:
        """A reboot of what was just ended."""
        one = {"InstanceId.1": self.estate.ids["instance"]}
        return self.second(
            lambda: self.ec2("TerminateInstances", **one),
            lambda: self.ec2("RebootInstances", **one),
        )

    def gone(self) -> Reply:
        """The launch of an image that was deregistered while instances of it live."""
        return self.second(
            lambda: self.run(ClientToken="lives"),
            lambda: self.ec2("DeregisterImage", ImageId=self.image),
            lambda: self.run(ClientToken="late"),
        )  # fmt: skip

    def rule(self, action: str, **changes: str) -> Reply:
        """A change of the group's rules."""
        said = {**RULE, **changes}
        return self.ec2(action, **{key: text.format(**self.estate.ids) for key, text in
                                   said.items()})  # fmt: skip


def old_namespace(scene: Scene) -> Reply:
    """SOAP in a version that never was."""
    body = '<DescribeRegions xmlns="http://ec2.amazonaws.com/doc/1999-01-01/"></DescribeRegions>'
    return scene.user.send(scene.user.sign(body))


Provoke = Callable[[Scene], Reply]
CERTIFICATE = certificate()

PROVOKED: Mapping[str, Provoke] = {
    "AUTH_FAILURE": lambda s: s.ec2("DescribeRegions", Key(s.alice.id, "wrong")),
    "REQUEST_EXPIRED": lambda s: s.old(),
    "UNAUTHORIZED": lambda s: s.ec2("DescribeRegions", s.estate.carol),
    "MISSING_CREDENTIALS": lambda s: s.answer(signed(COMPUTE.path, None, b"Action=x")),
    "UNKNOWN_OPERATION": lambda s: s.ec2("Nonsense"),
    "UNSUPPORTED_OPERATION": lambda s: s.ec2(min(EC2.later)),
    "UNSUPPORTED_VERSION": old_namespace,
    "UNKNOWN_PARAMETER": lambda s: s.ec2("DescribeRegions", Nonsense="1"),
    "MISSING_PARAMETER": lambda s: s.ec2("CreateKeyPair"),
    "INVALID_PARAMETER": lambda s: s.run(MinCount="many"),
    "INVALID_COMBINATION": lambda s: s.run(SubnetId="subnet-1"),
    "MALFORMED": lambda s: s.raw(body=b"Action=a&Action=b"),
    "MUST_UNDERSTAND": lambda s: s.insisting(),
    "TOO_BIG": lambda s: s.ec2("CreateKeyPair", KeyName="x" * 300_000),
    "WRONG_METHOD": lambda s: s.raw(method="PUT"),
    "UNSUPPORTED_MEDIA": lambda s: s.answer(
        message(COMPUTE.path, b"<a/>", "application/soap+xml")
    ),
    "INTERNAL": lambda s: s.broken(),
    "UNAVAILABLE": lambda s: s.full(),
    "LIMIT_EXCEEDED": lambda s: s.spent(),
    "NO_SUCH_INSTANCE": lambda s: s.ec2("DescribeInstances", **{"InstanceId.1": "i-00000000"}),
    "MALFORMED_INSTANCE_ID": lambda s: s.ec2("DescribeInstances", **{"InstanceId.1": "x"}),
    "NO_CAPACITY": lambda s: s.run(InstanceType="cr1.8xlarge", MinCount="900", MaxCount="900"),
    "NO_ADDRESSES": lambda s: s.crowded(),
    "TOO_MANY_INSTANCES": lambda s: s.limited(),
    "NO_SUCH_TYPE": lambda s: s.run(InstanceType="m9.absurd"),
    "NO_SUCH_ZONE": lambda s: s.run(**{"Placement.AvailabilityZone": "nowhere"}),
    "DRY_RUN": lambda s: s.run(DryRun="true"),
    "TOKEN_REUSED": lambda s: s.second(
        lambda: s.run(ClientToken="t"), lambda: s.run(ClientToken="t", MaxCount="2")
    ),
    "TOO_MANY_TAGS": lambda s: s.run(
        Version="2016-11-15",
        **{"TagSpecification.1.ResourceType": "instance"},
        **{
            f"TagSpecification.1.Tag.{n}.{part}": f"{part}{n}"
            for n in range(99)
            for part in ("Key", "Value")
        },
    ),
    "NO_SUCH_ADDRESS": lambda s: s.ec2("DescribeAddresses", **{"PublicIp.1": "198.51.100.7"}),
    "NO_SUCH_ALLOCATION": lambda s: s.ec2(
        "DescribeAddresses", **{"AllocationId.1": "eipalloc-00000000"}
    ),
    "DISK_TOO_SMALL": lambda s: s.run(ImageId=image_of(s.register("huge", "huge"))),
    "USER_DATA_TOO_BIG": lambda s: s.run(UserData=base64.b64encode(b"x" * 17_000).decode()),
    "NO_SUCH_IMAGE": lambda s: s.run(ImageId="emi-00000000"),
    "MALFORMED_IMAGE_ID": lambda s: s.run(ImageId="x"),
    "DUPLICATE_IMAGE_NAME": lambda s: s.register("disk", "disk"),
    "INVALID_LAUNCHER": lambda s: s.ec2(
        "ModifyImageAttribute", ImageId=s.image, **{"LaunchPermission.Add.1.UserId": "somebody"}
    ),
    "INVALID_MANIFEST": lambda s: s.register("broken", "broken"),
    "NO_SUCH_KEY": lambda s: s.run(KeyName="nobody's"),
    "DUPLICATE_KEY": lambda s: s.ec2("CreateKeyPair", KeyName="mine"),
    "INVALID_KEY_FORMAT": lambda s: s.ec2(
        "ImportKeyPair", KeyName="k", PublicKeyMaterial=base64.b64encode(b"x").decode()
    ),
    "NO_SUCH_GROUP": lambda s: s.run(**{"SecurityGroup.1": "nobody's"}),
    "DUPLICATE_GROUP": lambda s: s.ec2(
        "CreateSecurityGroup", GroupName="web", GroupDescription="d"
    ),
    "RESERVED_GROUP": lambda s: s.ec2(
        "CreateSecurityGroup", GroupName="default", GroupDescription="d"
    ),
    "MALFORMED_PERMISSION": lambda s: s.rule("AuthorizeSecurityGroupIngress", IpProtocol="x"),
    "NO_SUCH_PERMISSION": lambda s: s.rule("RevokeSecurityGroupIngress"),
    "DUPLICATE_PERMISSION": lambda s: s.second(
        lambda: s.rule("AuthorizeSecurityGroupIngress"),
        lambda: s.rule("AuthorizeSecurityGroupIngress", Version="2015-10-01"),
    ),
    "GROUP_IN_USE": lambda s: s.in_use(),
    "WRONG_STATE": lambda s: s.ended(),
    "IMAGE_UNAVAILABLE": lambda s: s.gone(),
    "NO_SUCH_REGION": lambda s: s.ec2("DescribeRegions", **{"RegionName.1": "nowhere"}),
    "NO_SUCH_ENTITY": lambda s: s.iam("GetUser", UserName="nobody"),
    "ENTITY_EXISTS": lambda s: s.iam("CreateUser", UserName="carol"),
    "DELETE_CONFLICT": lambda s: s.iam("DeleteUser", UserName="carol"),
    "IDENTITY_LIMIT": lambda s: s.second(
        lambda: s.iam("CreateAccessKey", UserName="carol"),
        lambda: s.iam("CreateAccessKey", UserName="carol", Comment="again"),
    ),
    "DUPLICATE_CERTIFICATE": lambda s: s.second(
        lambda: s.iam("UploadSigningCertificate", CertificateBody=CERTIFICATE),
        lambda: s.iam("UploadSigningCertificate", CertificateBody=CERTIFICATE, UserName="carol"),
    ),
    "MALFORMED_CERTIFICATE": lambda s: s.iam("UploadSigningCertificate", CertificateBody="x"),
    "ACCESS_DENIED": lambda s: s.iam("ListAccounts"),
    "INVALID_VALUE": lambda s: s.iam("CreateUser", UserName="a b"),
    "NOT_ENCODED": lambda s: s.ask(
        TOKENS.path, "DecodeAuthorizationMessage", None, EncodedMessage="x"
    ),
    "NO_SUCH_PROPERTY": lambda s: s.ask(
        PROPERTIES.path, "ModifyPropertyValue", s.estate.cloud, Name="x", Value="y"
    ),
    "INVALID_PROPERTY": lambda s: s.ask(
        PROPERTIES.path, "ModifyPropertyValue", s.estate.cloud, Name="soap.allow_sha1", Value="y"
    ),
}  # fmt: skip
"""Refusal -> how to bring it about, in an order in which all of it can be done."""


def image_of(reply: Reply) -> str:
    """The image that was registered."""
    found = re.search("<imageId>([^<]+)<", reply.body.decode())
    assert found is not None, reply.body
    return found[1]


def said(reply: Reply) -> tuple[str, str]:
    """Code and sentence of a refusal in either dialect, without sealed reasons."""
    text = reply.body.decode()
    code = re.search("<(?:Code|faultcode)>(?:Client\\.|Server\\.)?([^<]+)<", text)
    sentence = re.search("<(?:Message|faultstring)>([^<]+)<", text)
    assert code is not None and sentence is not None, text
    whole = html.unescape(sentence[1])
    return code[1], whole.partition(" Encoded authorization failure message: ")[0]


def complaint(refusal: Refusal, reply: Reply) -> str:
    """What is wrong with what was said; "" for nothing."""
    if reply.status == 200:
        return "was answered"
    code, sentence = said(reply)
    if code != refusal.code:
        return f"said {code} ({sentence}) instead of {refusal.code}"
    pattern = re.escape(refusal.says)
    for fact in refusal.facts:
        pattern = pattern.replace(re.escape(f"{{{fact}}}"), f"(?P<{fact}>.+?)", 1)
        pattern = pattern.replace(re.escape(f"{{{fact}}}"), f"(?P={fact})")
    match = re.fullmatch(pattern, sentence, re.DOTALL)
    if match is None:
        return f"said {sentence!r}, not {refusal.says!r}"
    empty = [name for name, fact in match.groupdict().items() if fact in ("None", "()", "[]")]
    if empty or not sentence.endswith(".") or "  " in sentence or ".." in sentence:
        return f"{sentence!r} is no whole sentence {empty}"
    return ""


def test_every_refusal_has_its_way_to_be_provoked() -> None:
    """The table is complete: a new refusal needs a row here."""
    assert PROVOKED.keys() | ELSEWHERE.keys() == TABLE.keys()
    for name, (path, word) in ELSEWHERE.items():
        assert word in Path(ROOT, path).read_text(), name


@pytest.mark.parametrize("name", TABLE)
def test_a_sentence_says_what_to_do_or_lets_the_fact_say_it(name: str) -> None:
    """A sentence that is whole by itself ends with a full stop, and so do whole facts."""
    says = TABLE[name].says
    assert says.endswith((".", "{reason}", "{advice}")), says


def test_every_refusal_explains_itself(town: Town) -> None:
    """Each is brought about; the code is right, the sentence whole, no fact is missing."""
    scene = Scene(town)
    found = {name: complaint(TABLE[name], provoke(scene)) for name, provoke in PROVOKED.items()}
    assert not any(found.values()), "\n".join(f"{n}: {what}" for n, what in found.items() if what)


def test_no_room_and_no_zone_are_answered_with_numbers_and_names(town: Town) -> None:
    """What a caller needs to ask for something that can be had."""
    scene = Scene(town)
    _, sentence = said(scene.run(MinCount="900", MaxCount="900", InstanceType="cr1.8xlarge"))
    assert re.search(r"Zone one has room for \d+ more cr1\.8xlarge, 900 were asked for", sentence)
    _, sentence = said(scene.run(**{"Placement.AvailabilityZone": "nowhere"}))
    assert "'nowhere'" in sentence and "one" in sentence
    _, sentence = said(scene.ec2("DescribeInstances", **{"Filter.1.Name": "colour"}))
    assert "colour" in sentence and "image-id" in sentence
    _, sentence = said(scene.ec2("DescribeRegions", Nonsense="1", **{"Colour.1": "2"}))
    assert "Nonsense" in sentence and "Colour.1" in sentence
