# SPDX-License-Identifier: BSD-2-Clause
"""How much of this host instances may have, and how much of it is free."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nodecontroller.core.lifecycle import State
from nodecontroller.core.record import Record

HELD_BACK = 256
"""MiB of the host's memory that instances never get."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Memory in MiB, disk in GiB, cores."""

    memory: int
    disk: int
    cores: int

    def less(self, other: Amount) -> Amount:
        """What is left; never negative."""
        return Amount(
            memory=max(0, self.memory - other.memory),
            disk=max(0, self.disk - other.disk),
            cores=max(0, self.cores - other.cores),
        )


NOTHING = Amount(memory=0, disk=0, cores=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What the host has, and what the administrator lets instances have of it.

    ``caps`` of 0 (disk: below 0 too) mean "what there is"; a cap above it overcommits.
    ``disk_free`` is what the file system really has left, GiB.
    """

    has: Amount
    caps: Amount
    disk_free: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What instances may have in all, and what of that is free."""

    most: Amount
    free: Amount


def capacity(host: Host, records: Iterable[Record], strangers: Iterable[Amount] = ()) -> Capacity:
    """Capacity of ``host`` while ``records`` live on it; ``strangers`` are domains not ours."""
    most = Amount(
        memory=host.caps.memory or max(0, host.has.memory - HELD_BACK),
        disk=host.caps.disk if host.caps.disk > 0 else host.has.disk,
        cores=host.caps.cores or host.has.cores,
    )
    free = most
    for taken in (*map(needs, filter(_lives, records)), *strangers):
        free = free.less(taken)
    disk = min(free.disk, host.disk_free)
    return Capacity(most=most, free=Amount(memory=free.memory, disk=disk, cores=free.cores))


def needs(record: Record) -> Amount:
    """What an instance takes."""
    machine = record.ask.instance_type
    return Amount(memory=machine.memory or 0, disk=machine.disk or 0, cores=machine.cores or 0)


def lacks(free: Amount, wanted: Amount) -> str:
    """Why ``wanted`` does not fit into ``free``, "" when it does."""
    short = [
        f"{getattr(free, name)} {unit} free, {getattr(wanted, name)} wanted"
        for name, unit in (("memory", "MiB of memory"), ("disk", "GiB of disk"), ("cores", "cores"))
        if getattr(wanted, name) > getattr(free, name)
    ]
    return "; ".join(short)


def _lives(record: Record) -> bool:
    return record.state is not State.TEARDOWN
