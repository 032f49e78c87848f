# SPDX-License-Identifier: BSD-2-Clause
"""Security groups, from the operations' side."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from eucalyptus.contracts.ec2.groups import (
    DescribeSecurityGroupsSetItem,
    GroupItem,
    IpPermission,
    IpRangeItem,
    SecurityGroupItem,
    UserIdGroupPair,
)
from eucalyptus.contracts.refusals import Refused
from tests.cloudcontroller.compute.street import ALICE, BOB, Street


def make(street: Street, name: str = "web") -> str:
    """CreateSecurityGroup; gives the id."""
    answer = street.ask("CreateSecurityGroup", group_name=name, group_description="for tests")
    assert answer.succeeded
    return str(answer.group_id)


def described(street: Street, *names: str, **around: Any) -> list[SecurityGroupItem]:
    """DescribeSecurityGroups."""
    asked = tuple(DescribeSecurityGroupsSetItem(group_name=name) for name in names)
    answer = street.ask("DescribeSecurityGroups", security_group=asked, **around)
    return list(answer.security_group_info)


def ssh(cidr: str = "10.0.0.0/8") -> IpPermission:
    """Port 22 from somewhere."""
    return IpPermission(
        ip_protocol="tcp", from_port=22, to_port=22, ip_ranges=(IpRangeItem(cidr_ip=cidr),)
    )


def test_the_default_group_is_always_there(street: Street) -> None:
    """For every account its own; it can be neither made nor deleted."""
    (alices,) = described(street)
    (bobs,) = described(street, who=BOB)
    assert alices.group_name == bobs.group_name == "default"
    assert alices.group_id != bobs.group_id
    for name in ("CreateSecurityGroup", "DeleteSecurityGroup"):
        parts: dict[str, Any] = {"group_description": "x"} if name.startswith("C") else {}
        with pytest.raises(Refused, match="is reserved"):
            street.ask(name, group_name="default", **parts)


def test_ids_and_names_are_interchangeable(street: Street) -> None:
    """As Amazon's tools send them."""
    group = make(street)
    street.ask("AuthorizeSecurityGroupIngress", group_id="web", ip_permissions=(ssh(),))
    street.ask("RevokeSecurityGroupIngress", group_name=group, ip_permissions=(ssh(),))
    assert described(street, group)[0].group_name == "web"
    street.ask("DeleteSecurityGroup", group_id="web")
    with pytest.raises(Refused, match="does not exist"):
        described(street, "web")


def test_rules_are_described_as_made(street: Street) -> None:
    """Normalised ranges, one permission per protocol and ports."""
    make(street)
    two = IpPermission(
        ip_protocol="6", from_port=80, to_port=81,
        ip_ranges=(IpRangeItem(cidr_ip="10.1.2.3/8"), IpRangeItem(cidr_ip="0.0.0.0/0")),
    )  # fmt: skip
    street.ask("AuthorizeSecurityGroupIngress", group_name="web", ip_permissions=(two, ssh()))
    (group,) = described(street, "web")
    first, second = group.ip_permissions
    assert (first.ip_protocol, first.from_port, first.to_port) == ("tcp", 80, 81)
    assert [r.cidr_ip for r in first.ip_ranges] == ["10.0.0.0/8", "0.0.0.0/0"]
    assert second.from_port == 22


def test_a_rule_is_made_once(street: Street) -> None:
    """The duplicate is named, and nothing of the request is kept."""
    make(street)
    street.ask("AuthorizeSecurityGroupIngress", group_name="web", ip_permissions=(ssh(),))
    with pytest.raises(Refused, match=r"The rule tcp 22 from 10.0.0.0/8 already exists"):
        street.ask(
            "AuthorizeSecurityGroupIngress", group_name="web",
            ip_permissions=(ssh("1.2.3.4/32"), ssh()),
        )  # fmt: skip
    assert len(street.rows("rules")) == 1


def test_a_missing_rule_cannot_be_revoked(street: Street) -> None:
    """Nothing of the request is revoked then."""
    make(street)
    street.ask("AuthorizeSecurityGroupIngress", group_name="web", ip_permissions=(ssh(),))
    with pytest.raises(Refused, match="has no rule"):
        street.ask(
            "RevokeSecurityGroupIngress", group_name="web",
            ip_permissions=(ssh(), ssh("1.2.3.4/32")),
        )  # fmt: skip
    assert len(street.rows("rules")) == 1


def test_a_source_group_keeps_the_world_out(street: Street) -> None:
    """euca2ools adds 0.0.0.0/0 beside a source group: it is not meant."""
    make(street)
    both = IpPermission(
        ip_protocol="tcp", from_port=1, to_port=65535,
        groups=(UserIdGroupPair(user_id=ALICE.account_id, group_name="default"),),
        ip_ranges=(IpRangeItem(cidr_ip="0.0.0.0/0"),),
    )  # fmt: skip
    street.ask("AuthorizeSecurityGroupIngress", group_name="web", ip_permissions=(both,))
    (permission,) = described(street, "web")[0].ip_permissions
    assert permission.ip_ranges == ()
    assert permission.groups[0].group_name == "default"
    street.ask("RevokeSecurityGroupIngress", group_name="web", ip_permissions=(both,))
    assert described(street, "web")[0].ip_permissions == ()


