# SPDX-License-Identifier: BSD-2-Clause
"""100 instances on 100 simulated nodes: from one signed RunInstances until all are running.

Every message on the way is signed SOAP, everything that is acknowledged is durable; hypervisors are
rehearsed, and the image is in the nodes' caches. Eucalyptus 3.1 took 84 s for 100 real nodes.
"""

from __future__ import annotations

import sys
import time

from measuring import asking
from measuring.load import Load, run
from measuring.zone import Zone, until, zone

COUNT = 100
LIMIT = 1.5
"""Seconds."""


def launch(on: Zone, count: int) -> float:
    """Seconds from the request until ``count`` more instances are running."""
    before = on.count("running")
    asked = {
        "Action": "RunInstances",
        "ImageId": on.image,
        "MinCount": str(count),
        "MaxCount": str(count),
        "InstanceType": "m1.small",
    }
    request = asking.query(on.caller, on.cloud.address, asked)
    begun = time.perf_counter()
    outcome = run(Load(address=on.cloud.address, requests=[request], clients=1, again=False))
    print("accepted", time.perf_counter() - begun, outcome.times, file=sys.stderr)
    until(lambda: on.count("running") == before + count, "every instance running", 120)
    return time.perf_counter() - begun


if __name__ == "__main__":
    with zone(COUNT) as z:
        for _ in range(3):
            print(launch(z, COUNT), open("/proc/loadavg").read())
            if len(sys.argv) > 1:
                import shutil

                shutil.copytree(
                    z.cloud.settings.state,
                    sys.argv[1],
                    dirs_exist_ok=True,
                    ignore=lambda d, n: (
                        [x for x in n if not x.endswith(".log")]
                        if d == str(z.cloud.settings.state)
                        else n
                    ),
                )
