# SPDX-License-Identifier: BSD-2-Clause
"""Everything compute's operations and loops are given; made only in a service.py."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from cloudcontroller.compute.core.told import Told
from cloudcontroller.compute.drivers.chance import Chance
from cloudcontroller.compute.drivers.clusters import Clusters
from cloudcontroller.compute.drivers.manifests import Manifests
from eucalyptus.crashpoints import crashpoint
from eucalyptus.database.run import Database, Tx

REGION = "eucalyptus"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The world of compute. ``clock`` gives POSIX seconds; ``crash`` marks crash points.

    ``address`` is the IPv4 address under which guests and hosts reach port ``port`` of the cloud.
    ``accounts`` gives those of some numbers that are accounts'.
    ``told`` is what this process last said of instances.
    """

    database: Database
    clusters: Clusters
    manifests: Manifests
    chance: Chance
    clock: Callable[[], float]
    accounts: Callable[[Tx, Collection[str]], frozenset[str]]
    crash: Callable[[str], None] = crashpoint
    address: str = "127.0.0.1"
    port: int = 8773
    told: Told = field(default_factory=Told)
