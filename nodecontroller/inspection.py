# SPDX-License-Identifier: BSD-2-Clause
"""What ``euca-verify`` sees of a node: records, domains, instances' folders.

Kinds: ``record``, ``domain`` and ``disk`` by instance id. On a host that also has the cloud's
database it is the cloud that says what should be there; elsewhere the node's journal does.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from twisted.internet import reactor as installed

from eucalyptus.settings import read
from eucalyptus.verification import Belief, Inspection, Seen
from nodecontroller.core.lifecycle import STARTED, State
from nodecontroller.core.probe import NAME as PROBE
from nodecontroller.core.reconcile import Domain, DomainState
from nodecontroller.core.record import ID, Record
from nodecontroller.drivers.hypervisors import Hypervisor, HypervisorUnreachable
from nodecontroller.drivers.hypervisors.table import open_hypervisor
from nodecontroller.drivers.journal import Found, Journal
from nodecontroller.settings import NodeSettings

KINDS = frozenset({"record", "domain", "disk"})
NEEDED = frozenset({"domain", "disk"})


async def inspect(config: Path | None) -> Inspection:
    """See everything of this host's node; a host without one has nothing."""
    settings = read(NodeSettings, config)
    if not settings.journal.exists():
        return Inspection()
    return await look(settings, open_hypervisor(settings, installed, time.monotonic))


async def look(settings: NodeSettings, hypervisor: Hypervisor) -> Inspection:
    """See journal, hypervisor and folders."""
    found = Journal(settings.journal).open()
    try:
        domains = await hypervisor.domains()
        unreachable: tuple[Seen, ...] = ()
    except HypervisorUnreachable as failure:
        domains = ()
        fault = f"the hypervisor does not answer: {failure}"
        unreachable = (
            Seen(kind="hypervisor", id="libvirt", where=settings.hypervisor, fault=fault),
        )
    finally:
        await hypervisor.close()
    seen = [*_records(settings, found), *_domains(domains), *_disks(settings.work), *unreachable]
    alone = not (settings.keys / "cloud-pk.pem").exists()
    beliefs = [_belief(record) for record in found.records] if alone else []
    if unreachable:
        beliefs.append(Belief(id="libvirt", may_have=frozenset({"hypervisor"})))
    looked_for = KINDS - {"domain"} if unreachable else KINDS
    return Inspection(beliefs=beliefs, seen=seen, looked_for=looked_for)


def _belief(record: Record) -> Belief:
    started = record.state in STARTED
    over = record.state is State.TEARDOWN
    return Belief(
        id=record.id,
        needs=NEEDED if started else frozenset(),
        may_have=frozenset({"record"}) if over else KINDS | {"tap", "lease", "rule"},
        since=record.launched,
    )


def _records(settings: NodeSettings, found: Found) -> Iterable[Seen]:
    for record in found.records:
        # A record that is over is only a memory against late requests.
        if record.state is not State.TEARDOWN:
            where = str(settings.journal / f"{record.id}.json")
            yield Seen(kind="record", id=record.id, where=where, since=record.launched)
    for name, why in found.damaged.items():
        where = str(settings.journal / f"{name}.json")
        yield Seen(kind="record", id=name, where=where, fault=f"it cannot be read: {why}")


def _domains(domains: Sequence[Domain]) -> Iterable[Seen]:
    for domain in domains:
        if domain.name != PROBE and domain.state is not DomainState.SHUTOFF:
            yield Seen(kind="domain", id=domain.name, where=f"domain {domain.uuid}")


def _disks(work: Path) -> Iterable[Seen]:
    for folder in sorted(work.glob("*/*")):
        if folder.is_dir() and ID.match(folder.name):
            since = folder.stat().st_mtime
            yield Seen(kind="disk", id=folder.name, where=str(folder), since=since)
