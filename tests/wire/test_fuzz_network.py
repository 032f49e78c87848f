# SPDX-License-Identifier: BSD-2-Clause
"""Fuzzers of the network document and of the administrator's network configuration."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eucalyptus.wire import networkconfig
from eucalyptus.wire.networkconfig import BadNetworkConfig
from eucalyptus.wire.networkinfo import (
    AddressRange,
    BadNetworkDocument,
    GroupRule,
    SecurityGroup,
    read,
    write,
)
from tests.eucanetd.worlds import SUBNET, guest, world
from tests.fixtures.cpu import growth
from tests.fuzzing import NASTY, fuzzed, mutants

RULE = GroupRule(protocol=6, from_port=22, to_port=22, cidr=IPv4Network("10.0.0.0/8"))
FULL = replace(
    world(guest(1), guest(2), sequence=7),
    groups=(SecurityGroup(name="sg-00000001", owner_id="1", ingress=(RULE,)),),
    public_ips=(AddressRange(first=IPv4Address("10.2.0.1"), last=IPv4Address("10.2.0.9")),),
    subnets=(SUBNET,),
)
SAFE = re.compile(r"[\w.:/ -]*", re.ASCII)


@fuzzed(800)
@given(mutants(write(FULL), write(world())))
@example(write(FULL).replace(b"<protocol>6<", "<protocol>٣<".encode()))
@example(write(FULL).replace(b"<protocol>6<", b"<protocol>1_0<"))
@example(write(FULL).replace(b"<protocol>6<", b"<protocol>" + b"9" * 5000 + b"<"))
def test_a_network_document_is_a_world_or_refused(document: bytes) -> None:
    """And what is a world is written again as the same world, in letters that need no quoting."""
    try:
        found = read(document)
    except BadNetworkDocument:
        return
    assert read(write(found)) == found
    names = [one.name for one in (*found.guests, *found.groups, *found.clusters)]
    names += [found.version, found.instance_dns_domain, *(one.owner_id for one in found.guests)]
    names += [node.name for cluster in found.clusters for node in cluster.nodes]
    assert all(SAFE.fullmatch(name) for name in names)


def crowded(count: int) -> bytes:
    """A document with so many instances, the last two of one name."""
    one = write(world(guest(1))).split(b"<instance name=")[1].split(b"</instances>")[0]
    made = []
    for number in range(2, count + 2):
        word = b"%08x" % min(number, count)
        mac = b":".join(word[at : at + 2] for at in range(0, 8, 2))
        text = one.replace(b"00000001", word, 1).replace(b"00:00:00:01", mac)
        made.append(b"<instance name=" + text.replace(b"172.31.0.17", b"10.%d.%d.%d" % (
            number >> 16, number >> 8 & 255, number & 255)))  # fmt: skip
    return write(world()).replace(b"<instances/>", b"<instances>%b</instances>" % b"".join(made))


def test_a_large_document_with_one_name_twice_is_refused_soon() -> None:
    """At its very end, among forty thousand: ten times as late as among four thousand."""
    few, many = crowded(4_000), crowded(40_000)

    def refused(document: bytes) -> None:
        with pytest.raises(BadNetworkDocument, match="twice"):
            read(document)

    assert growth(lambda: refused(few), lambda: refused(many), 25) <= 25


CONFIG: dict[str, Any] = {
    "Mode": "EDGE", "InstanceDnsDomain": "x.internal", "InstanceDnsServers": ["10.1.1.1"],
    "MacPrefix": "d0:0d", "PublicIps": ["10.2.0.1-10.2.0.9"], "PublicGateway": "10.2.0.254",
    "PrivateIps": ["172.31.0.5-172.31.0.99"],
    "Subnets": [{"Name": "one", "Subnet": "172.31.0.0", "Netmask": "255.255.240.0",
                 "Gateway": "172.31.0.1"}],
    "Clusters": [{"Name": "zone", "MacPrefix": "d0:0d", "Subnet": {"Name": "one"},
                  "PrivateIps": ["172.31.0.5"]}],
}  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(NASTY) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*CONFIG, "Name", "Subnet", "Netmask", "Gateway"]), inner)
    ),
    max_leaves=8,
)


@st.composite
def configurations(draw: st.DrawFn) -> str:
    """The honest configuration with parts of it replaced by anything."""
    made = json.loads(json.dumps(CONFIG))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from([made, made["Subnets"][0], made["Clusters"][0]]))
        place[draw(st.sampled_from([*place, "Unknown"]))] = draw(JSON)
        made.setdefault("Subnets", [{}]), made.setdefault("Clusters", [{}])
        if not all(isinstance(made[k], list) and made[k] and isinstance(made[k][0], dict)
                   for k in ("Subnets", "Clusters")):  # fmt: skip
            break
    return json.dumps(made)


@fuzzed(600)
@given(configurations() | st.text(max_size=40) | st.just("[" * 100_000))
@example('{"Subnets": [{"Subnet": "10.0.0.0", "Netmask": "255.0.0.0", "Gateway": ["10.0.0.1"]}]}')
def test_a_network_configuration_is_taken_or_refused(text: str) -> None:
    """With sentences that can be shown to somebody."""
    try:
        networkconfig.parse(text)
    except BadNetworkConfig as bad:
        assert bad.mistakes


def test_the_seeds_are_honest() -> None:
    """Or the mutants would not come far."""
    assert read(write(FULL)) == FULL
    networkconfig.parse(json.dumps(CONFIG))
