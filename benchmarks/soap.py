# SPDX-License-Identifier: BSD-2-Clause
"""DescribeRegions over SOAP, 8 clients, one front worker, beside an echo by spyne as it comes.

Ours verifies a WS-Security signature and enters it in the durable replay store each time; then it
signs its replies too. The echo signs and verifies nothing.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Iterator

from measuring import asking, peers, rows
from measuring.cloud import cloud
from measuring.load import Load, http
from measuring.pace import Pace, by_turns, faster, pace

ASK = f'<DescribeRegions xmlns="{asking.NAMESPACE}"></DescribeRegions>'.encode()
ECHO = (
    b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
    b'<Say xmlns="urn:echo"><text>DescribeRegions</text></Say></e:Body></e:Envelope>'
)
MESSAGES = 2000


def comparisons() -> Iterator[rows.Row]:
    """Replies unsigned, then signed."""
    with cloud() as ours, peers.script("echo") as echo:
        caller = ours.caller("bench")
        # Going back in time, so that no two are alike.
        milliseconds = itertools.count(int(time.time() * 1000), -1)
        said = http("/", ECHO, [("Host", "bench"), ("Content-Type", "text/xml")])

        def of_ours() -> Pace:
            sent = itertools.islice(milliseconds, MESSAGES)
            made = [asking.soap(caller, ours.address, ASK, (ms + 0.5) / 1000) for ms in sent]
            return pace(ours, Load(address=ours.address, requests=made, again=False))

        def of_echo() -> Pace:
            return pace(echo, Load(address=echo.address, requests=[said], seconds=1.0))

        mine, theirs = by_turns(of_ours, of_echo)
        yield from faster("SOAP verified, reply unsigned: spyne, unsigned", mine, theirs, 1.0)
        ours.set("soap.sign_replies", "true")
        mine, theirs = by_turns(of_ours, of_echo)
        yield from faster("SOAP signed both ways: spyne, unsigned", mine, theirs, 0.4)


if __name__ == "__main__":
    sys.exit(rows.show(comparisons, __doc__ or ""))
