# SPDX-License-Identifier: BSD-2-Clause
"""Security groups: create, delete, describe, authorize, revoke."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from twisted.logger import Logger

from cloudcontroller.compute.core import filters
from cloudcontroller.compute.core import groups as core
from cloudcontroller.compute.core.filter_tables import group_filters
from cloudcontroller.compute.core.groups import DEFAULT_GROUP, Flat, Group, Rule, Source
from cloudcontroller.compute.database import groups, ids, launching
from cloudcontroller.compute.world import World
from eucalyptus.access.call import Call
from eucalyptus.access.principals import Principal
from eucalyptus.contracts.ec2 import groups as ec2
from eucalyptus.contracts.refusals import (
    INVALID_COMBINATION,
    MALFORMED_PERMISSION,
    MISSING_PARAMETER,
    NO_SUCH_GROUP,
    RESERVED_GROUP,
)
from eucalyptus.database.run import Tx, notify

Changing = Callable[[Tx, Group, Iterable[Rule]], None]
Ask = ec2.AuthorizeSecurityGroupIngress | ec2.RevokeSecurityGroupIngress

_log = Logger()


async def create_security_group(
    world: World, call: Call, ask: ec2.CreateSecurityGroup
) -> ec2.CreateSecurityGroupResponse:
    """Make a group without rules."""
    if ask.vpc_id:
        raise INVALID_COMBINATION(reason="VpcId cannot be given: this cloud has no VPC.")
    name, words = core.group_name(ask.group_name), core.description(ask.group_description)
    if name == DEFAULT_GROUP:
        raise RESERVED_GROUP(name=name)

    group_id = await world.database.run(_create, world, call.who.account_id, (name, words))

    return ec2.CreateSecurityGroupResponse(succeeded=True, group_id=group_id)


def _create(tx: Tx, world: World, account_id: str, words: tuple[str, str]) -> str:
    group_id = ids.fresh(tx, "sg", world.chance.digits)
    name, description = words
    group = Group(group_id=group_id, account_id=account_id, name=name, description=description)
    groups.add(tx, group)
    notify(tx, launching.NETWORK_CHANNEL)
    return group_id


def _group(tx: Tx, world: World, who: Principal, name: str) -> Group:
    """A group of the caller's by id or name, interchangeably; the default one always exists."""
    found = groups.named(tx, who.account_id, name)
    if found is None and name == DEFAULT_GROUP:
        found = groups.default(tx, who.account_id, world.chance.digits)
    if found is None:
        raise NO_SUCH_GROUP(group=name)
    return found


def _named(action: str, group_id: str | None, group_name: str | None) -> str:
    name = group_id or group_name
    if not name:
        raise MISSING_PARAMETER(action=action, name="GroupName or GroupId")
    return name


async def delete_security_group(
    world: World, call: Call, ask: ec2.DeleteSecurityGroup
) -> ec2.DeleteSecurityGroupResponse:
    """Drop a group that nothing uses."""
    name = _named("DeleteSecurityGroup", ask.group_id, ask.group_name)

    await world.database.run(_delete, world, call.who, name)

    return ec2.DeleteSecurityGroupResponse(succeeded=True)


def _delete(tx: Tx, world: World, who: Principal, name: str) -> None:
    group = _group(tx, world, who, name)
    if group.name == DEFAULT_GROUP:
        raise RESERVED_GROUP(name=DEFAULT_GROUP)
    groups.remove(tx, group)
    notify(tx, launching.NETWORK_CHANNEL)


async def describe_security_groups(
    world: World, call: Call, ask: ec2.DescribeSecurityGroups
) -> ec2.DescribeSecurityGroupsResponse:
    """Describe the caller's groups, or those named."""
    asked = [g.group_name for g in ask.security_group]
    asked += [g.group_id for g in ask.security_group_id]
    everyone = call.who.is_cloud_admin and "verbose" in asked
    wanted = [name for name in asked if name != "verbose"]

    found, names = await world.database.run(_described, world, call.who, everyone)

    if wanted:
        known = {g.group_id: g for g in found} | {
            g.name: g for g in found if g.account_id == call.who.account_id
        }
        for name in wanted:
            if name not in known:
                raise NO_SUCH_GROUP(group=name)
        found = tuple(dict.fromkeys(known[name] for name in wanted))
    table = group_filters(lambda group_id: names.get(group_id, ""))
    kept = filters.select(found, ask.filter, table)
    items = tuple(_item(group, names) for group in kept)
    return ec2.DescribeSecurityGroupsResponse(security_group_info=items)


