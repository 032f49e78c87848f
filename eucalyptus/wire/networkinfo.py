# SPDX-License-Identifier: BSD-2-Clause
"""The network-info document: what the cloud wants of the network, as every host is told it.

``read`` and ``write`` are each other's inverse. The schema is the original's; one attribute is
ours, ``sequence``, which readers of the original ignore.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from ipaddress import IPv4Address
from typing import TypeVar

from lxml import etree

from eucalyptus.wire.networkreader import NO_ADDRESS, BadNetworkDocument, read
from eucalyptus.wire.networkworld import (
    AddressRange,
    Cluster,
    GroupRule,
    Guest,
    Interface,
    NodeSeat,
    SecurityGroup,
    Subnet,
    World,
)  # fmt: skip

__all__ = [
    "AddressRange", "BadNetworkDocument", "Cluster", "GroupRule", "Guest", "Interface", "NodeSeat",
    "SecurityGroup", "Subnet", "World", "read", "stamp", "write",
]  # fmt: skip

T = TypeVar("T")


def stamp(world: World) -> World:
    """The same world with the version that belongs to its content.

    Two worlds that differ in nothing a host would apply have the same version, whatever their
    sequence and applied version are.
    """
    plain = replace(world, version="0" * 8, sequence=0, applied_version="", applied_time="")
    return replace(world, version=hashlib.sha256(write(plain)).hexdigest()[:8])


def write(world: World) -> bytes:
    """The document for ``world``, UTF-8, always the same bytes for the same world."""
    root = etree.Element("network-data", version=world.version)
    for name, value in (
        ("applied-version", world.applied_version),
        ("applied-time", world.applied_time),
        ("sequence", str(world.sequence) if world.sequence else ""),
    ):
        if value:
            root.set(name, value)
    _configuration(etree.SubElement(root, "configuration"), world)
    _each(root, "instances", world.guests, _guest)
    for empty in ("dhcpOptionSets", "internetGateways"):
        etree.SubElement(root, empty)
    _each(root, "securityGroups", world.groups, _group)
    etree.SubElement(root, "vpcs")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _each(
    parent: etree._Element,
    tag: str,
    things: Sequence[T],
    fill: Callable[[etree._Element, T], None],
) -> None:
    element = etree.SubElement(parent, tag)
    for thing in things:
        fill(element, thing)


def _leaf(parent: etree._Element, tag: str, text: object) -> None:
    etree.SubElement(parent, tag).text = str(text)


def _values(parent: etree._Element, values: Iterable[object]) -> None:
    for value in values:
        _leaf(parent, "value", value)


def _property(parent: etree._Element, name: str, *values: object) -> None:
    if values:
        _values(etree.SubElement(parent, "property", name=name), values)


def _configuration(element: etree._Element, world: World) -> None:
    _property(element, "mode", world.mode)
    _property(element, "publicIps", *world.public_ips)
    _property(element, "enabledCLCIp", world.enabled_clc_ip)
    if world.instance_dns_domain:
        _property(element, "instanceDNSDomain", world.instance_dns_domain)
    _property(element, "instanceDNSServers", *world.instance_dns_servers)
    if world.public_gateway:
        _property(element, "publicGateway", world.public_gateway)
    subnets = etree.SubElement(element, "property", name="subnets")
    for subnet in world.subnets:
        _subnet(subnets, subnet)
    clusters = etree.SubElement(element, "property", name="clusters")
    for cluster in world.clusters:
        _cluster(clusters, cluster)


def _subnet(parent: etree._Element, subnet: Subnet) -> None:
    element = etree.SubElement(parent, "subnet", name=subnet.name)
    _property(element, "subnet", subnet.network.network_address)
    _property(element, "netmask", subnet.network.netmask)
    _property(element, "gateway", subnet.gateway)


def _cluster(parent: etree._Element, cluster: Cluster) -> None:
    element = etree.SubElement(parent, "cluster", name=cluster.name)
    _subnet(element, cluster.subnet)
    _property(element, "enabledCCIp", cluster.enabled_cc_ip)
    _property(element, "macPrefix", cluster.mac_prefix)
    _property(element, "privateIps", *cluster.private_ips)
    nodes = etree.SubElement(element, "property", name="nodes")
    for node in cluster.nodes:
        _node(nodes, node)


def _node(parent: etree._Element, node: NodeSeat) -> None:
    element = etree.SubElement(parent, "node", name=node.name)
    _values(etree.SubElement(element, "instanceIds"), node.instance_ids)


def _public(address: IPv4Address | None) -> str:
    return str(address) if address else NO_ADDRESS


def _optional(element: etree._Element, leaves: Iterable[tuple[str, object]]) -> None:
    for tag, text in leaves:
        if text not in ("", None):
            _leaf(element, tag, text)


def _guest(parent: etree._Element, guest: Guest) -> None:
    element = etree.SubElement(parent, "instance", name=guest.name)
    _optional(element, (("ownerId", guest.owner_id),))
    _leaf(element, "macAddress", guest.mac_address)
    _leaf(element, "publicIp", _public(guest.public_ip))
    _leaf(element, "privateIp", guest.private_ip)
    _optional(element, (("vpc", guest.vpc), ("subnet", guest.subnet)))
    if guest.interfaces:
        _each(element, "networkInterfaces", guest.interfaces, _interface)
    _values(etree.SubElement(element, "securityGroups"), guest.security_groups)


def _interface(parent: etree._Element, interface: Interface) -> None:
    element = etree.SubElement(parent, "networkInterface", name=interface.name)
    _optional(element, (("ownerId", interface.owner_id),))
    _leaf(element, "deviceIndex", interface.device_index)
    _optional(element, (("attachmentId", interface.attachment_id),))
    _leaf(element, "macAddress", interface.mac_address)
    _leaf(element, "privateIp", interface.private_ip)
    _leaf(element, "publicIp", _public(interface.public_ip))
    _leaf(element, "sourceDestCheck", str(interface.source_dest_check).lower())
    _optional(element, (("vpc", interface.vpc), ("subnet", interface.subnet)))
    _values(etree.SubElement(element, "securityGroups"), interface.security_groups)


def _group(parent: etree._Element, group: SecurityGroup) -> None:
    element = etree.SubElement(parent, "securityGroup", name=group.name)
    _optional(element, (("ownerId", group.owner_id),))
    _each(element, "ingressRules", group.ingress, _rule)
    _each(element, "egressRules", group.egress, _rule)


def _rule(parent: etree._Element, rule: GroupRule) -> None:
    leaves = (
        ("protocol", rule.protocol), ("fromPort", rule.from_port), ("toPort", rule.to_port),
        ("icmpType", rule.icmp_type), ("icmpCode", rule.icmp_code), ("groupId", rule.group_id),
        ("groupOwnerId", rule.group_owner_id), ("cidr", rule.cidr),
    )  # fmt: skip
    _optional(etree.SubElement(parent, "rule"), leaves)
