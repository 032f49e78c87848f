# SPDX-License-Identifier: BSD-2-Clause
"""Rightly signed Query requests that ask for what makes no sense, or for what is not theirs."""

from __future__ import annotations

import base64
import gzip
import re
import time
from collections.abc import Mapping
from statistics import median
from xml.etree import ElementTree

import pytest

from eucalyptus.services import COMPUTE, EUARE
from tests.oracle import attack
from tests.street.estate import OK, OPERATIONS, ROWS, Estate, code
from tests.street.town import Key

Said = Mapping[str, str]


def refused(estate: Estate, name: str, said: Said, codes: set[str], key: Key | None = None) -> str:
    """Ask something that must be refused with one of ``codes``; gives the answer's text."""
    who = key or estate.alice
    with attack(estate.town.rows, [who.secret]) as watched:
        reply = estate.ask(name, who, said)
        watched.answers.append(reply.body)
    assert code(reply) in codes, (said, reply.body)
    return reply.body.decode()


ACTIONS = [
    "ncRunInstance", "RunInstancesType", "__class__", "__init__", "_private", "../DescribeRegions",
    "DescribeRegions\0", "describeregions", "DescribeRegions ", "CreateAccount", "x" * 10_000,
    "DescribeRegionsResponse", "{http://x}DescribeRegions", "ModifyPropertyValue",
]  # fmt: skip


def test_q25_an_action_is_one_of_the_services_own(estate: Estate) -> None:
    """By its exact name; what components say to each other is nothing a user can say (ESA-06)."""
    for action in ACTIONS:
        refused(estate, "DescribeRegions", {"Action": action}, {"InvalidAction"})
    refused(estate, "DescribeRegions", {"Action": ""}, {"MissingParameter"})
    assert code(estate.ask("DescribeRegions", estate.alice, {})) == OK


IDENTITIES = {
    "userId": "{carol}", "effectiveUserId": "eucalyptus", "EffectiveUserId": "eucalyptus",
    "accountId": "{other}", "AccountId": "{other}", "OwnerId": "{other}", "ownerId": "{other}",
    "correlationId": "x", "_disabledServices": "x", "instance.state": "running", "Owner": "{other}",
    "Principal.is_account_admin": "true", "call.principal": "admin",
}  # fmt: skip


@pytest.mark.parametrize("name", [pytest.param(name, id=f"Q-26 CVE-2012-4064 {name}")
                                  for name in IDENTITIES])  # fmt: skip
def test_nothing_is_assigned_that_is_not_declared(estate: Estate, name: str) -> None:
    """Refused by EC2; IAM ignores what it does not know, and the caller stays who it is."""
    value = IDENTITIES[name].format(carol=estate.carol.user_id, other=estate.alice.account)
    said = {"GroupName": "g", "GroupDescription": "d", name: value}
    refused(estate, "CreateSecurityGroup", said, {"UnknownParameter"}, estate.bob)
    before = estate.town.rows(unless=["erin", estate.bob.account])
    assert code(estate.ask("CreateUser", estate.bob, {"UserName": "erin", name: value})) == OK
    assert estate.town.rows(unless=["erin", estate.bob.account]) == before


INDICES = [
    "-1", "10000000000", "01", "1.1", "x", "1x", " 1", "+1", "1e3", "\u0661", "1..1", "", ".1",
    ".".join("1" * 50),
]  # fmt: skip


def test_q27_an_index_is_a_number(estate: Estate) -> None:
    """And only so many of them, so deep."""
    strange = {"UnknownParameter", "RequestTooLarge"}
    for index in INDICES:
        refused(estate, "TerminateInstances", {f"InstanceId.{index}": "i-12345678"},
                strange | {"MissingParameter"})  # fmt: skip
    many = {f"InstanceId.{number}": "i-12345678" for number in range(3000)}
    refused(estate, "DescribeInstances", many, {"RequestTooLarge"})
    for gaps in ({"RegionName.0": "eucalyptus", "RegionName.9999999": "eucalyptus"},
                 {"RegionName": "eucalyptus"}):  # fmt: skip
        assert code(estate.ask("DescribeRegions", estate.alice, gaps)) == OK


