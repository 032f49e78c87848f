# SPDX-License-Identifier: BSD-2-Clause
"""A rehearsal hypervisor: domains that boot, speak on their console and stop, without a machine.

Part of the product: a laptop can run a whole cloud on it. Its domains live in a file when it is
given one, so that they outlive the daemon as real ones do.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from xml.etree import ElementTree as ET

from nodecontroller.core.reconcile import Domain, DomainState
from nodecontroller.core.sensors import DiskReading, Reading
from nodecontroller.drivers.hypervisors import (
    Happened,
    Happening,
    HostFacts,
    HypervisorRefused,
    HypervisorUnreachable,
    Listener,
)

BOOT_TEXT = "Rehearsal guest {name}\n{name} login: "


@dataclass(frozen=True, slots=True, kw_only=True)
class _Machine:
    name: str
    uuid: str
    memory: int
    cores: int
    console: str
    disks: tuple[str, ...]
    boots: int = 1
    starved: bool = False


def _read(xml: str) -> _Machine:
    domain = ET.fromstring(xml)  # noqa: S314 - our own core wrote it
    console = domain.find("devices/serial/source")
    return _Machine(
        name=domain.findtext("name", ""),
        uuid=domain.findtext("uuid", ""),
        memory=int(domain.findtext("memory", "0")),
        cores=int(domain.findtext("vcpu", "1")),
        console="" if console is None else console.get("path", ""),
        disks=tuple(e.get("file", "") for e in domain.iterfind("devices/disk/source")),
    )


class FakeHypervisor:
    """Hypervisor without machines. ``clock`` drives what its guests seem to use.

    ``deaf`` guests ignore shutdown and reboot, as some do. ``reachable`` False rehearses a
    hypervisor that does not answer.
    """

    kind = "qemu"

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        facts: HostFacts | None = None,
        file: Path | None = None,
        deaf: bool = False,
    ) -> None:
        self._clock, self._file = clock, file
        self._facts = facts or HostFacts(memory=16384, cores=8)
        self._listeners: list[Listener] = []
        self._machines: dict[str, _Machine] = {}
        self.deaf, self.reachable = deaf, True
        self.refuse_start = ""
        if file is not None and file.exists():
            rows = [{**row, "disks": tuple(row["disks"])} for row in json.loads(file.read_text())]
            self._machines = {row["name"]: _Machine(**row) for row in rows}

    def listen(self, listener: Listener) -> None:
        """Have ``listener`` called with whatever happens."""
        self._listeners.append(listener)

    async def host(self) -> HostFacts:
        """What the host seems to have."""
        self._reach()
        return self._facts

    async def domains(self) -> tuple[Domain, ...]:
        """Every domain there is."""
        self._reach()
        return tuple(
            Domain(
                name=m.name,
                uuid=m.uuid,
                state=DomainState.PAUSED if m.starved else DomainState.RUNNING,
                memory=m.memory,
                cores=m.cores,
                starved=m.starved,
            )
            for m in self._machines.values()
        )

    async def start(self, xml: str) -> None:
        """Start a domain: it writes its boot text to its console log at once."""
        self._reach()
        machine = _read(xml)
        if machine.name in self._machines:
            raise HypervisorRefused(f"domain {machine.name} is already active")
        if self.refuse_start:
            raise HypervisorRefused(self.refuse_start)
        missing = next((d for d in machine.disks if not Path(d).exists()), None)
        if missing:
            raise HypervisorRefused(f"cannot access storage file '{missing}'")
        self._say(machine)
        self._keep(machine)
        self._tell(Happening.STARTED, machine.name)

    async def shutdown(self, name: str) -> None:
        """Ask the guest to power itself off: it does so at once, unless it is deaf."""
        self._machine(name)
        if not self.deaf:
            self.vanish(name)

    async def reboot(self, name: str) -> None:
        """Ask the guest to reboot: it does so at once, unless it is deaf."""
        self._machine(name)
        if not self.deaf:
            self._boot_again(name)

    async def press(self, name: str) -> None:
        """Press Control-Alt-Delete."""
        await self.reboot(name)

    async def reset(self, name: str) -> None:
        """Reset the machine."""
        self._machine(name)
        self._boot_again(name)

    async def resume(self, name: str) -> None:
        """Let a starved machine go on."""
        self._keep(replace(self._machine(name), starved=False))
        self._tell(Happening.CHANGED, name)

    async def destroy(self, name: str) -> None:
        """Stop the machine; gone already is fine."""
        self._reach()
        if name in self._machines:
            self.vanish(name)

    async def readings(self) -> Mapping[str, Reading]:
        """Numbers that grow with time."""
        self._reach()
        used = int(self._clock())
        disk = DiskReading(read_bytes=used * 4096, read_ops=used)
        return {
            name: Reading(cpu=used * 10**6, disks={"vda": disk}, received=used, sent=used)
            for name in self._machines
        }

    async def close(self) -> None:
        """Nothing to let go of."""

    def starve(self, name: str) -> None:
        """A machine writes and finds no room."""
        self._keep(replace(self._machines[name], starved=True))
        self._tell(Happening.CHANGED, name)

    def vanish(self, name: str) -> None:
        """A machine stops, whoever wanted it."""
        del self._machines[name]
        self._store()
        self._tell(Happening.STOPPED, name)

    def _boot_again(self, name: str) -> None:
        machine = self._machines[name]
        again = _Machine(**{**asdict(machine), "boots": machine.boots + 1})
        self._say(again)
        self._keep(again)
        self._tell(Happening.REBOOTED, name)

    def _reach(self) -> None:
        if not self.reachable:
            raise HypervisorUnreachable("the rehearsal hypervisor does not answer")

    def _machine(self, name: str) -> _Machine:
        self._reach()
        if name not in self._machines:
            raise HypervisorRefused(f"no domain named {name}")
        return self._machines[name]

    def _say(self, machine: _Machine) -> None:
        if machine.console:
            with Path(machine.console).open("a") as log:
                log.write(BOOT_TEXT.format(name=machine.name))

    def _keep(self, machine: _Machine) -> None:
        self._machines[machine.name] = machine
        self._store()

    def _store(self) -> None:
        if self._file is not None:
            draft = self._file.with_suffix(".draft")
            draft.write_text(json.dumps([asdict(m) for m in self._machines.values()]))
            draft.rename(self._file)  # whoever reads it, or dies writing it, finds it whole

    def _tell(self, what: Happening, name: str) -> None:
        for listener in self._listeners:
            listener(Happened(what=what, name=name))
