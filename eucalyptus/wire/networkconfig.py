# SPDX-License-Identifier: BSD-2-Clause
"""The property ``cloud.network.network_configuration``: JSON with PascalCase keys -> a value.

Every mistake is reported at once, each with the path of its key, so that an administrator
corrects a file in one go. Only EDGE is implemented; the other modes are refused by name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Network
from re import Pattern
from typing import Any, TypeVar

from eucalyptus.wire.networkworld import (
    DOMAIN,
    MAC_PREFIX,
    NAME,
    AddressRange,
    Subnet,
)  # fmt: skip

DEFAULT_MAC_PREFIX = "d0:0d"
_MODES = ("EDGE", "VPCMIDO", "MANAGED", "MANAGED-NOVLAN")
_KEYS = (
    "Mode", "InstanceDnsDomain", "InstanceDnsServers", "MacPrefix", "PublicIps", "PublicGateway",
    "PrivateIps", "Subnets", "Clusters", "ManagedSubnet", "Mido",
)  # fmt: skip

T = TypeVar("T")


class BadNetworkConfig(Exception):
    """A configuration that cannot be used; ``mistakes`` has a sentence for each."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = tuple(mistakes)


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneNetwork:
    """The network of one zone, with everything it inherits filled in."""

    name: str
    mac_prefix: str
    subnet: Subnet
    private_ips: tuple[AddressRange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConfig:
    """The network of the cloud as its administrator wrote it.

    ``zones`` holds the zones that are named; ``zone(name)`` also answers for others, from the
    global subnet and pool. An empty domain or no servers mean: the cloud's defaults.
    """

    mode: str = "EDGE"
    instance_dns_domain: str = ""
    instance_dns_servers: tuple[IPv4Address, ...] = ()
    mac_prefix: str = DEFAULT_MAC_PREFIX
    public_ips: tuple[AddressRange, ...] = ()
    public_gateway: IPv4Address | None = None
    private_ips: tuple[AddressRange, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    zones: tuple[ZoneNetwork, ...] = ()

    def zone(self, name: str) -> ZoneNetwork | None:
        """The network of zone ``name``; None when neither it nor a single global subnet exists."""
        for zone in self.zones:
            if zone.name == name:
                return zone
        if len(self.subnets) != 1:
            return None
        subnet = self.subnets[0]
        pool = self.private_ips or _whole(subnet)
        return ZoneNetwork(name=name, mac_prefix=self.mac_prefix, subnet=subnet, private_ips=pool)


def _whole(subnet: Subnet) -> tuple[AddressRange, ...]:
    """Every host address of a subnet but its gateway's."""
    first, last = subnet.network[1], subnet.network[-2]
    made = []
    if first < subnet.gateway:
        made.append(AddressRange(first=first, last=subnet.gateway - 1))
    if subnet.gateway < last:
        made.append(AddressRange(first=max(first, subnet.gateway + 1), last=last))
    return tuple(made)


def parse(text: str) -> NetworkConfig:
    """Read and check the JSON; raises BadNetworkConfig with every mistake."""
    try:
        found = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as wrong:
        raise BadNetworkConfig([f"not JSON: {wrong}"]) from wrong
    if not isinstance(found, dict):
        raise BadNetworkConfig(["the configuration is not a JSON object"])
    reading = _Reading()
    config = _config(reading, found)
    if reading.mistakes:
        raise BadNetworkConfig(reading.mistakes)
    return config


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError(f"a key occurs twice among {', '.join(key for key, _ in pairs)}")
    return made


@dataclass(slots=True)
class _Reading:
    """Collects mistakes while values are taken; a bad value reads as its default."""

    mistakes: list[str] = field(default_factory=list)

    def wrong(self, path: str, sentence: str) -> None:
        self.mistakes.append(f"{path}: {sentence}")

    def known(self, path: str, found: Mapping[str, Any], keys: Sequence[str]) -> None:
        for key in found:
            if key not in keys:
                self.wrong(path + key, f"is not known here. Known: {', '.join(keys)}")

    def one(self, path: str, value: Any, make: Callable[[str], T], default: T) -> T:
        if value is None:
            return default
        try:
            if not isinstance(value, str):
                raise ValueError("is not a string")
            return make(value)
        except ValueError as wrong:
            self.wrong(path, str(wrong))
            return default

    def many(self, path: str, value: Any, make: Callable[[str], T]) -> tuple[T, ...]:
        if value is None:
            return ()
        if not isinstance(value, list):
            self.wrong(path, "is not a list")
            return ()
        made = (self.one(f"{path}[{i}]", each, make, None) for i, each in enumerate(value))
        return tuple(each for each in made if each is not None)

    def objects(self, path: str, value: Any) -> list[tuple[str, dict[str, Any]]]:
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.wrong(path, "is not a list of objects")
            return []
        return [(f"{path}[{i}].", each) for i, each in enumerate(value)]


def _match(pattern: Pattern[str], what: str) -> Callable[[str], str]:
    def make(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(f"'{text}' is not {what}")
        return text

    return make


_mac_prefix = _match(MAC_PREFIX, "two bytes like d0:0d")
_domain = _match(DOMAIN, "a domain name")
_name = _match(NAME, "a name")


def _config(reading: _Reading, found: dict[str, Any]) -> NetworkConfig:
    reading.known("", found, _KEYS)
    mode = found.get("Mode", "EDGE")
    if mode not in _MODES:
        reading.wrong("Mode", f"'{mode}' is none of {', '.join(_MODES)}")
    elif mode != "EDGE":
        reading.wrong("Mode", f"{mode} is not implemented; use EDGE")
    for key in ("ManagedSubnet", "Mido"):
        if key in found:
            reading.wrong(key, "does not belong to mode EDGE")
    pool = reading.many("PrivateIps", found.get("PrivateIps"), AddressRange.parse)
    prefix = reading.one("MacPrefix", found.get("MacPrefix"), _mac_prefix, DEFAULT_MAC_PREFIX)
    subnets = tuple(
        _subnet(reading, path, each)
        for path, each in reading.objects("Subnets", found.get("Subnets"))
    )
    config = NetworkConfig(
        instance_dns_domain=reading.one(
            "InstanceDnsDomain", found.get("InstanceDnsDomain"), _domain, ""
        ),
        instance_dns_servers=reading.many(
            "InstanceDnsServers", found.get("InstanceDnsServers"), IPv4Address
        ),
        mac_prefix=prefix.lower(),
        public_ips=reading.many("PublicIps", found.get("PublicIps"), AddressRange.parse),
        public_gateway=reading.one("PublicGateway", found.get("PublicGateway"), _optional_ip, None),
        private_ips=pool,
        subnets=tuple(each for each in subnets if each),
    )
    return _with_zones(reading, config, found.get("Clusters"))


def _optional_ip(text: str) -> IPv4Address | None:
    return IPv4Address(text)


def _subnet(reading: _Reading, path: str, found: dict[str, Any]) -> Subnet | None:
    reading.known(path, found, ("Name", "Subnet", "Netmask", "Gateway"))
    missing = [key for key in ("Subnet", "Netmask", "Gateway") if key not in found]
    for key in missing:
        reading.wrong(path + key, "is missing")
    if missing:
        return None
    name = reading.one(path + "Name", found.get("Name"), _name, str(found["Subnet"]))
    try:
        network = IPv4Network(f"{found['Subnet']}/{found['Netmask']}")
        if network.prefixlen > 30:
            raise ValueError(f"{network} has no room for instances")
        gateway = IPv4Address(found["Gateway"])
        if gateway not in network:
            raise ValueError(f"gateway {gateway} is outside {network}")
    except ValueError as wrong:
        reading.wrong(path.rstrip("."), str(wrong))
        return None
    return Subnet(name=name, network=network, gateway=gateway)


def _with_zones(reading: _Reading, config: NetworkConfig, found: Any) -> NetworkConfig:
    zones = [
        _zone(reading, path, each, config) for path, each in reading.objects("Clusters", found)
    ]
    whole = replace(config, zones=tuple(zone for zone in zones if zone))
    names = [zone.name for zone in whole.zones]
    for name in sorted({name for name in names if names.count(name) > 1}):
        reading.wrong("Clusters", f"zone {name} occurs twice")
    if not reading.mistakes and not whole.zones and len(whole.subnets) != 1:
        reading.wrong("Subnets", "give one global subnet, or Clusters with a Subnet each")
    if not whole.zones and len(whole.subnets) == 1:
        _inside(reading, "PrivateIps", config.private_ips, whole.subnets[0])
    return whole


def _zone(
    reading: _Reading, path: str, found: dict[str, Any], config: NetworkConfig
) -> ZoneNetwork | None:
    reading.known(path, found, ("Name", "MacPrefix", "Subnet", "PrivateIps"))
    if "Name" not in found:
        reading.wrong(path + "Name", "is missing")
    name = reading.one(path + "Name", found.get("Name"), _name, "")
    prefix = reading.one(path + "MacPrefix", found.get("MacPrefix"), _mac_prefix, config.mac_prefix)
    own = reading.many(path + "PrivateIps", found.get("PrivateIps"), AddressRange.parse)
    subnet = _zone_subnet(reading, path + "Subnet", found.get("Subnet"), config.subnets)
    if subnet is None:
        return None
    inherited = tuple(
        each for each in config.private_ips if each.first in subnet.network
    ) or _whole(subnet)
    _inside(reading, path + "PrivateIps", own, subnet)
    return ZoneNetwork(
        name=name, mac_prefix=prefix.lower(), subnet=subnet, private_ips=own or inherited
    )


def _zone_subnet(
    reading: _Reading, path: str, found: Any, subnets: tuple[Subnet, ...]
) -> Subnet | None:
    """A zone's own subnet, the global one it names, or the only global one."""
    if found is None and len(subnets) == 1:
        return subnets[0]
    if not isinstance(found, dict):
        reading.wrong(path, "is missing and there is not exactly one global subnet to inherit")
        return None
    if "Subnet" in found:
        return _subnet(reading, path + ".", found)
    for subnet in subnets:
        if subnet.name == found.get("Name"):
            return subnet
    reading.wrong(path, f"'{found.get('Name')}' is not the Name of a global subnet")
    return None


def _inside(reading: _Reading, path: str, pool: tuple[AddressRange, ...], subnet: Subnet) -> None:
    for each in pool:
        if each.first not in subnet.network or each.last not in subnet.network:
            reading.wrong(path, f"{each} is outside subnet {subnet.network}")
        elif subnet.gateway in each:
            reading.wrong(path, f"{each} holds the gateway {subnet.gateway}")
