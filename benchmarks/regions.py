# SPDX-License-Identifier: BSD-2-Clause
"""DescribeRegions, 8 clients: one front worker beside moto_server and bare twisted.web.

Ours verifies a signature of version 4 each time;
the peers read none.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from measuring import asking, peers, rows
from measuring.cloud import cloud
from measuring.load import Load, http, run
from measuring.processes import Server

ASKED = {"Action": "DescribeRegions"}


def comparisons() -> Iterator[rows.Row]:
    """One worker beside its peers, then two workers beside one."""
    with cloud() as ours, peers.moto() as moto, peers.script("bare") as bare:
        caller = ours.caller("bench")
        fixed = http("/", b"a=b", [("Host", "bench"), ("Content-Type", asking.FORM)])

        def rate(server: Server, request: bytes) -> float:
            return run(Load(address=server.address, requests=[request])).rate

        def of_ours() -> float:
            request = asking.query(caller, ours.address, ASKED)
            return run(Load(address=ours.address, requests=[request])).rate

        of_moto = asking.query(caller, moto.address, ASKED, path="/")
        one, others, least = rows.turns(
            of_ours, lambda: rate(moto, of_moto), lambda: rate(bare, fixed)
        )
        yield rows.faster("DescribeRegions: moto_server", (one, others), 8.0)
        yield rows.faster("DescribeRegions: bare twisted.web", (one, least), 0.35)


if __name__ == "__main__":
    sys.exit(rows.show(comparisons, __doc__ or ""))
