# SPDX-License-Identifier: BSD-2-Clause
"""Private addresses: the network configuration (JSON, as the original's) and who gets which.

In EDGE mode every zone owns a pool. A cluster entry may name its subnet by one of the global
``Subnets`` and inherits what it leaves out from the global values.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

DEFAULT_MAC_PREFIX = "d0:0d"


class BadNetwork(ValueError):
    """A network configuration that cannot be used; says where and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Addresses ``first`` to ``last``, both included, as numbers."""

    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The private network of one zone."""

    zone: str
    subnet: str
    netmask: str
    gateway: str
    ranges: tuple[Range, ...]
    mac_prefix: str = DEFAULT_MAC_PREFIX

    @property
    def range_texts(self) -> tuple[str, ...]:
        """The ranges as the configuration writes them: ``a`` or ``a-b``."""
        return tuple(_text(span) for span in self.ranges)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A whole network configuration. ``fallback`` serves zones that have no entry of their own."""

    mode: str = "EDGE"
    dns_domain: str = "eucalyptus.internal"
    dns_servers: tuple[str, ...] = ()
    public_ips: tuple[str, ...] = ()
    public_gateway: str = ""
    pools: tuple[Pool, ...] = ()
    fallback: Pool | None = None

    def pool(self, zone: str) -> Pool | None:
        """The pool of ``zone``, or None when the configuration gives it no addresses."""
        own = next((pool for pool in self.pools if pool.zone == zone), None)
        return own or self.fallback


def _text(span: Range) -> str:
    first, last = str(IPv4Address(span.first)), str(IPv4Address(span.last))
    return first if first == last else f"{first}-{last}"


def _number(text: str, where: str) -> int:
    try:
        return int(IPv4Address(text.strip()))
    except ValueError as wrong:
        raise BadNetwork(f"{where}: {text!r} is not an IPv4 address") from wrong


def parse_range(text: str, where: str = "range") -> Range:
    """``a`` or ``a-b`` -> Range; raises BadNetwork."""
    first, dash, last = str(text).partition("-")
    low = _number(first, where)
    high = _number(last, where) if dash else low
    if high < low:
        raise BadNetwork(f"{where}: {text!r} ends before it starts")
    return Range(first=low, last=high)


def _subnet(entry: Mapping[str, Any], top: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    own = dict(entry.get("Subnet") or {})
    known = [dict(s) for s in top.get("Subnets") or ()]
    name = own.get("Name", "")
    shared = next((s for s in known if name and s.get("Name", s.get("Subnet")) == name), None)
    if shared is None and not own.get("Subnet") and len(known) == 1:
        shared = known[0]
    merged = {**(shared or {}), **own}
    missing = [key for key in ("Subnet", "Netmask", "Gateway") if not merged.get(key)]
    if missing:
        raise BadNetwork(f"{where}: the subnet lacks {', '.join(missing)}")
    return merged


def _pool(entry: Mapping[str, Any], top: Mapping[str, Any], zone: str) -> Pool:
    where = f"zone {zone}" if zone else "global network"
    subnet = _subnet(entry, top, where)
    try:
        network = IPv4Network(f"{subnet['Subnet']}/{subnet['Netmask']}")
    except ValueError as wrong:
        raise BadNetwork(f"{where}: {wrong}") from wrong
    texts = entry.get("PrivateIps") or top.get("PrivateIps") or ()
    ranges = tuple(parse_range(text, f"{where}, PrivateIps") for text in texts)
    low, high = int(network.network_address), int(network.broadcast_address)
    for span in ranges:
        if span.first <= low or span.last >= high:
            raise BadNetwork(f"{where}: PrivateIps {_text(span)} are not inside {network}")
    prefix = entry.get("MacPrefix") or top.get("MacPrefix") or DEFAULT_MAC_PREFIX
    return Pool(
        zone=zone,
        subnet=str(network.network_address),
        netmask=str(network.netmask),
        gateway=str(IPv4Address(_number(subnet["Gateway"], where))),
        ranges=ranges,
        mac_prefix=_mac_prefix(str(prefix), where),
    )


def _mac_prefix(text: str, where: str) -> str:
    head, colon, tail = text.lower().partition(":")
    if not colon or any(len(h) != 2 or set(h) - set("0123456789abcdef") for h in (head, tail)):
        raise BadNetwork(f"{where}: MacPrefix {text!r} is not like d0:0d")
    return f"{head}:{tail}"


def parse(text: str) -> Network:
    """Network configuration JSON ("" means none yet) -> Network; raises BadNetwork."""
    if not text.strip():
        return Network()
    try:
        top = json.loads(text)
    except ValueError as wrong:
        raise BadNetwork(f"not JSON: {wrong}") from wrong
    if not isinstance(top, dict):
        raise BadNetwork("not a JSON object")
    try:
        return _network(top)
    except (AttributeError, TypeError, KeyError) as wrong:
        raise BadNetwork(f"has not the expected shape: {wrong}") from wrong


def _network(top: Mapping[str, Any]) -> Network:
    mode = str(top.get("Mode", "EDGE"))
    if mode != "EDGE":
        raise BadNetwork(f"Mode {mode} is not offered; EDGE is")
    public = tuple(str(text) for text in top.get("PublicIps") or ())
    for text in public:
        parse_range(text, "PublicIps")
    clusters = tuple(top.get("Clusters") or ())
    shared = bool(top.get("PrivateIps") and top.get("Subnets"))
    return Network(
        mode=mode,
        dns_domain=str(top.get("InstanceDnsDomain") or "eucalyptus.internal").strip("."),
        dns_servers=tuple(str(s) for s in top.get("InstanceDnsServers") or ()),
        public_ips=public,
        public_gateway=str(top.get("PublicGateway") or ""),
        pools=tuple(_pool(entry, top, str(entry["Name"])) for entry in clusters),
        fallback=_pool({}, top, "") if shared and not clusters else None,
    )


def _free(pool: Pool, used: Set[str]) -> Iterator[str]:
    gateway = int(IPv4Address(pool.gateway))
    seen: set[int] = set()
    for span in pool.ranges:
        for number in range(span.first, span.last + 1):
            text = str(IPv4Address(number))
            if number not in seen and number != gateway and text not in used:
                seen.add(number)
                yield text


def allocate(pool: Pool, used: Set[str], count: int) -> tuple[str, ...]:
    """The ``count`` lowest free addresses; fewer when the pool runs out."""
    found = []
    if count > 0:
        for address in _free(pool, used):
            found.append(address)
            if len(found) == count:
                break
    return tuple(found)


def mac_address(instance_id: str, prefix: str = DEFAULT_MAC_PREFIX) -> str:
    """``i-aabbccdd`` -> ``d0:0d:aa:bb:cc:dd``: the zone's prefix and the id's first 8 digits."""
    digits = instance_id.removeprefix("i-")[:8].lower()
    pairs: Iterable[str] = (digits[i : i + 2] for i in range(0, 8, 2))
    return ":".join((prefix, *pairs))
