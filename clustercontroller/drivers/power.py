# SPDX-License-Identifier: BSD-2-Clause
"""Sending hosts to sleep and waking them: ncPowerDown, and wake-on-LAN by magic packet."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from clustercontroller.core.capacity import Resources

_MAC = re.compile(r"[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}")
BROADCAST = ("255.255.255.255", 9)
"""Where magic packets go: everybody on the link, the discard port."""


class CannotWake(Exception):
    """A host whose hardware address is not known: it must not be put to sleep either."""


class Power(Protocol):
    """Wakes hosts, and remembers who sleeps across restarts."""

    def remember(self, host: str, resources: Resources) -> None:
        """Note that ``host`` is about to sleep; raises CannotWake if it could not be woken."""
        ...

    def wake(self, host: str) -> None:
        """Send the wake-up call; raises CannotWake. It may get lost: call again."""
        ...

    def awake(self, host: str) -> None:
        """Note that ``host`` is up."""
        ...

    def sleepers(self) -> Mapping[str, Resources]:
        """The hosts that were asleep when the controller last looked."""
        ...


def magic_packet(mac: str) -> bytes:
    """Six bytes of ones and sixteen times the hardware address."""
    if not _MAC.fullmatch(mac):
        raise ValueError(f"{mac} is not a MAC address")
    return b"\xff" * 6 + bytes.fromhex(mac.replace(":", "")) * 16


def neighbour(table: str, address: str) -> str | None:
    """The MAC of ``address`` in the text of /proc/net/arp; None when absent or incomplete."""
    for line in table.splitlines()[1:]:
        words = line.split()
        if len(words) >= 4 and words[0] == address and words[3] != "00:00:00:00:00:00":
            return words[3]
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sleeper:
    mac: str
    resources: Resources


class WakeOnLan:
    """Power by magic packets; MACs come from the settings or the kernel's neighbour table."""

    def __init__(
        self, file: Path, macs: Mapping[str, str], *,
        neighbours: Path = Path("/proc/net/arp"), target: tuple[str, int] = BROADCAST,
    ) -> None:  # fmt: skip
        self._file, self._macs = file, dict(macs)
        self._neighbours, self._target = neighbours, target
        self._asleep = _load(file)

    def remember(self, host: str, resources: Resources) -> None:
        """Look up the MAC while the host still answers, and write it down."""
        mac = self._macs.get(host) or self._learn(host)
        if mac is None:
            raise CannotWake(f"no hardware address is known for {host}; set NODE_MACS")
        magic_packet(mac)
        self._asleep[host] = _Sleeper(mac=mac, resources=resources)
        self._save()

    def wake(self, host: str) -> None:
        """Broadcast the magic packet for ``host``."""
        sleeper = self._asleep.get(host)
        mac = sleeper.mac if sleeper else self._macs.get(host)
        if mac is None:
            raise CannotWake(f"no hardware address is known for {host}")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            wire.sendto(magic_packet(mac), self._target)

    def awake(self, host: str) -> None:
        """Strike the host from the list of sleepers."""
        if self._asleep.pop(host, None):
            self._save()

    def sleepers(self) -> Mapping[str, Resources]:
        """Who sleeps, with what they have."""
        return {host: sleeper.resources for host, sleeper in self._asleep.items()}

    def _learn(self, host: str) -> str | None:
        try:
            address = socket.gethostbyname(host.partition(":")[0])
            return neighbour(self._neighbours.read_text(), address)
        except OSError:
            return None

    def _save(self) -> None:
        text = json.dumps({host: asdict(sleeper) for host, sleeper in self._asleep.items()})
        fresh = self._file.with_suffix(".new")
        with fresh.open("w") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self._file)


def _load(file: Path) -> dict[str, _Sleeper]:
    """What was written down; an unreadable file is as good as none: nodes are asked anyway."""
    try:
        found = json.loads(file.read_text())
        return {
            host: _Sleeper(mac=each["mac"], resources=Resources(**each["resources"]))
            for host, each in found.items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


class FakePower:
    """Power for rehearsals: remembers what it was asked; ``on_wake`` may switch a fake node on."""

    def __init__(self) -> None:
        self.asleep: dict[str, Resources] = {}
        self.woken: list[str] = []
        self.unwakeable: set[str] = set()

    def remember(self, host: str, resources: Resources) -> None:
        """Note it, unless the host was declared unwakeable."""
        if host in self.unwakeable:
            raise CannotWake(host)
        self.asleep[host] = resources

    def wake(self, host: str) -> None:
        """Note it."""
        self.woken.append(host)

    def awake(self, host: str) -> None:
        """Note it."""
        self.asleep.pop(host, None)

    def sleepers(self) -> Mapping[str, Resources]:
        """Who sleeps."""
        return dict(self.asleep)