IDS = [
    "", "i-", "i-zzzz", "i-../../etc", "i-1' OR 1=1--", "i-1;reboot", "$(id)", "i-" + "1" * 10_000,
    "\u202ei-12345678", "I-12345678", " i-12345678", "i-12345678\n", "emi-12345678", "*", "%",
    "i-123456789", "i-1234567", "null",
]  # fmt: skip
NAMED: dict[str, tuple[str, str]] = {
    "TerminateInstances": ("InstanceId.1", "instance"),
    "RebootInstances": ("InstanceId.1", "instance"),
    "DescribeInstances": ("InstanceId.1", "instance"),
    "GetConsoleOutput": ("InstanceId", "instance"),
    "DeregisterImage": ("ImageId", "image"),
    "DescribeImages": ("ImageId.1", "image"),
    "DeleteSecurityGroup": ("GroupId", "group"),
    "DescribeSecurityGroups": ("GroupId.1", "group"),
}


@pytest.mark.parametrize("name", [pytest.param(name, id=f"Q-28 {name}") for name in NAMED])
def test_an_id_that_is_none(estate: Estate, name: str) -> None:
    """Malformed or not found; another account's id and one that never was are not told apart."""
    parameter, kind = NAMED[name]
    for text in IDS:
        said = refused(estate, name, {parameter: text}, CODES[kind])
        assert "\u202e" not in said or text in said
    refused(estate, name, {parameter: "i-1\0"}, CODES[kind])
    theirs = estate.ids[kind]
    nobodys = theirs[:-8] + ("deadbeef" if not theirs.endswith("deadbeef") else "feedbeef")
    foreign = refused(estate, name, {parameter: theirs}, CODES[kind], estate.bob)
    unknown = refused(estate, name, {parameter: nobodys}, CODES[kind], estate.bob)
    assert _bare(foreign).replace(theirs, "") == _bare(unknown).replace(nobodys, "")
    assert code(estate.ask(name, estate.alice, {parameter: theirs})) == OK


def _bare(answer: str) -> str:
    return re.sub("<RequestID>.*</RequestID>", "", answer)


INVALID = {"InvalidParameterValue", "MissingParameter", "InvalidParameterCombination"}
CODES = {
    "instance": {"InvalidInstanceID.Malformed", "InvalidInstanceID.NotFound"} | INVALID,
    "image": {"InvalidAMIID.Malformed", "InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"}
    | INVALID,
    "group": {"InvalidGroupId.Malformed", "InvalidGroup.NotFound"} | INVALID,
}


def run(estate: Estate, **more: str) -> dict[str, str]:
    """RunInstances of the estate's image."""
    return {"ImageId": estate.ids["image"], "MinCount": "1", "MaxCount": "1", **more}


def encoded(text: bytes) -> str:
    """Base64."""
    return base64.b64encode(text).decode()


def test_q29_user_data_is_base64_of_so_many_bytes(estate: Estate) -> None:
    """A bomb is kept as it is and unpacked by nobody."""
    for wrong in ("!", "YWJ", "YW Jj*", "\u0661", encoded(b"x" * 16_385), encoded(b"x" * 100_000)):
        refused(estate, "RunInstances", run(estate, UserData=wrong), BAD_DATA)
    bomb = gzip.compress(b"\0" * 10_000_000)
    for good in (b"", bytes(range(256)), b"x" * 16_384, bomb):
        said = run(estate, UserData=encoded(good))
        assert code(estate.ask("RunInstances", estate.alice, said)) == OK


