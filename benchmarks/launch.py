# SPDX-License-Identifier: BSD-2-Clause
"""100 instances on 100 simulated nodes: from one signed RunInstances until all are running.

Every message on the way is signed SOAP, everything that is acknowledged is durable; hypervisors are
rehearsed, and the image is in the nodes' caches. Eucalyptus 3.1 took 84 s for 100 real nodes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from measuring import asking, rows
from measuring.load import Load, run
from measuring.zone import Zone, until, zone

COUNT = 100
LIMIT, PATIENCE = 1.5, 180.0
"""Seconds that it may take, and that it is waited for."""


def launch(on: Zone) -> float:
    """Seconds from the request until all instances of one more launch are running."""
    wanted = on.count("running") + COUNT
    asked = {
        "Action": "RunInstances", "ImageId": on.image, "MinCount": str(COUNT),
        "MaxCount": str(COUNT), "InstanceType": "m1.small",
    }  # fmt: skip
    request = asking.query(on.caller, on.cloud.address, asked)
    begun = time.perf_counter()
    run(Load(address=on.cloud.address, requests=[request], clients=1, again=False))
    until(lambda: on.count("running") == wanted, "every instance running", PATIENCE)
    return time.perf_counter() - begun


def comparisons() -> Iterator[rows.Row]:
    """The first launch fills the caches of images, the median of the others counts."""
    with zone(COUNT) as on:
        launch(on)
        (taken,) = rows.turns(lambda: launch(on), rounds=3)
        yield rows.bounded(
            "100 instances on 100 nodes, signed SOAP, until running", taken, LIMIT, "s"
        )


if __name__ == "__main__":
    sys.exit(rows.show(comparisons, __doc__ or ""))
