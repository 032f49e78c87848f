# SPDX-License-Identifier: BSD-2-Clause
"""The wanted network as values: what the network-info document says, parsed and checked.

Every name in here has passed the patterns below, and every address is an address object, so
rules and configuration files can be written from these values without quoting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

INSTANCE_ID = re.compile(r"i-[0-9a-f]{8,17}")
GROUP_ID = re.compile(r"sg-[0-9a-f]{8,17}")
MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
MAC_PREFIX = re.compile(r"[0-9a-fA-F]{2}:[0-9a-fA-F]{2}")
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,127}")
DOMAIN = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9][A-Za-z0-9-]{0,62})*"
)
VERSION = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRange:
    """Addresses from ``first`` to ``last``, both included; written ``a`` or ``a-b``."""

    first: IPv4Address
    last: IPv4Address

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"range {self.first}-{self.last} ends before it begins")

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    def __contains__(self, address: IPv4Address) -> bool:
        return self.first <= address <= self.last

    def __len__(self) -> int:
        return int(self.last) - int(self.first) + 1

    @classmethod
    def parse(cls, text: str) -> AddressRange:
        """``172.31.0.5`` or ``172.31.0.5-172.31.0.99``; raises ValueError."""
        first, dash, last = (word.strip() for word in text.partition("-"))
        return cls(first=IPv4Address(first), last=IPv4Address(last if dash else first))


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """A private subnet and the address of its gateway. ``name`` is free but usually the network."""

    name: str
    network: IPv4Network
    gateway: IPv4Address


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSeat:
    """A node by the address its cluster knows it under, and the instances that belong on it."""

    name: str
    instance_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """An availability zone: its subnet, address pool, MAC prefix and nodes."""

    name: str
    subnet: Subnet
    enabled_cc_ip: IPv4Address
    mac_prefix: str
    private_ips: tuple[AddressRange, ...]
    nodes: tuple[NodeSeat, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """An additional network interface of an instance (VPC documents; empty in EDGE)."""

    name: str
    owner_id: str
    device_index: int
    attachment_id: str
    mac_address: str
    private_ip: IPv4Address
    public_ip: IPv4Address | None
    source_dest_check: bool
    vpc: str
    subnet: str
    security_groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """An instance as the network sees it; ``public_ip`` is None without one."""

    name: str
    owner_id: str
    mac_address: str
    private_ip: IPv4Address
    public_ip: IPv4Address | None = None
    vpc: str = ""
    subnet: str = ""
    security_groups: tuple[str, ...] = ()
    interfaces: tuple[Interface, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRule:
    """One permission of a security group: an IP protocol number (-1 all) from a CIDR or a group."""

    protocol: int
    from_port: int | None = None
    to_port: int | None = None
    icmp_type: int | None = None
    icmp_code: int | None = None
    group_id: str = ""
    group_owner_id: str = ""
    cidr: IPv4Network | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroup:
    """A security group and what it lets in and out."""

    name: str
    owner_id: str
    ingress: tuple[GroupRule, ...] = ()
    egress: tuple[GroupRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The network everybody wants.

    ``version`` is a fingerprint (8 hex digits); ``applied_version`` the last one known to be in
    force. ``sequence`` grows with every document the cloud makes, so that an old one is known as
    old; 0 means that the sender does not count.
    """

    version: str
    mode: str = "EDGE"
    enabled_clc_ip: IPv4Address
    sequence: int = 0
    applied_version: str = ""
    applied_time: str = ""
    instance_dns_domain: str = ""
    instance_dns_servers: tuple[IPv4Address, ...] = ()
    public_ips: tuple[AddressRange, ...] = ()
    public_gateway: IPv4Address | None = None
    subnets: tuple[Subnet, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    guests: tuple[Guest, ...] = ()
    groups: tuple[SecurityGroup, ...] = ()

    def seat(self, addresses: frozenset[str]) -> tuple[Cluster, NodeSeat] | None:
        """The cluster and node entry of the host that owns one of ``addresses``, or None."""
        for cluster in self.clusters:
            for node in cluster.nodes:
                if node.name in addresses:
                    return cluster, node
        return None
