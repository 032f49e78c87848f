# SPDX-License-Identifier: BSD-2-Clause
"""The network-info document: what is written is read back, and nothing doubtful gets in."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eucalyptus.wire.networkinfo import (
    AddressRange,
    BadNetworkDocument,
    Cluster,
    GroupRule,
    Guest,
    NodeSeat,
    SecurityGroup,
    Subnet,
    World,
    read,
    stamp,
    write,
)

addresses = st.integers(1, 2**32 - 1).map(IPv4Address)
hex8 = st.integers(0, 2**32 - 1).map(lambda n: f"{n:08x}")
names = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,12}", fullmatch=True)


@st.composite
def ranges(draw: st.DrawFn) -> AddressRange:
    first, last = sorted((draw(addresses), draw(addresses)))
    return AddressRange(first=first, last=last)


@st.composite
def subnets(draw: st.DrawFn) -> Subnet:
    network = IPv4Network((draw(st.integers(0, 2**32 - 1)) & 0xFFFFF000, 20))
    gateway = network[draw(st.integers(1, 4094))]
    return Subnet(name=draw(names), network=network, gateway=gateway)


@st.composite
def rules(draw: st.DrawFn) -> GroupRule:
    port = st.none() | st.integers(0, 65535)
    by_group = draw(st.booleans())
    return GroupRule(
        protocol=draw(st.sampled_from([-1, 1, 6, 17, 255])),
        from_port=draw(port),
        to_port=draw(port),
        icmp_type=draw(st.none() | st.integers(-1, 255)),
        icmp_code=draw(st.none() | st.integers(-1, 255)),
        group_id="sg-" + draw(hex8) if by_group else "",
        group_owner_id="123456789012" if by_group else "",
        cidr=None if by_group else IPv4Network((draw(st.integers(0, 255)) << 24, 8)),
    )


@st.composite
def guest_lists(draw: st.DrawFn, ids: list[str]) -> tuple[Guest, ...]:
    return tuple(
        Guest(
            name=f"i-{word}",
            owner_id="123456789012",
            mac_address="d0:0d:" + ":".join(word[k : k + 2] for k in (0, 2, 4, 6)),
            private_ip=IPv4Address(int(word, 16)),
            public_ip=draw(st.none() | st.just(IPv4Address(1 + k))),
            security_groups=tuple(sorted(draw(st.sets(hex8.map("sg-{}".format), max_size=2)))),
        )
        for k, word in enumerate(ids)
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    ids = sorted(draw(st.sets(hex8, max_size=5)))
    guests = draw(guest_lists(ids))
    clusters = tuple(
        Cluster(
            name=name,
            subnet=draw(subnets()),
            enabled_cc_ip=draw(addresses),
            mac_prefix="d0:0d",
            private_ips=tuple(draw(st.lists(ranges(), max_size=2))),
            nodes=(NodeSeat(name="10.1.1.1", instance_ids=tuple(f"i-{w}" for w in ids)),)
            if k == 0
            else (),
        )
        for k, name in enumerate(sorted(draw(st.sets(names, max_size=2))))
    )
    groups = tuple(
        SecurityGroup(name=f"sg-{word}", owner_id="1", ingress=tuple(draw(st.lists(rules()))))
        for word in sorted(draw(st.sets(hex8, max_size=2)))
    )
    return World(
        version=draw(hex8),
        sequence=draw(st.integers(0, 2**60)),
        applied_version=draw(st.just("") | hex8),
        enabled_clc_ip=draw(addresses),
        instance_dns_domain=draw(st.sampled_from(["", "eucalyptus.internal"])),
        instance_dns_servers=tuple(draw(st.lists(addresses, max_size=2))),
        public_ips=tuple(draw(st.lists(ranges(), max_size=2))),
        public_gateway=draw(st.none() | addresses),
        subnets=tuple(draw(st.lists(subnets(), max_size=2))),
        clusters=clusters,
        guests=guests,
        groups=groups,
    )


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_what_is_written_is_read_back(world: World) -> None:
    """read is write's inverse, and writing again gives the same bytes."""
    assert read(write(world)) == world
    assert write(read(write(world))) == write(world)


