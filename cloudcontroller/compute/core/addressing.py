# SPDX-License-Identifier: BSD-2-Clause
"""Private addresses: which of a zone's pool is free, and the MAC that belongs to an instance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from ipaddress import IPv4Address
from itertools import islice

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
    "following",
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


def following(pool: ZoneNetwork, after: str = "") -> Iterator[str]:
    """The pool's addresses behind ``after``, in order; those of the network itself are left out."""
    ends = (pool.subnet.gateway, pool.subnet.network[0], pool.subnet.network[-1])
    kept = {int(address) for address in ends}
    last = int(IPv4Address(after)) if after else -1
    for span in sorted(pool.private_ips, key=lambda span: span.first):
        for number in range(max(int(span.first), last + 1), int(span.last) + 1):
            if number not in kept:
                # Dozens are looked at for each launch, and IPv4Address takes three times as long.
                yield ".".join(map(str, number.to_bytes(4, "big")))
        last = max(last, int(span.last))


def allocate(addresses: Iterable[str], used: Set[str], count: int) -> tuple[str, ...]:
    """The first ``count`` of ``addresses`` that are not in use; fewer when there are no more."""
    return tuple(islice((one for one in addresses if one not in used), count))


def mac_address(instance_id: str, prefix: str = DEFAULT_MAC_PREFIX) -> str:
    """``i-aabbccdd`` -> ``d0:0d:aa:bb:cc:dd``: the zone's prefix and the id's first 8 digits."""
    digits = instance_id.removeprefix("i-")[:8].lower()
    return ":".join((prefix, *(digits[i : i + 2] for i in range(0, 8, 2))))