def _described(
    tx: Tx, world: World, who: Principal, everyone: bool
) -> tuple[tuple[Group, ...], dict[str, str]]:
    groups.default(tx, who.account_id, world.chance.digits)
    found = groups.everyone(tx) if everyone else groups.of_account(tx, who.account_id)
    sources = {rule.source_group for g in found for rule in g.rules if rule.source_group}
    return found, dict(groups.names(tx, sources))


def _item(group: Group, names: dict[str, str]) -> ec2.SecurityGroupItem:
    return ec2.SecurityGroupItem(
        owner_id=group.account_id,
        group_id=group.group_id,
        group_name=group.name,
        group_description=group.description,
        ip_permissions=core.permissions(group.rules, lambda group_id: names.get(group_id, "")),
    )


async def authorize_security_group_ingress(
    world: World, call: Call, ask: ec2.AuthorizeSecurityGroupIngress
) -> ec2.AuthorizeSecurityGroupIngressResponse:
    """Add rules to a group, all or none."""
    name = _named("AuthorizeSecurityGroupIngress", ask.group_id, ask.group_name)

    await world.database.run(_change, world, call.who, _Change(name, ask, groups.authorize))

    _log.info("{request}: opened {group}", request=call.request_id, group=name)
    return ec2.AuthorizeSecurityGroupIngressResponse(succeeded=True)


async def revoke_security_group_ingress(
    world: World, call: Call, ask: ec2.RevokeSecurityGroupIngress
) -> ec2.RevokeSecurityGroupIngressResponse:
    """Remove rules from a group, all or none."""
    name = _named("RevokeSecurityGroupIngress", ask.group_id, ask.group_name)

    await world.database.run(_change, world, call.who, _Change(name, ask, groups.revoke))

    _log.info("{request}: closed {group}", request=call.request_id, group=name)
    return ec2.RevokeSecurityGroupIngressResponse(succeeded=True)


class _Change:
    """A change of a group's rules as it was asked for."""

    def __init__(self, name: str, ask: Ask, change: Changing) -> None:
        self.name, self.ask, self.change = name, ask, change

    @property
    def flat(self) -> Flat:
        """The rule in the request's own parameters, if any."""
        return Flat(
            protocol=self.ask.ip_protocol,
            first=self.ask.from_port,
            last=self.ask.to_port,
            cidr=self.ask.cidr_ip,
            source_name=self.ask.source_security_group_name,
            source_owner=self.ask.source_security_group_owner_id,
        )


def _change(tx: Tx, world: World, who: Principal, wanted: _Change) -> None:
    group = _group(tx, world, who, wanted.name)
    asked = core.permissions_of(wanted.ask.ip_permissions, wanted.flat)

    def resolve(source: Source) -> tuple[str, str]:
        return _source(tx, world, who, source)

    # What stands can be closed to the world; nothing is opened to it by the way.
    closes = wanted.change is groups.revoke
    made = core.rules(asked, resolve, group.rules.__contains__ if closes else core.never_meant)
    if not closes and len(group.rules) + len(made) > core.RULES_PER_GROUP:
        raise MALFORMED_PERMISSION(
            reason=f"Group '{group.name}' may have {core.RULES_PER_GROUP} rules "
            f"and has {len(group.rules)}."
        )
    wanted.change(tx, group, made)
    notify(tx, launching.NETWORK_CHANNEL)


def _source(tx: Tx, world: World, who: Principal, source: Source) -> tuple[str, str]:
    account = source.account_id or who.account_id
    name = source.group_id or source.name
    if account == who.account_id:
        group: Group | None = _group(tx, world, who, name)
    else:
        group = groups.named(tx, account, name)
    if group is None:
        raise NO_SUCH_GROUP(group=name)
    return account, group.group_id
