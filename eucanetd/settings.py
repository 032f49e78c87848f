# SPDX-License-Identifier: BSD-2-Clause
"""What eucalyptus.conf may tell eucanetd."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from eucalyptus.settings import House, setting
from eucanetd.core.plan import Choices

_INTERFACE = re.compile(r"[A-Za-z0-9_.-]{1,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(House):
    """The settings of a host's network."""

    mode: str = setting("VNET_MODE", "EDGE", says="Network mode; EDGE.")
    bridge: str = setting("VNET_BRIDGE", "eucabr0", says="Bridge of the guests; made if missing.")
    polling: int = setting("POLLING_FREQUENCY", 1, says="Seconds between looks at the document.")
    router: bool = setting("NC_ROUTER", True, says="Y: this host is its guests' gateway.")
    metadata_ip: str = setting("METADATA_IP", "", says="Where metadata is served; empty: the CLC.")
    metadata_port: int = setting("CLOUD_PORT", 8773, says="Port of all web services.")
    no_isolation: bool = setting(
        "DISABLE_L2_ISOLATION", False, says="Y: guests may use foreign MAC and IP addresses."
    )
    dhcp_program: str = setting("VNET_DHCPDAEMON", "dnsmasq", says="The dnsmasq program.")
    dhcp_user: str = setting("VNET_DHCPUSER", "root", says="User that dnsmasq runs as.")
    host: str = setting(
        "NC_ADDRESS", "", says="The name of this host in NODES, where none of its addresses is."
    )

    def __post_init__(self) -> None:
        mistakes = []
        if self.mode != "EDGE":
            mistakes.append(f"VNET_MODE={self.mode} is not implemented; use EDGE")
        if not _INTERFACE.fullmatch(self.bridge):
            mistakes.append(f"VNET_BRIDGE={self.bridge} is not an interface name")
        if not _INTERFACE.fullmatch(self.dhcp_user):
            mistakes.append(f"VNET_DHCPUSER={self.dhcp_user} is not a user name")
        try:
            IPv4Address(self.metadata_ip or "0.0.0.0")  # noqa: S104 - only parsed
        except ValueError:
            mistakes.append(f"METADATA_IP={self.metadata_ip} is not an IPv4 address")
        if mistakes:
            raise ValueError("; ".join(mistakes))

    @property
    def directory(self) -> Path:
        """Files of the network in force."""
        return self.run / "net"

    def choices(self, addresses: frozenset[str]) -> Choices:
        """The settings as the core takes them."""
        return Choices(
            bridge=self.bridge,
            router=self.router,
            isolate=not self.no_isolation,
            metadata_ip=IPv4Address(self.metadata_ip) if self.metadata_ip else None,
            metadata_port=self.metadata_port,
            directory=str(self.directory),
            dhcp_user=self.dhcp_user,
            addresses=addresses,
        )
