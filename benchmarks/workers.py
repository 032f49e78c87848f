# SPDX-License-Identifier: BSD-2-Clause
"""DescribeRegions with two front workers beside one, on two cores that also carry the clients."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from measuring import asking, rows
from measuring.cloud import Cloud, cloud
from measuring.load import Load, run

ASKED = {"Action": "DescribeRegions"}
CLIENTS = 32
"""Enough that the kernel's spreading of connections leaves no worker without work."""


def comparisons() -> Iterator[rows.Row]:
    """Two clouds that differ only in their workers, by turns."""
    if (os.cpu_count() or 1) < 2:
        raise SystemExit("This benchmark needs two cores.")
    with cloud(1) as single, cloud(2) as double:

        def rate(ours: Cloud) -> float:
            request = asking.query(ours.caller("bench"), ours.address, ASKED)
            return run(Load(address=ours.address, requests=[request], clients=CLIENTS)).rate

        rates = rows.turns(lambda: rate(double), lambda: rate(single))
        yield rows.faster("DescribeRegions, two workers: one worker", rates, 1.6)


if __name__ == "__main__":
    sys.exit(rows.show(comparisons, __doc__ or ""))
