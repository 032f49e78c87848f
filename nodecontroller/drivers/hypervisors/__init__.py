# SPDX-License-Identifier: BSD-2-Clause
"""What the node controller may ask of a hypervisor, and the hypervisors there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from nodecontroller.core.reconcile import Domain
from nodecontroller.core.sensors import Reading


class HypervisorUnreachable(Exception):
    """The hypervisor did not answer; what it runs may still run."""


class HypervisorRefused(Exception):
    """The hypervisor answered and said no; the text is its own."""


class Happening(Enum):
    """What a hypervisor reports by itself."""

    STARTED = "a domain started"
    STOPPED = "a domain is gone"
    REBOOTED = "a guest rebooted"
    CHANGED = "a domain changed in another way"
    LOST = "the connection broke"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Pushed news; ``name`` is the domain's, "" when it concerns all."""

    what: Happening
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts:
    """The host as its hypervisor sees it: memory in MiB, cores."""

    memory: int
    cores: int


Listener = Callable[[Happened], None]


class Hypervisor(Protocol):
    """One host's virtual machines.

    Every method may raise HypervisorUnreachable; those that act, HypervisorRefused. Acting on a
    domain that is not there is HypervisorRefused, except ``destroy``: gone is what it wants.
    """

    kind: str
    """The domain type guests get: "kvm", "qemu" or "xen"."""

    def listen(self, listener: Listener) -> None:
        """Have ``listener`` called, in the reactor's thread, with whatever happens."""
        ...

    async def host(self) -> HostFacts:
        """What the host has."""
        ...

    async def domains(self) -> tuple[Domain, ...]:
        """Every domain there is, ours or not."""
        ...

    async def start(self, xml: str) -> None:
        """Start the domain that ``xml`` describes; it is gone for good once it stops."""
        ...

    async def shutdown(self, name: str) -> None:
        """Ask the guest to power itself off; it may not listen."""
        ...

    async def reboot(self, name: str) -> None:
        """Ask the guest to reboot; Happening.REBOOTED tells when it did."""
        ...

    async def press(self, name: str) -> None:
        """Press Control-Alt-Delete in the guest."""
        ...

    async def reset(self, name: str) -> None:
        """Reset the machine without asking the guest."""
        ...

    async def resume(self, name: str) -> None:
        """Let a paused machine go on."""
        ...

    async def destroy(self, name: str) -> None:
        """Stop the machine without asking the guest; gone already is fine."""
        ...

    async def readings(self) -> Mapping[str, Reading]:
        """What every running domain used so far, by name."""
        ...

    async def close(self) -> None:
        """Let go of the hypervisor; the machines run on."""
        ...
