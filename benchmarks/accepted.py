# SPDX-License-Identifier: BSD-2-Clause
"""RunInstances until it is accepted: decided, and safe on the disk. 8 clients, two workers.

Beside moto's server, which checks no signature and keeps everything in memory, and beside the rate
at which the disk takes a block of PostgreSQL's log and syncs it, one after the other.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from cloudcontroller.compute.database import clusters
from eucalyptus.database.run import Tx
from measuring import asking, peers, rows
from measuring.cloud import Caller, Cloud, cloud
from measuring.load import Load, run
from measuring.zone import ZONE, install, network

LAUNCHES = 200
TYPE = "m1.small"
MOTOS_IMAGE = "ami-12c6146b"
BLOCK = bytes(8192)
_tokens = itertools.count()


def roomy(ours: Cloud) -> None:
    """A zone that reported room for all that will be asked for."""
    ours.set("cloud.network.network_configuration", network())

    def report(tx: Tx) -> None:
        now = time.time()
        clusters.register(tx, ZONE, "http://127.0.0.1:1/", name="one-cc", now=now)
        clusters.found(tx, ZONE, clusters.ENABLED, "", now=now)
        size = clusters.Capacity(type=TYPE, maximum=60000, available=60000)
        clusters.measured(tx, ZONE, [size], now=now)

    ours.run(report)


def launches(caller: Caller, address: tuple[str, int], image: str, path: str) -> float:
    """RunInstances accepted per second, every one with a token of its own."""
    made = []
    for number in itertools.islice(_tokens, LAUNCHES):
        asked = {
            "Action": "RunInstances", "ImageId": image, "MinCount": "1", "MaxCount": "1",
            "InstanceType": TYPE, "ClientToken": f"token-{number}",
        }  # fmt: skip
        made.append(asking.query(caller, address, asked, path))
    return run(Load(address=address, requests=made, again=False)).rate


def synced(folder: Path) -> float:
    """Blocks per second that the disk takes, each synced before the next."""
    path = folder / "blocks"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    count, ends = 0, time.perf_counter() + 1.0
    while time.perf_counter() < ends:
        os.write(handle, BLOCK)
        os.fdatasync(handle)
        count += 1
    os.close(handle)
    path.unlink()
    return float(count)


def comparisons() -> Iterator[rows.Row]:
    """Beside moto, then beside the disk."""
    with cloud(2) as ours, peers.moto() as moto:
        caller = ours.caller("eucalyptus")
        image = install(ours)
        roomy(ours)

        def of_ours() -> float:
            return launches(caller, ours.address, image, asking.PATH)

        def of_moto() -> float:
            return launches(caller, moto.address, MOTOS_IMAGE, "/")

        def of_disk() -> float:
            return synced(ours.settings.state)

        mine, motos, disks = rows.turns(of_ours, of_moto, of_disk)
        yield rows.faster("RunInstances accepted, durable: moto in memory", (mine, motos), 5.0)
        yield rows.faster("RunInstances accepted, durable: syncs of the disk", (mine, disks), 0.25)


if __name__ == "__main__":
    sys.exit(rows.show(comparisons, __doc__ or ""))
