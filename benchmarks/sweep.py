# SPDX-License-Identifier: BSD-2-Clause
"""How fast a cluster controller sweeps 1,000 nodes, beside zeep in threads that signs nothing.

A sweep asks every node for its resources and for its instances, as the controller does every few
seconds. The nodes are node controllers with rehearsal hypervisors, each on an address of its own,
in two processes. Times are wall time of a sweep over open connections.
"""

from __future__ import annotations

import contextlib
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from requests import Session
from requests.adapters import HTTPAdapter
from twisted.internet.defer import gatherResults
from twisted.internet.threads import deferToThread
from zeep import Client
from zeep.transports import Transport

from clustercontroller.core.scheduler import NodeState
from clustercontroller.core.services import ServiceState
from clustercontroller.drivers.soap import SoapNodes
from clustercontroller.periodic.broadcast import Broadcast
from clustercontroller.periodic.refresh import Refresh
from clustercontroller.service import make_zone
from clustercontroller.settings import Settings
from eucalyptus.contracts.node import NODE
from eucalyptus.daemon import MAKING_WAY, spare_what_stays
from eucalyptus.services import NODE as PLACE
from eucalyptus.web.client import Stub
from eucalyptus.web.components import Circumstances, Keyring, component_line
from eucalyptus.wire import wsdl
from eucalyptus.wire.documents import parse
from eucalyptus.wire.replay import MemoryReplayStore
from measuring import rows
from measuring.nodes import Nodes, household, simulated
from measuring.reacting import end, reactor, spin

COUNT = 1000
PATIENCE = 120.0
THREADS = 64


class _Trusting(Stub):
    """Believes answers that nobody signed, as the product never does."""

    def verified(self, document: bytes, message_id: str) -> Any:
        """The Body of the answer."""
        return parse(document)[0]


def sweeper(nodes: Nodes, speaks: type[Stub] = Stub) -> Callable[[], float]:
    """Our own sweep of ``nodes``."""
    settings = Settings(state=nodes.state, nodes=nodes.hosts, node_port=nodes.port)
    for folder in (settings.directory, settings.run):
        folder.mkdir(exist_ok=True)
    keyring = Keyring(directory=settings.keys)
    around = Circumstances(
        reactor=reactor,
        clock=time.time,
        new_id=lambda: str(uuid.uuid4()),
        replay=MemoryReplayStore(),
    )
    line = component_line(keyring, "cluster", around, keep=2)
    zone = make_zone(settings, line, keyring, reactor)
    zone.nodes = SoapNodes(lambda url: speaks(NODE, url, keyring.peer("node"), line))
    zone.state = ServiceState.ENABLED
    zone.roster.configure(settings.node_urls(), zone.now())
    refresh = Refresh(zone, Broadcast(zone))

    def sweep() -> float:
        taken = timed(lambda: refresh.round(PATIENCE))
        silent = [node.name for node in zone.roster.nodes if node.state is not NodeState.RESUP]
        if silent:
            raise RuntimeError(f"{len(silent)} nodes did not answer: {silent[:5]}")
        return taken

    return sweep


def threads(nodes: Nodes) -> Callable[[], float]:
    """The same by zeep, a thread per call; its connections stay open too."""
    path = nodes.state / "nc.wsdl"
    path.write_bytes(wsdl.text(NODE, "", f"http://localhost{PLACE.path}"))
    session = Session()
    session.mount("http://", HTTPAdapter(pool_connections=len(nodes.hosts), pool_maxsize=2))
    client = Client(str(path), transport=Transport(session=session))
    (binding,) = client.wsdl.bindings
    urls = [f"http://{host}:{nodes.port}{PLACE.path}" for host in nodes.hosts]
    services = [client.create_service(binding, url) for url in urls]

    def ask(service: Any) -> None:
        service.ncDescribeResource()
        service.ncDescribeInstances()

    async def everyone() -> None:
        await gatherResults([deferToThread(ask, service) for service in services])

    return lambda: timed(everyone)


def timed(work: Callable[[], Any]) -> float:
    """Milliseconds that ``work()`` takes on the reactor."""
    begun = time.perf_counter()
    spin(work())
    return (time.perf_counter() - begun) * 1000


def comparisons() -> Iterator[rows.Row]:
    """Signed both ways, then with replies that are not signed."""
    sys.setswitchinterval(MAKING_WAY)
    reactor.suggestThreadPoolSize(THREADS)
    with household() as state, contextlib.ExitStack() as stack:
        signed, half, unsigned = (
            stack.enter_context(simulated(state, COUNT, door, MONITORING_PERIOD=60))
            for door in ("signed", "half", "open")
        )
        ours, trusting, zeep = sweeper(signed), sweeper(half, _Trusting), threads(unsigned)
        for sweep in (ours, trusting, zeep):
            sweep()  # opens the connections
        spare_what_stays()  # as a daemon does, for our peer's good too
        both = rows.turns(ours, zeep)
        yield rows.shorter("1,000 nodes, signed both ways: zeep, unsigned", both, 1.0)
        one = rows.turns(trusting, zeep)
        yield rows.shorter("1,000 nodes, replies unsigned: zeep, unsigned", one, 2.0)
    end()


if __name__ == "__main__":
    sys.exit(rows.show(comparisons, __doc__ or ""))
