# SPDX-License-Identifier: BSD-2-Clause
"""What of a running cloud can be reached: row N-02."""

from __future__ import annotations

import re

from eucalyptus.services import CLUSTER_PORT, FRONT_PORT, NODE_PORT
from tests.fixtures.cloud import Box

OPEN = {("tcp", FRONT_PORT), ("tcp", CLUSTER_PORT), ("tcp", NODE_PORT), ("udp", 67)}
"""The services of the cloud by SOAP and REST, and addresses for guests (DHCP)."""
CONSOLES = range(5900, 6000)
"""Where QEMU shows screens, to this host only."""


def listening(cloud: Box) -> set[tuple[str, str, int]]:
    """(protocol, address, port) of everything that listens in the cloud's namespace."""
    said = cloud.run("ss", "-H", "-l", "-n", "-t", "-u").out.decode()
    found = re.findall(r"^(tcp|udp)\s+\S+\s+\S+\s+\S+\s+(\S+):(\d+)\s", said, re.MULTILINE)
    return {(kind, address.split("%")[0].strip("[]"), int(port)) for kind, address, port in found}


def test_n02_nothing_listens_that_is_not_on_the_list(cloud: Box) -> None:
    """No database, no libvirt, no supervisor, nothing to debug with, on any address."""
    found = listening(cloud)
    assert ("tcp", FRONT_PORT) in {(kind, port) for kind, _, port in found}
    for kind, address, port in sorted(found):
        to_us = address.startswith("127.") or address == "::1"
        assert (kind, port) in OPEN or (to_us and port in CONSOLES), (kind, address, port)
