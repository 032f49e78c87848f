# SPDX-License-Identifier: BSD-2-Clause
"""Instance types: the eighteen every cloud starts with, and how an administrator changes them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from eucalyptus.contracts.refusals import INVALID_PARAMETER

LARGEST = 2**31 - 1
"""The CC's contract carries cores, memory and disk as xs:int."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VmType:
    """The shape of an instance: ``cpu`` cores, ``memory`` MiB, ``disk`` GiB."""

    name: str
    cpu: int
    memory: int
    disk: int


def _type(name: str, cpu: int, memory: int, disk: int) -> VmType:
    return VmType(name=name, cpu=cpu, memory=memory, disk=disk)


DEFAULTS = (
    _type("m1.small", 1, 256, 5),
    _type("t1.micro", 1, 256, 5),
    _type("m1.medium", 1, 512, 10),
    _type("c1.medium", 2, 512, 10),
    _type("m1.large", 2, 512, 10),
    _type("m1.xlarge", 2, 1024, 10),
    _type("c1.xlarge", 2, 2048, 10),
    _type("m2.xlarge", 2, 2048, 10),
    _type("m3.xlarge", 4, 2048, 15),
    _type("m2.2xlarge", 2, 4096, 30),
    _type("m3.2xlarge", 4, 4096, 30),
    _type("cc1.4xlarge", 8, 3072, 60),
    _type("m2.4xlarge", 8, 4096, 60),
    _type("hi1.4xlarge", 8, 6144, 120),
    _type("cc2.8xlarge", 16, 6144, 120),
    _type("cg1.4xlarge", 16, 12288, 200),
    _type("cr1.8xlarge", 16, 16384, 240),
    _type("hs1.8xlarge", 48, 119808, 24000),
)


def modified(
    old: VmType, *, cpu: int | None = None, memory: int | None = None, disk: int | None = None
) -> VmType:
    """``old`` with what an administrator changed; refuses sizes no cluster accepts (< 1)."""
    for name, size in (("Cpu", cpu), ("Memory", memory), ("Disk", disk)):
        if size is not None and not 1 <= size <= LARGEST:
            raise INVALID_PARAMETER(
                name=name, value=size, wanted=f"a whole number from 1 to {LARGEST}"
            )
    return replace(
        old,
        cpu=old.cpu if cpu is None else cpu,
        memory=old.memory if memory is None else memory,
        disk=old.disk if disk is None else disk,
    )