@settings(max_examples=30, deadline=None)
@given(worlds(), hex8, st.integers(1, 99))
def test_the_version_belongs_to_the_content(world: World, other: str, sequence: int) -> None:
    """Sequence and versions do not change the stamp; a guest more does."""
    stamped = stamp(world)
    assert stamp(replace(world, version=other, sequence=sequence, applied_version=other)).version \
        == stamped.version  # fmt: skip
    guest = Guest(name="i-" + "f" * 17, owner_id="1", mac_address="d0:0d:ff:ff:ff:ff",
                  private_ip=IPv4Address("0.0.0.0"))  # fmt: skip
    assert stamp(replace(world, guests=(*world.guests, guest))).version != stamped.version


PLAIN = b"""<network-data version="0badcafe"><configuration>
<property name="enabledCLCIp"><value>10.1.1.1</value></property>%s</configuration>%s</network-data>
"""


def plain(configuration: bytes = b"", rest: bytes = b"") -> bytes:
    return PLAIN % (configuration, rest)


def guest(name: str = "i-00000001", mac: str = "d0:0d:00:00:00:01", ip: str = "10.0.0.9") -> bytes:
    return (
        f'<instance name="{name}"><macAddress>{mac}</macAddress><publicIp>0.0.0.0</publicIp>'
        f"<privateIp>{ip}</privateIp></instance>"
    ).encode()


def test_the_smallest_document() -> None:
    """A document without instances is a world without guests."""
    world = read(plain(rest=b"<instances/><vpcs/>"))
    assert world.guests == () and world.sequence == 0 and world.mode == "EDGE"


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<network-data",
        b"<other/>",
        b"<network-data version='0badcafe'/>",
        write(World(version="0badcafe", enabled_clc_ip=IPv4Address(1)))[:-20],
        b"<!DOCTYPE network-data [<!ENTITY a 'b'>]>" + plain(),
        plain(b"<property name='mode'><value>VPCMIDO</value></property>"),
        plain(b"<property name='surprise'><value>1</value></property>"),
        plain(b"<property name='mode'><value>EDGE</value><value>EDGE</value></property>"),
        plain(rest=b"<vpcs><vpc name='vpc-1'/></vpcs>"),
        plain(rest=b"<surprise/>"),
        plain(rest=b"<instances>" + guest(name="i-1;reboot") + b"</instances>"),
        plain(rest=b"<instances>" + guest(mac="d0:0d:00:00:00:01,x") + b"</instances>"),
        plain(rest=b"<instances>" + guest(ip="10.0.0.9/8") + b"</instances>"),
        plain(rest=b"<instances>" + guest() + guest() + b"</instances>"),
        plain(rest=b"<instances>" + guest() + guest("i-00000002", ip="10.0.0.8") + b"</instances>"),
        plain(rest=b"<securityGroups><securityGroup name='sg-1 drop'/></securityGroups>"),
        plain(rest=b"<securityGroups><securityGroup name='sg-00000001'><ingressRules><rule>"
              b"<protocol>6</protocol></rule></ingressRules></securityGroup></securityGroups>"),
        plain(b"<property name='subnets'><subnet name='a'><property name='subnet'><value>10.0.0.0"
              b"</value></property><property name='netmask'><value>255.255.255.0</value></property>"
              b"<property name='gateway'><value>10.9.9.9</value></property></subnet></property>"),
        plain().replace(b"0badcafe", b"version7"),
        plain().replace(b"10.1.1.1", b""),
    ],
)  # fmt: skip
def test_a_doubtful_document_is_refused(document: bytes) -> None:
    """Whatever is malformed, unknown, ambiguous or not implemented is refused as a whole."""
    with pytest.raises(BadNetworkDocument):
        read(document)


def test_a_huge_document_is_refused_unread() -> None:
    """One byte over 50 MiB is too much, whatever it holds."""
    with pytest.raises(BadNetworkDocument, match="limit"):
        read(b" " * (50 * 2**20 + 1))


def test_the_seat_of_a_host() -> None:
    """A host finds itself by any of its addresses."""
    subnet = Subnet(name="s", network=IPv4Network("10.0.0.0/24"), gateway=IPv4Address("10.0.0.1"))
    node = NodeSeat(name="10.1.1.7", instance_ids=("i-00000001",))
    cluster = Cluster(
        name="one", subnet=subnet, enabled_cc_ip=IPv4Address(1), mac_prefix="d0:0d",
        private_ips=(), nodes=(node,),
    )  # fmt: skip
    world = World(version="0" * 8, enabled_clc_ip=IPv4Address(1), clusters=(cluster,))
    assert world.seat(frozenset({"127.0.0.1", "10.1.1.7"})) == (cluster, node)
    assert world.seat(frozenset({"127.0.0.1"})) is None
