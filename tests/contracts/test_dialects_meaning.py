# SPDX-License-Identifier: BSD-2-Clause
"""What old dialects say means what the same words mean today; what they cannot say is refused."""

from __future__ import annotations

from typing import Any

import pytest

from eucalyptus.contracts.declare import message_type, parts
from eucalyptus.contracts.dialects import soap_parts
from eucalyptus.contracts.ec2 import groups, images, instances, reservations
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.refusals import (
    INVALID_COMBINATION,
    MALFORMED,
    MISSING_PARAMETER,
    Refusal,
    Refused,
)
from eucalyptus.wire import query
from eucalyptus.wire.codec import Codec
from eucalyptus.wire.documents import parse
from tests.contracts.saying import least

ITEM = "<item><imageId>emi-1</imageId><minCount>1</minCount><maxCount>2</maxCount></item>"
OLD_LAUNCH = f"<instancesSet>{ITEM}</instancesSet>"
OLD_GROUPS = "<groupSet><item><groupId>web</groupId></item></groupSet>"
FLAT_LAUNCH = "<imageId>emi-1</imageId><minCount>1</minCount><maxCount>2</maxCount>"
GROUPS = "<groupSet><item><groupName>web</groupName></item></groupSet>"
OPEN = (
    "<ipPermissions><item><ipProtocol>tcp</ipProtocol><groups/><ipRanges/></item></ipPermissions>"
)


def read(version: str, operation: str, inside: str) -> Any:
    """The message that an operation's element says in a version."""
    document = f'<{operation} xmlns="{EC2.at(version)}">{inside}</{operation}>'
    found = EC2.operation(operation)
    assert found is not None
    return Codec(EC2, version).read(found.asks, parse(document.encode()))


LAUNCH = instances.RunInstances(
    image_id="emi-1", min_count=1, max_count=2, group=(groups.GroupItem(group_name="web"),)
)


@pytest.mark.parametrize(
    ("version", "inside"),
    [
        ("2006-06-26", OLD_GROUPS + OLD_LAUNCH),
        ("2007-03-01", OLD_LAUNCH + OLD_GROUPS),
        ("2007-08-29", FLAT_LAUNCH + OLD_GROUPS),
        ("2010-11-15", FLAT_LAUNCH + OLD_GROUPS),
        ("2011-01-01", FLAT_LAUNCH + GROUPS),
        ("2013-10-15", FLAT_LAUNCH + GROUPS),
    ],
)
def test_a_launch_is_the_same_launch_in_every_dialect(version: str, inside: str) -> None:
    """Whether images stood in a list, and whatever groups were called by."""
    assert read(version, "RunInstances", inside) == LAUNCH


@pytest.mark.parametrize("version", ["2006-06-26", "2010-11-15", "2013-10-15", "2016-11-15"])
def test_query_says_a_launch_alike_in_every_version(version: str) -> None:
    """It never had the list."""
    operation = EC2.operation("RunInstances")
    assert operation is not None
    flat = {"ImageId": "emi-1", "MinCount": "1", "MaxCount": "2", "SecurityGroup.1": "web"}
    assert query.read(Codec(EC2, version), operation, flat) == LAUNCH


REFUSED: list[tuple[str, str, str, Refusal, str]] = [
    ("2006-06-26", "RunInstances", f"<instancesSet>{ITEM}{ITEM}</instancesSet>{OLD_GROUPS}",
     INVALID_COMBINATION, "takes one item in instancesSet"),
    ("2006-06-26", "RunInstances", f"<instancesSet/>{OLD_GROUPS}",
     MISSING_PARAMETER, "RunInstances needs instancesSet"),
    ("2006-06-26", "RunInstances", OLD_GROUPS, MISSING_PARAMETER, "needs instancesSet"),
    ("2006-06-26", "RunInstances", "<instancesSet><item/></instancesSet>" + OLD_GROUPS,
     MISSING_PARAMETER, "RunInstances needs instancesSet/item/imageId"),
    ("2006-06-26", "RunInstances", FLAT_LAUNCH + OLD_GROUPS, MALFORMED, "does not know .*imageId"),
    ("2007-08-29", "RunInstances", OLD_LAUNCH + OLD_GROUPS, MALFORMED, "not know .*instancesSet"),
    ("2010-11-15", "RunInstances", FLAT_LAUNCH + GROUPS, MALFORMED, "does not know .*groupName"),
    ("2012-07-20", "RunInstances", FLAT_LAUNCH + "<additionalInfo>x</additionalInfo>",
     MALFORMED, "does not know .*additionalInfo"),
    ("2009-08-15", "TerminateInstances", "<instancesSet/>", MISSING_PARAMETER, "instancesSet"),
    ("2010-11-15", "DeleteSecurityGroup", "", MISSING_PARAMETER, "groupName"),
    ("2010-11-15", "AuthorizeSecurityGroupIngress", "<groupName>web</groupName><ipPermissions/>",
     MISSING_PARAMETER, "userId"),
    ("2009-08-15", "RegisterImage", "", MISSING_PARAMETER, "imageLocation"),
]  # fmt: skip


