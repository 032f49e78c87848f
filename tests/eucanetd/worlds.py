# SPDX-License-Identifier: BSD-2-Clause
"""Worlds for tests: one zone, hosts, and guests on them."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from eucalyptus.wire.networkinfo import Cluster, Guest, NodeSeat, Subnet, World, stamp

SUBNET = Subnet(
    name="172.31.0.0", network=IPv4Network("172.31.0.0/20"), gateway=IPv4Address("172.31.0.1")
)


def guest(number: int, ip: str = "") -> Guest:
    word = f"{number:08x}"
    mac = "d0:0d:" + ":".join(word[at : at + 2] for at in range(0, 8, 2))
    address = IPv4Address(ip or int(IPv4Address("172.31.0.16")) + number)
    return Guest(
        name=f"i-{word}", owner_id="123456789012", mac_address=mac, private_ip=address,
        security_groups=("sg-00000001",),
    )  # fmt: skip


def world(
    *guests: Guest, host: str = "10.1.1.7", sequence: int = 0, clc: str = "10.1.1.1"
) -> World:
    ids = tuple(each.name for each in guests)
    cluster = Cluster(
        name="one", subnet=SUBNET, enabled_cc_ip=IPv4Address("10.1.1.1"), mac_prefix="d0:0d",
        private_ips=(), nodes=(NodeSeat(name=host, instance_ids=ids), NodeSeat(name="10.1.1.8")),
    )  # fmt: skip
    made = World(
        version="0" * 8, enabled_clc_ip=IPv4Address(clc), clusters=(cluster,), guests=guests,
        instance_dns_servers=(IPv4Address("10.1.1.1"),), instance_dns_domain="one.internal",
    )  # fmt: skip
    return replace(stamp(made), sequence=sequence)
