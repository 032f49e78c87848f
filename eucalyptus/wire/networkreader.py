# SPDX-License-Identifier: BSD-2-Clause
"""The network-info document (``<network-data>``), read strictly into a World.

VPC sections are accepted only while empty, since EDGE has none: refusing a document is better
than applying half of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from re import Pattern
from typing import TypeVar

from lxml import etree

from eucalyptus.contracts.refusals import Refused
from eucalyptus.wire.documents import DocumentLimits, parse
from eucalyptus.wire.networkworld import (
    DOMAIN,
    GROUP_ID,
    INSTANCE_ID,
    MAC,
    MAC_PREFIX,
    NAME,
    VERSION,
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

LIMITS = DocumentLimits(size=50 << 20, depth=16, elements=2_000_000, attributes=8)
"""A cloud of 40,000 instances has a document of about 20 MiB."""

_NUMBER = re.compile(r"-?[0-9]{1,9}")
NO_ADDRESS = "0.0.0.0"  # noqa: S104 - how the schema writes "none", never bound
_EMPTY_IN_EDGE = ("vpcs", "dhcpOptionSets", "internetGateways")

T = TypeVar("T")


class BadNetworkDocument(Exception):
    """A document that cannot be used; says where and why."""


def read(document: bytes) -> World:
    """Parse and check a whole document; raises BadNetworkDocument, never returns half a world."""
    root = _root(document)
    if root.tag != "network-data":
        raise BadNetworkDocument(f"the root is <{root.tag}>, not <network-data>")
    sections = _children(root, "configuration", "instances", "securityGroups", *_EMPTY_IN_EDGE)
    for name in _EMPTY_IN_EDGE:
        if name in sections and len(sections[name]):
            raise BadNetworkDocument(f"<{name}> is not empty; only EDGE networks are implemented")
    if "configuration" not in sections:
        raise BadNetworkDocument("there is no <configuration>")
    world = _configuration(sections["configuration"], root)
    guests = _each(sections.get("instances"), "instance", _guest)
    groups = _each(sections.get("securityGroups"), "securityGroup", _group)
    return _consistent(replace(world, guests=guests, groups=groups))


def _root(document: bytes) -> etree._Element:
    try:
        return parse(document, LIMITS)
    except Refused as refused:
        raise BadNetworkDocument(refused.message) from refused


def _children(element: etree._Element, *allowed: str) -> dict[str, etree._Element]:
    found: dict[str, etree._Element] = {}
    for child in element:
        tag = str(child.tag)
        if tag not in allowed:
            raise BadNetworkDocument(f"<{element.tag}> does not know <{tag}>")
        if tag in found:
            raise BadNetworkDocument(f"<{element.tag}> has more than one <{tag}>")
        found[tag] = child
    return found


def _each(
    element: etree._Element | None, tag: str, make: Callable[[etree._Element], T]
) -> tuple[T, ...]:
    if element is None:
        return ()
    for child in element:
        if child.tag != tag:
            raise BadNetworkDocument(f"<{element.tag}> does not know <{child.tag}>")
    return tuple(make(child) for child in element)


def _values(element: etree._Element | None) -> tuple[str, ...]:
    return _each(element, "value", lambda child: (child.text or "").strip())


def _properties(element: etree._Element, *allowed: str) -> dict[str, etree._Element]:
    found: dict[str, etree._Element] = {}
    for child in element:
        name = child.get("name", "")
        if child.tag != "property":
            continue
        if name not in allowed or name in found:
            where = f"<{element.tag}>"
            raise BadNetworkDocument(f"{where} has an unknown or repeated property '{name[:64]}'")
        found[name] = child
    return found


def _checked(pattern: Pattern[str], text: str, what: str) -> str:
    if not pattern.fullmatch(text):
        raise BadNetworkDocument(f"{text[:64]!r} is not {what}")
    return text


def _parsed(make: Callable[[str], T], text: str, what: str) -> T:
    try:
        return make(text)
    except ValueError as wrong:
        raise BadNetworkDocument(f"{text[:64]!r} is not {what}") from wrong


def _ip(text: str) -> IPv4Address:
    return _parsed(IPv4Address, text, "an IPv4 address")


def _maybe_ip(text: str) -> IPv4Address | None:
    return None if text in ("", NO_ADDRESS) else _ip(text)


def _ranges(texts: Iterable[str]) -> tuple[AddressRange, ...]:
    return tuple(_parsed(AddressRange.parse, text, "an address or a range") for text in texts)


def _one(properties: dict[str, etree._Element], name: str, default: str | None = None) -> str:
    values = _values(properties.get(name))
    if not values and default is not None:
        return default
    if len(values) != 1:
        raise BadNetworkDocument(f"property {name} needs one value and has {len(values)}")
    return values[0]


def _configuration(element: etree._Element, root: etree._Element) -> World:
    found = _properties(
        element, "mode", "publicIps", "enabledCLCIp", "instanceDNSDomain", "instanceDNSServers",
        "publicGateway", "subnets", "clusters", "mido", "managedSubnet",
    )  # fmt: skip
    mode = _one(found, "mode", "EDGE")
    if mode != "EDGE" or "mido" in found or "managedSubnet" in found:
        raise BadNetworkDocument(
            f"mode {mode[:32]} with its sections is not implemented, only EDGE is"
        )
    domain = _one(found, "instanceDNSDomain", "")
    applied = root.get("applied-version", "")
    return World(
        version=_checked(VERSION, root.get("version", ""), "a version of 8 hex digits"),
        applied_version=_checked(VERSION, applied, "a version") if applied else "",
        applied_time=root.get("applied-time", "")[:64],
        sequence=_parsed(_count, root.get("sequence", "0"), "a sequence number"),
        mode=mode,
        enabled_clc_ip=_ip(_one(found, "enabledCLCIp")),
        instance_dns_domain=_checked(DOMAIN, domain, "a domain") if domain else "",
        instance_dns_servers=tuple(_ip(t) for t in _values(found.get("instanceDNSServers"))),
        public_ips=_ranges(_values(found.get("publicIps"))),
        public_gateway=_maybe_ip(_one(found, "publicGateway", "")),
        subnets=_each(found.get("subnets"), "subnet", _subnet),
        clusters=_each(found.get("clusters"), "cluster", _cluster),
    )


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        raise ValueError(text)
    return int(text)


def _named(element: etree._Element, pattern: Pattern[str], what: str) -> str:
    return _checked(pattern, element.get("name", ""), what)


def _subnet(element: etree._Element) -> Subnet:
    found = _properties(element, "subnet", "netmask", "gateway")
    cidr = f"{_one(found, 'subnet')}/{_one(found, 'netmask')}"
    network = _parsed(IPv4Network, cidr, "a subnet with its netmask")
    gateway = _ip(_one(found, "gateway"))
    if gateway not in network:
        raise BadNetworkDocument(f"gateway {gateway} is outside its subnet {network}")
    return Subnet(name=_named(element, NAME, "a subnet name"), network=network, gateway=gateway)


def _cluster(element: etree._Element) -> Cluster:
    name = _named(element, NAME, "a zone name")
    subnets = [child for child in element if child.tag == "subnet"]
    if len(subnets) != 1 or any(child.tag not in ("subnet", "property") for child in element):
        raise BadNetworkDocument(f"cluster {name} needs one <subnet> and otherwise properties")
    found = _properties(element, "enabledCCIp", "macPrefix", "privateIps", "nodes")
    return Cluster(
        name=name,
        subnet=_subnet(subnets[0]),
        enabled_cc_ip=_ip(_one(found, "enabledCCIp")),
        mac_prefix=_checked(MAC_PREFIX, _one(found, "macPrefix"), "a MAC prefix").lower(),
        private_ips=_ranges(_values(found.get("privateIps"))),
        nodes=_each(found.get("nodes"), "node", _node),
    )


def _node(element: etree._Element) -> NodeSeat:
    listed = _values(_children(element, "instanceIds").get("instanceIds"))
    ids = tuple(_checked(INSTANCE_ID, text, "an instance id") for text in listed)
    return NodeSeat(name=_named(element, NAME, "a node name"), instance_ids=ids)


_GUEST = (
    "ownerId", "macAddress", "publicIp", "privateIp", "vpc", "subnet", "networkInterfaces",
    "securityGroups",
)  # fmt: skip
_INTERFACE = (
    "ownerId", "deviceIndex", "attachmentId", "macAddress", "privateIp", "publicIp",
    "sourceDestCheck", "vpc", "subnet", "securityGroups",
)  # fmt: skip


def _text(found: dict[str, etree._Element], name: str) -> str:
    return (found[name].text or "").strip() if name in found else ""


def _name_or_nothing(text: str) -> str:
    return _checked(NAME, text, "a name") if text else ""


def _group_ids(found: dict[str, etree._Element]) -> tuple[str, ...]:
    listed = _values(found.get("securityGroups"))
    return tuple(_checked(GROUP_ID, text, "a security group id") for text in listed)


def _guest(element: etree._Element) -> Guest:
    found = _children(element, *_GUEST)
    return Guest(
        name=_named(element, INSTANCE_ID, "an instance id"),
        owner_id=_name_or_nothing(_text(found, "ownerId")),
        mac_address=_checked(MAC, _text(found, "macAddress").lower(), "a MAC address"),
        private_ip=_ip(_text(found, "privateIp")),
        public_ip=_maybe_ip(_text(found, "publicIp")),
        vpc=_name_or_nothing(_text(found, "vpc")),
        subnet=_name_or_nothing(_text(found, "subnet")),
        security_groups=_group_ids(found),
        interfaces=_each(found.get("networkInterfaces"), "networkInterface", _interface),
    )


def _interface(element: etree._Element) -> Interface:
    found = _children(element, *_INTERFACE)
    return Interface(
        name=_named(element, NAME, "an interface id"),
        owner_id=_name_or_nothing(_text(found, "ownerId")),
        device_index=_parsed(_count, _text(found, "deviceIndex"), "a device index"),
        attachment_id=_name_or_nothing(_text(found, "attachmentId")),
        mac_address=_checked(MAC, _text(found, "macAddress").lower(), "a MAC address"),
        private_ip=_ip(_text(found, "privateIp")),
        public_ip=_maybe_ip(_text(found, "publicIp")),
        source_dest_check=_text(found, "sourceDestCheck") == "true",
        vpc=_name_or_nothing(_text(found, "vpc")),
        subnet=_name_or_nothing(_text(found, "subnet")),
        security_groups=_group_ids(found),
    )


def _group(element: etree._Element) -> SecurityGroup:
    found = _children(element, "ownerId", "ingressRules", "egressRules")
    return SecurityGroup(
        name=_named(element, GROUP_ID, "a security group id"),
        owner_id=_name_or_nothing(_text(found, "ownerId")),
        ingress=_each(found.get("ingressRules"), "rule", _rule),
        egress=_each(found.get("egressRules"), "rule", _rule),
    )


def _number(found: dict[str, etree._Element], name: str) -> int | None:
    text = _text(found, name)
    if text and not _NUMBER.fullmatch(text):
        raise BadNetworkDocument(f"{text[:64]!r} is not a number")
    value = int(text) if text else None
    if value is not None and not -1 <= value <= 65535:
        raise BadNetworkDocument(f"{name} {value} is out of range")
    return value


def _rule(element: etree._Element) -> GroupRule:
    found = _children(
        element, "protocol", "fromPort", "toPort", "icmpType", "icmpCode", "groupId",
        "groupOwnerId", "cidr",
    )  # fmt: skip
    protocol, group, cidr = (
        _number(found, "protocol"),
        _text(found, "groupId"),
        _text(found, "cidr"),
    )
    if protocol is None or protocol > 255 or bool(group) == bool(cidr):
        raise BadNetworkDocument("a rule needs a protocol number and either a groupId or a cidr")
    return GroupRule(
        protocol=protocol,
        from_port=_number(found, "fromPort"),
        to_port=_number(found, "toPort"),
        icmp_type=_number(found, "icmpType"),
        icmp_code=_number(found, "icmpCode"),
        group_id=_checked(GROUP_ID, group, "a security group id") if group else "",
        group_owner_id=_name_or_nothing(_text(found, "groupOwnerId")),
        cidr=_parsed(IPv4Network, cidr, "a CIDR") if cidr else None,
    )


def _consistent(world: World) -> World:
    """Refuse what would make rules ambiguous: ids, MACs or addresses that occur twice."""
    guests = world.guests
    for what, seen in (
        ("instance", [g.name for g in guests]),
        ("MAC address", [g.mac_address for g in guests]),
        ("private address", [str(g.private_ip) for g in guests]),
        ("public address", [str(g.public_ip) for g in guests if g.public_ip]),
        ("security group", [g.name for g in world.groups]),
        ("cluster", [c.name for c in world.clusters]),
        ("seat of instance", [i for c in world.clusters for n in c.nodes for i in n.instance_ids]),
    ):
        for name, times in Counter(seen).most_common(1):
            if times > 1:
                raise BadNetworkDocument(f"{what} {name} occurs twice")
    return world
