# SPDX-License-Identifier: BSD-2-Clause
"""CreateKeyPair, a burst of 50 at once, beside moto_server: milliseconds of the median answer.

Ours hands out keys that were made ahead while nobody asked, and records each on disk.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator

from measuring import asking, peers, rows
from measuring.cloud import cloud
from measuring.load import Load, run
from measuring.processes import Server, settle

BURST = 50


def comparisons() -> Iterator[rows.Row]:
    """The median answer of a burst."""
    with cloud() as ours, peers.moto() as moto:
        caller, numbers = ours.caller("bench"), itertools.count()

        def burst(server: Server, path: str) -> float:
            settle(server)
            made = [
                asking.query(
                    caller,
                    server.address,
                    {"Action": "CreateKeyPair", "KeyName": f"key-{next(numbers)}"},
                    path,
                )
                for _ in range(BURST)
            ]
            load = Load(address=server.address, requests=made, clients=BURST, again=False)
            return run(load).percentile(50)

        front = Server(ours.workers[0].process, ours.address)
        burst(moto, "/")
        times = rows.turns(lambda: burst(front, asking.PATH), lambda: burst(moto, "/"), rounds=3)
        yield rows.shorter("CreateKeyPair, burst of 50, median: moto_server", times, 10.0)


if __name__ == "__main__":
    sys.exit(rows.show(comparisons, __doc__ or ""))
