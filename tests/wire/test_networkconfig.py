# SPDX-License-Identifier: BSD-2-Clause
"""The network configuration: inheritance between cloud and zone, and every mistake at once."""

from __future__ import annotations

import json
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eucalyptus.wire.networkconfig import BadNetworkConfig, parse
from eucalyptus.wire.networkworld import AddressRange

SUBNET = {"Subnet": "172.31.0.0", "Netmask": "255.255.240.0", "Gateway": "172.31.0.1"}


def mistakes(text: object) -> tuple[str, ...]:
    with pytest.raises(BadNetworkConfig) as caught:
        parse(text if isinstance(text, str) else json.dumps(text))
    return caught.value.mistakes


def test_the_least_configuration() -> None:
    """One global subnet serves every zone; its pool is all of it but the gateway."""
    zone = parse(json.dumps({"Subnets": [SUBNET]})).zone("anything")
    assert zone is not None and zone.mac_prefix == "d0:0d"
    assert [str(each) for each in zone.private_ips] == ["172.31.0.2-172.31.15.254"]


def test_a_zone_inherits_what_it_does_not_say() -> None:
    """Prefix, pool and subnet come from the cloud unless the zone has its own."""
    config = parse(json.dumps({
        "Mode": "EDGE", "InstanceDnsDomain": "one.internal", "InstanceDnsServers": ["10.1.1.1"],
        "MacPrefix": "D0:0E", "PublicIps": ["10.1.2.1-10.1.2.9"], "PublicGateway": "10.1.2.254",
        "PrivateIps": ["172.31.0.5-172.31.0.9"],
        "Subnets": [SUBNET | {"Name": "big"}],
        "Clusters": [
            {"Name": "one", "Subnet": {"Name": "big"}},
            {"Name": "two", "MacPrefix": "d0:0f", "PrivateIps": ["10.9.0.7"], "Subnet":
             {"Subnet": "10.9.0.0", "Netmask": "255.255.255.0", "Gateway": "10.9.0.1"}},
        ],
    }))  # fmt: skip
    one, two = config.zone("one"), config.zone("two")
    assert one is not None and two is not None
    assert one.mac_prefix == "d0:0e" and [str(r) for r in one.private_ips] == [
        "172.31.0.5-172.31.0.9"
    ]
    assert two.mac_prefix == "d0:0f" and two.subnet.gateway == IPv4Address("10.9.0.1")
    assert config.public_ips[0].last == IPv4Address("10.1.2.9")
    assert config.zone("three") is not None


def test_every_mistake_is_reported_at_once() -> None:
    """A file with many mistakes is answered with all of them, each with its path."""
    found = mistakes({
        "Mode": "FLAT", "Surprise": 1, "MacPrefix": "xx", "InstanceDnsServers": ["dns", 5],
        "PrivateIps": "10.0.0.1", "PublicIps": ["10.0.0.9-10.0.0.1"], "Mido": {},
        "Subnets": [{"Subnet": "10.0.0.0", "Netmask": "255.0.255.0", "Gateway": "10.0.0.1"},
                    {"Subnet": "10.1.0.0", "Colour": "red"}],
        "Clusters": [{"Subnet": {"Name": "nowhere"}}],
    })  # fmt: skip
    paths = {each.partition(":")[0] for each in found}
    assert paths >= {
        "Mode", "Surprise", "MacPrefix", "InstanceDnsServers[0]", "InstanceDnsServers[1]",
        "PrivateIps", "PublicIps[0]", "Mido", "Subnets[0]", "Subnets[1].Netmask",
        "Subnets[1].Gateway", "Subnets[1].Colour", "Clusters[0].Name", "Clusters[0].Subnet",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ('{"Mode":"EDGE","Mode":"EDGE"}', "twice"),
        ("[" * 100_000, "not JSON"),
        ({"Mode": "VPCMIDO", "Subnets": [SUBNET]}, "not implemented"),
        ({}, "global subnet"),
        ({"Subnets": [SUBNET], "PrivateIps": ["10.0.0.1"]}, "outside"),
        ({"Subnets": [SUBNET], "PrivateIps": ["172.31.0.1-172.31.0.9"]}, "gateway"),
        ({"Subnets": [SUBNET | {"Netmask": "255.255.255.255"}]}, "room"),
        ({"Subnets": [SUBNET | {"Gateway": "10.0.0.1"}]}, "outside"),
        ({"Subnets": [SUBNET], "Clusters": [{"Name": "a"}, {"Name": "a"}]}, "twice"),
        ({"Subnets": "all"}, "list of objects"),
    ],
)
def test_a_mistake_is_named(text: object, says: str) -> None:
    """Each kind of mistake is refused with a sentence that names it."""
    assert any(says in each for each in mistakes(text))


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_ranges_contain_their_ends(a: int, b: int) -> None:
    """A range reads back as written and holds its ends, or says that it is backwards."""
    text = f"{IPv4Address(a)}-{IPv4Address(b)}"
    if b < a:
        with pytest.raises(ValueError, match="before"):
            AddressRange.parse(text)
    else:
        made = AddressRange.parse(text)
        assert IPv4Address(a) in made and IPv4Address(b) in made and len(made) == b - a + 1
        assert AddressRange.parse(str(made)) == made