BAD_DATA = {"InvalidUserData.Malformed", "InvalidUserData.TooLarge", "RequestTooLarge"} | INVALID
COUNTS = [("0", "1"), ("-1", "1"), ("1", "0"), ("2", "1"), ("1", "1000000000"), ("1", "2147483648"),
          ("9223372036854775808", "9223372036854775808"), ("1", "9" * 5000), ("1e0", "1"),
          ("1.0", "1"),  ("\u0661", "1"), ("0x1", "1"),  ("NaN", "1"),
          ("1_0", "1_0"), ("one", "1")]  # fmt: skip


def test_q30_counts_are_small_whole_numbers(estate: Estate) -> None:
    """None of them starts anything or uses up anything."""
    for least, most in COUNTS:
        said = run(estate, MinCount=least, MaxCount=most)
        with attack(estate.town.rows, [estate.alice.secret]) as watched:
            reply = estate.ask("RunInstances", estate.alice, said)
            watched.answers.append(reply.body)
        assert code(reply) in INVALID | {"InstanceLimitExceeded", "InsufficientInstanceCapacity"}
    assert code(estate.ask("RunInstances", estate.alice, run(estate))) == OK


def test_q31_a_client_token_means_one_request(estate: Estate) -> None:
    """The same again, another one under the same token, the same token in another account."""
    said = run(estate, ClientToken="once")
    first, second = (estate.ask("RunInstances", estate.alice, said) for _ in range(2))
    told = [re.findall("<instanceId>([^<]+)", reply.body.decode()) for reply in (first, second)]
    assert told[0] == told[1] and len(told[0]) == 1
    refused(estate, "RunInstances", {**said, "MaxCount": "2"}, {"IdempotentParameterMismatch"})
    image = estate.town.ask(
        COMPUTE.path,
        estate.bob,
        {"Action": "RegisterImage", "ImageLocation": "images/disk.manifest.xml", "Name": "bobs"},
    )
    found = re.search("<imageId>([^<]+)", image.body.decode())
    assert found is not None
    others = estate.ask("RunInstances", estate.bob, {**said, "ImageId": found[1]})
    assert code(others) == OK and told[0][0] not in others.body.decode()


DRY = [name for name, (path, operation) in OPERATIONS.items()
       if path == COMPUTE.path and operation.mutates]  # fmt: skip


@pytest.mark.parametrize("name", [pytest.param(name, id=f"Q-32 {name}") for name in DRY])
def test_a_rehearsal_changes_nothing(estate: Estate, name: str) -> None:
    """Who may is told so, who may not is told that; either way everything stays as it is."""
    said = {**estate.asks(name), "DryRun": "true"}
    admins = ROWS[name].stranger == "UnauthorizedOperation"
    refused(estate, name, said, {"UnauthorizedOperation" if admins else "DryRunOperation"})
    plain = estate.town.user("alice", "erin")
    refused(estate, name, said, {"UnauthorizedOperation"}, plain)


STARS = ["*a" * 50 + "b", "?" * 255, "\\" * 255, "*" * 255, "a*" * 127, "[a-z]*(", "\\*", "%_%"]


def test_q33_wildcards_cost_nothing(estate: Estate) -> None:
    """Patterns that make other programs think for ever."""
    for filtered in ("DescribeInstances", "DescribeImages", "DescribeRegions"):
        name = "endpoint" if filtered == "DescribeRegions" else "image-id"
        for star in STARS:
            started = time.process_time()
            said = {"Filter.1.Name": name, "Filter.1.Value.1": star}
            assert code(estate.ask(filtered, estate.alice, said)) in {OK, *INVALID}
            assert time.process_time() - started < 1


TEXTS = ["<b>&amp;</b>", "]]>", "a&b", "\U0001f4a9", "\"'", "<!-- -->", "&lt;", "{0} %s", "a\tb"]


