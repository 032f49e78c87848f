# SPDX-License-Identifier: BSD-2-Clause
"""What a client is given, and what it is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cloudinabox.soap import ENDPOINT, VERSION, Signed


@dataclass(frozen=True, slots=True)
class Access:
    """Who one is, by the variables of ``eucarc``; and the API version to speak, where one may."""

    variables: dict[str, str]
    version: str = VERSION

    @property
    def key(self) -> tuple[str, str]:
        """Access key and secret."""
        return self.variables["EC2_ACCESS_KEY"], self.variables["EC2_SECRET_KEY"]

    @property
    def wsdl(self) -> str:
        """Where the cloud publishes the WSDL of that version."""
        return f"{ENDPOINT}?wsdl={self.version}"

    def signature(self) -> Signed:
        """What signs a SOAP message of a client that leaves this to its caller."""
        return Signed(Path(self.variables["EC2_PRIVATE_KEY"]), Path(self.variables["EC2_CERT"]))


class Client(Protocol):
    """What every client is asked to do."""

    def zones(self) -> list[str]:
        """Names of the availability zones."""

    def images(self) -> list[str]:
        """Ids of the images."""

    def create_key(self, name: str) -> str:
        """Make a key pair; its private half as PEM text."""

    def create_group(self, name: str) -> None:
        """Make a security group."""

    def run(self, image: str, key: str, group: str) -> str:
        """Start one instance; its id."""

    def state(self, instance: str) -> str:
        """An instance's state."""

    def console(self, instance: str) -> str:
        """What an instance wrote to its console."""

    def reboot(self, instance: str) -> None:
        """Reboot an instance."""

    def terminate(self, instance: str) -> str:
        """End an instance; the state it is in then."""
