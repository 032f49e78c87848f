# SPDX-License-Identifier: BSD-2-Clause
"""The wanted network, derived: configuration, zones, instances and groups -> one World value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from cloudcontroller.compute.core.groups import Group, Rule
from cloudcontroller.compute.core.instance import Instance
from cloudcontroller.compute.core.lifecycle import VmState
from eucalyptus.wire.networkconfig import NetworkConfig
from eucalyptus.wire.networkworld import (
    Cluster,
    GroupRule,
    Guest,
    NodeSeat,
    SecurityGroup,
    World,
)

DOMAIN = "eucalyptus.internal"
_NUMBERS = {"icmp": 1, "tcp": 6, "udp": 17}
_PLACED = (VmState.PENDING, VmState.RUNNING, VmState.SHUTTING_DOWN, VmState.STOPPING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneSeat:
    """A zone's cluster controller address and its nodes: URL -> the address it is known under."""

    zone: str
    address: str
    nodes: Mapping[str, str]


def wanted(
    config: NetworkConfig,
    zones: Sequence[ZoneSeat],
    instances: Sequence[Instance],
    groups: Sequence[Group],
    *,
    address: str = "127.0.0.1",
) -> World:
    """The network everybody should make, without version or sequence yet."""
    # Before its node is known, an instance is nobody's to make a network for.
    placed = [i for i in instances if i.state in _PLACED and i.private_ip and i.node]
    used = {group.group_id for one in placed for group in one.groups}
    return World(
        version="0" * 8,
        mode=config.mode,
        enabled_clc_ip=IPv4Address(address),
        instance_dns_domain=config.instance_dns_domain or DOMAIN,
        instance_dns_servers=config.instance_dns_servers,
        public_ips=config.public_ips,
        public_gateway=config.public_gateway,
        subnets=config.subnets,
        clusters=tuple(
            cluster for zone in zones if (cluster := _cluster(config, zone, placed)) is not None
        ),
        guests=tuple(_guest(one) for one in sorted(placed, key=lambda i: i.instance_id)),
        groups=tuple(
            _group(group)
            for group in sorted(groups, key=lambda g: g.group_id)
            if group.group_id in used
        ),
    )


def _cluster(config: NetworkConfig, seat: ZoneSeat, placed: Sequence[Instance]) -> Cluster | None:
    zone = config.zone(seat.zone)
    if zone is None:
        return None
    nodes = tuple(
        NodeSeat(
            name=address,
            instance_ids=tuple(
                sorted(i.instance_id for i in placed if i.zone == seat.zone and i.node == url)
            ),
        )
        for url, address in sorted(seat.nodes.items())
    )
    return Cluster(
        name=seat.zone,
        subnet=zone.subnet,
        enabled_cc_ip=IPv4Address(seat.address),
        mac_prefix=zone.mac_prefix,
        private_ips=zone.private_ips,
        nodes=nodes,
    )


def _guest(one: Instance) -> Guest:
    return Guest(
        name=one.instance_id,
        owner_id=one.account_id,
        mac_address=one.mac,
        private_ip=IPv4Address(one.private_ip),
        security_groups=tuple(group.group_id for group in one.groups),
    )


def _group(group: Group) -> SecurityGroup:
    return SecurityGroup(
        name=group.group_id,
        owner_id=group.account_id,
        ingress=tuple(_rule(rule) for rule in sorted(group.rules)),
    )


def _rule(rule: Rule) -> GroupRule:
    is_icmp = rule.protocol == "icmp"
    return GroupRule(
        protocol=_NUMBERS[rule.protocol],
        from_port=None if is_icmp else rule.first,
        to_port=None if is_icmp else rule.last,
        icmp_type=rule.first if is_icmp else None,
        icmp_code=rule.last if is_icmp else None,
        group_id=rule.source_group,
        group_owner_id=rule.source_account,
        cidr=IPv4Network(rule.cidr) if rule.cidr else None,
    )