@pytest.mark.parametrize("text", [pytest.param(text, id=f"Q-34 {text!r}") for text in TEXTS])
def test_what_users_say_is_data(estate: Estate, text: str) -> None:
    """It comes back as it was said, or is refused; the answer is well-formed."""
    said = {"GroupName": "q34", "GroupDescription": text}
    made = estate.ask("CreateSecurityGroup", estate.alice, said)
    if code(made) != OK:
        assert code(made) in INVALID
        return
    listed = estate.ask("DescribeSecurityGroups", estate.alice, {}).body
    spoken = [element.text for element in ElementTree.fromstring(listed).iter()]
    assert text in spoken


CONTROLS = ["a\0", "a\x1b[31m", "a\r\nSet-Cookie: x", "\ufffe", "a\x0b"]


def test_q34_control_characters_are_refused(estate: Estate) -> None:
    """In every place that would be told to others."""
    for text in CONTROLS:
        said = {"GroupName": "g", "GroupDescription": text}
        refused(estate, "CreateSecurityGroup", said, INVALID)
        refused(estate, "CreateKeyPair", {"KeyName": text}, INVALID)


def test_q23_unknown_keys_take_as_long_as_wrong_secrets(estate: Estate) -> None:
    """INV-1: the medians of 200 tries each differ by less than 5 ms, and nothing else does."""
    wrong = Key(id=estate.alice.id, secret="x" * 40)
    unknown = Key(id="AKI" + "X" * 17, secret="x" * 40)
    took: dict[str, list[float]] = {"wrong": [], "unknown": []}
    said: dict[str, set[str]] = {"wrong": set(), "unknown": set()}
    for _ in range(200):
        for name, key in (("wrong", wrong), ("unknown", unknown)):
            request = estate.town.request(COMPUTE.path, key, {"Action": "DescribeRegions"})
            started = time.process_time()
            reply = estate.town.answer(request)
            took[name].append(time.process_time() - started)
            said[name].add(code(reply))
    assert abs(median(took["wrong"]) - median(took["unknown"])) < 0.005
    assert said["wrong"] == said["unknown"] == {"AuthFailure"}


def test_q35_nobody_may_do_anything(estate: Estate) -> None:
    """Every action of every service, unsigned."""
    for name, (path, _) in OPERATIONS.items():
        with attack(estate.town.rows) as watched:
            reply = estate.ask(name, None, estate.asks(name))
            watched.answers.append(reply.body)
        assert code(reply) == "MissingAuthenticationToken", (path, name)


def test_i34_names_are_names(estate: Estate) -> None:
    """Of users and accounts: no paths, no markup, not too long, not the same in another case."""
    for name in ("a/b", "../b", "<script>", "x" * 65, "", "a b", "a\n", "\u0430dmin", "a\0", "*"):
        refused(estate, "CreateUser", {"UserName": name}, IAM_INVALID)
    for name in ("a/b", "<script>", "", "A B", "x" * 64):
        refused(estate, "CreateAccount", {"AccountName": name}, IAM_INVALID, estate.cloud)
    refused(estate, "CreateUser", {"UserName": "Carol"}, {"EntityAlreadyExists"})
    assert code(estate.ask("CreateUser", estate.alice, {"UserName": "a+b=c,d.e@f-g"})) == OK
    assert estate.town.ask(EUARE.path, estate.alice, {"Action": "ListUsers"}).status == 200


IAM_INVALID = {"ValidationError", "InvalidParameterValue", "MissingParameter", "InvalidName"}


def test_i41_a_quota_is_a_small_whole_number(estate: Estate) -> None:
    """Negative, endless and other ones are refused; the one that was stays in force."""
    name = {"Name": "cloud.vmstate.max_instances_per_account"}
    assert code(estate.ask("ModifyPropertyValue", estate.cloud, {**name, "Value": "1"})) == OK
    for wrong in ("-2", "1e9", "9" * 40, "NaN", "0x1", "1.5", "many", "\u0661"):
        said = {**name, "Value": wrong}
        refused(estate, "ModifyPropertyValue", said, IAM_INVALID, estate.cloud)
    refused(estate, "RunInstances", run(estate), {"InstanceLimitExceeded"})
