# SPDX-License-Identifier: BSD-2-Clause
"""How much fits where: memory in MiB, disk in GiB, cores."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from eucalyptus.contracts.internal import VirtualMachine
from eucalyptus.contracts.node import NcDescribeResourceResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What one instance takes; every part is positive."""

    memory: int
    disk: int
    cores: int

    @classmethod
    def of(cls, machine: VirtualMachine | None) -> Needs | None:
        """The needs of an instance type, None unless memory, disk and cores are all positive."""
        if machine is None:
            return None
        memory, disk, cores = machine.memory or 0, machine.disk or 0, machine.cores or 0
        if min(memory, disk, cores) <= 0:
            return None
        return cls(memory=memory, disk=disk, cores=cores)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What a node has, and what of it is free."""

    memory_max: int = 0
    memory_free: int = 0
    disk_max: int = 0
    disk_free: int = 0
    cores_max: int = 0
    cores_free: int = 0

    @classmethod
    def of(cls, report: NcDescribeResourceResponse) -> Resources:
        """The resources a node reports; negative numbers count as nothing."""
        return cls(
            memory_max=max(0, report.memory_size_max),
            memory_free=max(0, report.memory_size_available),
            disk_max=max(0, report.disk_size_max),
            disk_free=max(0, report.disk_size_available),
            cores_max=max(0, report.number_of_cores_max),
            cores_free=max(0, report.number_of_cores_available),
        )

    def less(self, needs: Needs) -> Resources:
        """The same node with one instance more; what is free never falls below nothing."""
        return Resources(
            memory_max=self.memory_max,
            memory_free=max(0, self.memory_free - needs.memory),
            disk_max=self.disk_max,
            disk_free=max(0, self.disk_free - needs.disk),
            cores_max=self.cores_max,
            cores_free=max(0, self.cores_free - needs.cores),
        )

    def fits(self, needs: Needs) -> bool:
        """Whether one more instance fits into what is free."""
        return self.free_for(needs) > 0

    def free_for(self, needs: Needs) -> int:
        """How many instances fit into what is free."""
        return min(
            self.memory_free // needs.memory,
            self.disk_free // needs.disk,
            self.cores_free // needs.cores,
        )

    def most_for(self, needs: Needs) -> int:
        """How many instances would fit if the node were empty."""
        return min(
            self.memory_max // needs.memory,
            self.disk_max // needs.disk,
            self.cores_max // needs.cores,
        )


NOTHING = Resources()


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many instances of a type a zone can hold, and how many more it can take now."""

    most: int
    free: int


def room(nodes: Iterable[Resources], needs: Needs, ceiling: int) -> Room:
    """The sums over ``nodes``, neither above ``ceiling`` (MAX_INSTANCES_PER_CC)."""
    most = free = 0
    for resources in nodes:
        most += resources.most_for(needs)
        free += resources.free_for(needs)
    return Room(most=min(most, ceiling), free=min(free, ceiling))
