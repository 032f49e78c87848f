# SPDX-License-Identifier: BSD-2-Clause
"""What ``euca-verify`` sees of a node: domains, disks, journal records, unfinished downloads.

Kinds: ``domain``, ``disk`` and ``record`` by instance id, ``download`` by image key.
"""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.threads import deferToThread

from eucalyptus.settings import read
from eucalyptus.verification import Inspection, Seen
from nodecontroller.core.probe import NAME as PROBE
from nodecontroller.drivers.hypervisors import Hypervisor
from nodecontroller.drivers.hypervisors.opening import open_hypervisor
from nodecontroller.drivers.images.cache import PARTIAL
from nodecontroller.drivers.journal import Journal
from nodecontroller.settings import NodeSettings

KINDS = frozenset({"domain", "disk"})


async def inspect(config: Path | None) -> Inspection:
    """See everything of this host; a host that never ran a node has none of it."""
    settings = read(NodeSettings, config)
    if not settings.instance_path.exists():
        return Inspection()
    hypervisor = open_hypervisor(settings, reactor, reactor.seconds)
    try:
        return await look(settings, hypervisor)
    finally:
        await hypervisor.close()


async def look(settings: NodeSettings, hypervisor: Hypervisor) -> Inspection:
    """The same with a hypervisor at hand."""
    names = frozenset(d.name for d in await hypervisor.domains() if d.name != PROBE)
    seen = [
        *(Seen(kind="domain", id=name, where="hypervisor") for name in sorted(names)),
        *_disks(settings.work, names),
        *_records(settings.journal),
        *_downloads(settings.cache),
    ]
    return Inspection(seen=seen, looked_for=KINDS)


def _remover(folder: Path) -> Callable[[], Awaitable[None]]:
    async def remove() -> None:
        await deferToThread(shutil.rmtree, folder, ignore_errors=True)

    return remove


def _disks(work: Path, domains: frozenset[str]) -> Iterable[Seen]:
    """Instances' folders; those without a domain may be removed when they are orphans."""
    for folder in sorted(work.glob("*/*")):
        if folder.is_dir():
            yield Seen(
                kind="disk",
                id=folder.name,
                where=str(folder),
                since=folder.stat().st_mtime,
                fix=None if folder.name in domains else _remover(folder),
            )


def _records(journal: Path) -> Iterable[Seen]:
    if not journal.exists():
        return
    for name, why in Journal(journal).open().damaged.items():
        yield Seen(kind="record", id=name, where=str(journal), fault=f"unreadable: {why}")


def _downloads(cache: Path) -> Iterable[Seen]:
    for folder in sorted(cache.glob(f"*{PARTIAL}")):
        newest = max((f.stat().st_mtime for f in folder.iterdir()), default=folder.stat().st_mtime)
        yield Seen(
            kind="download",
            id=folder.name.removesuffix(PARTIAL),
            where=str(folder),
            since=newest,
            fix=_remover(folder),
        )