def test_what_is_open_to_the_world_is_closed_as_asked(street: Street) -> None:
    """Beside a source group, too: taking the words literally can only close."""
    make(street)
    world = ssh("0.0.0.0/0")
    source = (UserIdGroupPair(user_id=ALICE.account_id, group_name="default"),)
    both = replace(world, groups=source)
    for one in (world, both):
        street.ask("AuthorizeSecurityGroupIngress", group_name="web", ip_permissions=(one,))
    street.ask("RevokeSecurityGroupIngress", group_name="web", ip_permissions=(both,))
    assert described(street, "web")[0].ip_permissions == ()


def test_a_range_beside_a_source_group_is_meant(street: Street) -> None:
    """Only the world is said by habit, and only when nothing else is said."""
    make(street)
    source = (UserIdGroupPair(user_id=ALICE.account_id, group_name="default"),)
    ranges = (IpRangeItem(cidr_ip="10.0.0.0/8"), IpRangeItem(cidr_ip="0.0.0.0/0"))
    for made in ((IpRangeItem(cidr_ip="10.0.0.0/8"),), ranges):
        one = replace(ssh(), groups=source, ip_ranges=made)
        street.ask("AuthorizeSecurityGroupIngress", group_name="web", ip_permissions=(one,))
        (permission,) = described(street, "web")[0].ip_permissions
        assert permission.ip_ranges == made
        street.ask("RevokeSecurityGroupIngress", group_name="web", ip_permissions=(one,))


def test_the_flat_form_of_old_clients(street: Street) -> None:
    """One rule in the request's own parameters; a source group alone means everything."""
    make(street)
    street.ask(
        "AuthorizeSecurityGroupIngress", group_name="web", ip_protocol="udp", from_port=53,
        to_port=53, cidr_ip="0.0.0.0/0",
    )  # fmt: skip
    street.ask(
        "AuthorizeSecurityGroupIngress", group_name="web", source_security_group_name="web",
        source_security_group_owner_id=ALICE.account_id,
    )  # fmt: skip
    protocols = [p.ip_protocol for p in described(street, "web")[0].ip_permissions]
    assert protocols == ["udp", "tcp", "udp", "icmp"]


def test_bad_groups_and_rules(street: Street) -> None:
    """Every documented refusal."""
    make(street)
    cases: list[tuple[str, str, dict[str, Any]]] = [
        ("InvalidGroup.Duplicate", "CreateSecurityGroup",
         {"group_name": "web", "group_description": "again"}),
        ("InvalidParameterValue", "CreateSecurityGroup",
         {"group_name": "sg-1", "group_description": "x"}),
        ("InvalidParameterValue", "CreateSecurityGroup",
         {"group_name": "new", "group_description": ""}),
        ("InvalidParameterCombination", "CreateSecurityGroup",
         {"group_name": "new", "group_description": "x", "vpc_id": "vpc-1"}),
        ("InvalidGroup.NotFound", "DeleteSecurityGroup", {"group_name": "none"}),
        ("MissingParameter", "DeleteSecurityGroup", {}),
        ("InvalidGroup.NotFound", "AuthorizeSecurityGroupIngress",
         {"group_name": "none", "ip_permissions": (ssh(),)}),
        ("InvalidPermission.Malformed", "AuthorizeSecurityGroupIngress", {"group_name": "web"}),
        ("InvalidPermission.Malformed", "AuthorizeSecurityGroupIngress",
         {"group_name": "web", "ip_permissions": (ssh("nowhere"),)}),
        ("InvalidGroup.NotFound", "AuthorizeSecurityGroupIngress",
         {"group_name": "web", "ip_permissions": (IpPermission(
             ip_protocol="tcp", groups=(UserIdGroupPair(group_name="none"),)),)}),
        ("InvalidGroup.NotFound", "AuthorizeSecurityGroupIngress",
         {"group_name": "web", "ip_permissions": (IpPermission(
             ip_protocol="tcp",
             groups=(UserIdGroupPair(user_id=BOB.account_id, group_name="web"),)),)}),
    ]  # fmt: skip
    for expected, name, parts in cases:
        with pytest.raises(Refused) as caught:
            street.ask(name, **parts)
        assert caught.value.refusal.code == expected, (name, parts)


def test_a_group_in_use_stays(street: Street) -> None:
    """While an instance is in it, and while another group's rule names it."""
    make(street)
    other = make(street, "db")
    made = street.launch(street.image(), group=(GroupItem(group_id="web"),))
    with pytest.raises(Refused, match=made.instances[0].instance_id):
        street.ask("DeleteSecurityGroup", group_name="web")
    street.terminate(made.instances[0].instance_id)
    street.turn()
    rule = IpPermission(
        ip_protocol="tcp", from_port=1, to_port=2, groups=(UserIdGroupPair(group_name="web"),)
    )
    street.ask("AuthorizeSecurityGroupIngress", group_name="db", ip_permissions=(rule,))
    with pytest.raises(Refused, match=other):
        street.ask("DeleteSecurityGroup", group_name="web")
    street.ask("DeleteSecurityGroup", group_name="db")
    street.ask("DeleteSecurityGroup", group_name="web")


def test_others_groups_do_not_exist(street: Street) -> None:
    """Bob cannot open, delete or see Alice's."""
    group = make(street)
    for name in ("DeleteSecurityGroup", "AuthorizeSecurityGroupIngress"):
        with pytest.raises(Refused, match="does not exist"):
            street.ask(name, BOB, group_id=group)
    with pytest.raises(Refused, match="does not exist"):
        described(street, group, who=BOB)
