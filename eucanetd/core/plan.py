# SPDX-License-Identifier: BSD-2-Clause
"""What a mode makes of the world: everything that shall be in force on this host, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the host's administrator chose, and the addresses the host already has."""

    bridge: str = "eucabr0"
    router: bool = True
    isolate: bool = True
    metadata_ip: IPv4Address | None = None
    metadata_port: int = 8773
    directory: str = "/var/lib/eucalyptus/run/net"
    dhcp_user: str = "root"
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The bridge: addresses with prefix length, routes to networks, kernel switches.

    ``ports`` are the guests' taps that belong on it; they come and go with the guests.
    """

    bridge: str
    addresses: tuple[str, ...]
    routes: tuple[str, ...] = ()
    switches: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dhcp:
    """The DHCP server's configuration and its hosts file: (MAC, address) pairs and their text."""

    config: str
    hosts: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything wanted on this host for one version of the world."""

    version: str
    instances: tuple[str, ...]
    link: Link
    rules: str
    dhcp: Dhcp