@pytest.mark.parametrize(("version", "operation", "inside", "refusal", "says"), REFUSED)
def test_what_a_dialect_does_not_know_is_refused(
    version: str, operation: str, inside: str, refusal: Refusal, says: str
) -> None:
    """And what it requires is missed."""
    with pytest.raises(Refused, match=says) as refused:
        read(version, operation, inside)
    assert refused.value.refusal is refusal


def test_old_clients_may_leave_out_what_has_a_value_of_its_own() -> None:
    """Ports of a rule were required until groups had ids."""
    for version, inside in (
        ("2010-11-15", f"<userId/><groupName>web</groupName>{OPEN}"),
        ("2013-10-15", f"<groupName>web</groupName>{OPEN}"),
    ):
        asked = read(version, "AuthorizeSecurityGroupIngress", inside)
        assert asked.ip_permissions == (groups.IpPermission(ip_protocol="tcp"),)


def written(version: str, value: Any) -> str:
    """A message's inside in a version."""
    return Codec(EC2, version).content(value)


def test_what_an_old_dialect_requires_and_nobody_knows_is_said_as_declared() -> None:
    """And is left out again by those that do not require it."""
    rule = groups.IpPermission(ip_protocol="icmp")
    assert "<fromPort>-1</fromPort><toPort>-1</toPort>" in written("2010-11-15", rule)
    assert "Port" not in written("2011-01-01", rule)
    interface = least(reservations.InstanceNetworkInterfaceSetItem, "2012-12-01")
    assert "<macAddress></macAddress>" in written("2012-12-01", interface)
    assert "macAddress" not in written("2013-02-01", interface)
    pair = groups.UserIdGroupPair(user_id="1", group_id="sg-1")
    assert written("2010-11-15", pair) == "<userId>1</userId><groupName></groupName>"


def test_a_group_of_an_old_answer_is_called_by_its_name() -> None:
    """There ``groupId`` was what a person typed."""
    group = groups.GroupItem(group_id="sg-1", group_name="web")
    assert written("2010-11-15", group) == "<groupId>web</groupId>"
    assert written("2011-01-01", group) == "<groupId>sg-1</groupId><groupName>web</groupName>"


def test_versions_without_a_wsdl_say_what_the_newest_wsdl_says() -> None:
    """And what is declared since."""
    image = images.DescribeImagesResponseItem(
        image_id="emi-1", image_state="available", image_owner_id="1", is_public=False,
        sriov_net_support="simple",
    )  # fmt: skip
    assert written("2016-11-15", image) == written("2013-10-15", image)
    assert "sriovNetSupport" not in written("2013-10-01", image)


def messages() -> set[Any]:
    """Every message class of EC2."""
    waiting: list[Any] = [m for o in EC2.operations for m in (o.asks, o.answers)]
    seen: set[Any] = set()
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            waiting += [part.of for part in parts(one) if part.is_message]
    return seen


def test_every_date_that_is_declared_is_that_of_a_version() -> None:
    """A slip of the pen would move a part to the next version, or nowhere."""
    told = {o.since for o in EC2.operations}
    for one in messages():
        told |= {until for until, _ in message_type(one).was}
        for part in parts(one):
            told |= {part.since, part.until}
            told |= {part.was.since, part.was.until} if part.was else set()
    assert told - {""} <= set(EC2.query_versions)


def test_nothing_is_declared_to_have_been_otherwise_that_was_not() -> None:
    """What a ``Was`` says differs from what the part says, in some version that has it."""
    for one in messages():
        for part in (part for part in parts(one) if part.was):
            then = {version: p for version in EC2.versions for p in soap_parts(one, version)
                    if p.attribute == part.attribute}  # fmt: skip
            assert part.was and part.was.until >= part.since
            assert len(then) < len(EC2.versions) or any(p != part for p in then.values())
