# SPDX-License-Identifier: BSD-2-Clause
"""DescribeRegions, 8 clients: one front worker beside moto_server and bare twisted.web.

Ours verifies a signature of version 4 each time; the peers read none.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from measuring import asking, peers, rows
from measuring.cloud import cloud
from measuring.load import Load, http
from measuring.pace import Pace, by_turns, faster, pace
from measuring.processes import Server

ASKED = {"Action": "DescribeRegions"}


def comparisons() -> Iterator[rows.Row]:
    """One worker beside its peers."""
    with cloud() as ours, peers.moto() as moto, peers.script("bare") as bare:
        caller = ours.caller("bench")
        fixed = http("/", b"a=b", [("Host", "bench"), ("Content-Type", asking.FORM)])

        def of_peer(server: Server, request: bytes) -> Pace:
            return pace(server, Load(address=server.address, requests=[request]))

        def of_ours() -> Pace:
            request = asking.query(caller, ours.address, ASKED)
            return pace(ours, Load(address=ours.address, requests=[request]))

        of_moto = asking.query(caller, moto.address, ASKED, path="/")
        of_peer(moto, of_moto)  # its first answer takes seconds
        one, others, least = by_turns(
            of_ours, lambda: of_peer(moto, of_moto), lambda: of_peer(bare, fixed)
        )
        yield from faster("DescribeRegions: moto_server", one, others, 8.0)
        yield from faster("DescribeRegions: bare twisted.web", one, least, 0.35)


if __name__ == "__main__":
    sys.exit(rows.show(comparisons, __doc__ or ""))
