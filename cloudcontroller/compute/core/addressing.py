# SPDX-License-Identifier: BSD-2-Clause
"""Private addresses: which of a zone's pool is free, and the MAC that belongs to an instance."""

from __future__ import annotations

from collections.abc import Iterator, Set
from ipaddress import IPv4Address

from eucalyptus.wire.networkconfig import (
    DEFAULT_MAC_PREFIX,
    BadNetworkConfig,
    NetworkConfig,
    ZoneNetwork,
    parse,
)

__all__ = [
    "BadNetworkConfig",
    "NetworkConfig",
    "ZoneNetwork",
    "allocate",
    "check",
    "mac_address",
    "network",
]


def network(text: str) -> NetworkConfig | None:
    """The cloud's network from its property; None while nobody has set it.

    Raises BadNetworkConfig; the property's own check makes that rare.
    """
    return parse(text) if text.strip() else None


def check(text: str) -> None:
    """The network property's own check; raises ValueError with every mistake."""
    try:
        network(text)
    except BadNetworkConfig as wrong:
        raise ValueError(str(wrong)) from wrong


def _free(pool: ZoneNetwork, used: Set[str]) -> Iterator[str]:
    ends = (pool.subnet.gateway, pool.subnet.network[0], pool.subnet.network[-1])
    kept = {str(address) for address in ends}
    seen: set[str] = set()
    for span in pool.private_ips:
        for number in range(int(span.first), int(span.last) + 1):
            text = str(IPv4Address(number))
            if text not in used and text not in kept and text not in seen:
                seen.add(text)
                yield text


def allocate(pool: ZoneNetwork, used: Set[str], count: int) -> tuple[str, ...]:
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
    return ":".join((prefix, *(digits[i : i + 2] for i in range(0, 8, 2))))
