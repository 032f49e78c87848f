# SPDX-License-Identifier: BSD-2-Clause
"""Every endpoint that takes signed SOAP, as an attacker sees it, with what it could change.

A gate has its real contract, bodies and doors; time stands still at ``forge.NOW``, so that the
catalogue's documents can be put to it. There is a door for each verifier over the same state.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from twisted.internet import reactor

from cloudcontroller.compute.operations.bodies import bodies as compute_bodies
from cloudcontroller.identity.world import Pair
from clustercontroller.operations.table import bodies as cluster_bodies
from eucalyptus.contracts.cluster import CLUSTER
from eucalyptus.contracts.declare import Contract
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.news import NEWS, ChangedResponse
from eucalyptus.contracts.node import NODE
from eucalyptus.database.run import Tx
from eucalyptus.services import CLUSTER as CLUSTER_SERVICE
from eucalyptus.services import COMPUTE
from eucalyptus.services import NEWS as NEWS_SERVICE
from eucalyptus.services import NODE as NODE_SERVICE
from eucalyptus.settings import WsSecurity
from eucalyptus.web.arrivals import Arrived, Reply
from eucalyptus.web.components import Circumstances, Keyring, component_door
from eucalyptus.web.endpoint import Body, Endpoint
from eucalyptus.wire import certificates
from eucalyptus.wire.replay import MemoryReplayStore, ReplayStore
from eucalyptus.wire.security.choice import verifier
from tests.clustercontroller.conftest import Stage
from tests.fixtures.reactor import spin
from tests.nodecontroller.house import House, run_request
from tests.street.town import Town
from tests.wire.security.forge import NOW, Signer, Style, letter, operation, signer

SOURCE = "192.0.2.7"
"""Where requests come from; the log has to say so."""
HERE = "127.0.0.1"
VICTIM, OTHER = "victim", "other"
"""Signers by the names under which ``forge`` knows them."""
INSTANCE = "i-0000000a"


@dataclasses.dataclass
class Clock:
    """The time at a gate, moved by hand."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


@dataclasses.dataclass
class Gate:
    """One endpoint, twice: ``endpoints`` by the verifier in its door.

    ``style`` writes honest messages (``good``) and evil ones for it; ``look`` gives everything
    that a message could change.
    """

    name: str
    service: Any
    contract: Contract
    endpoints: Mapping[WsSecurity, Endpoint]
    style: Style
    look: Callable[[], object]
    clock: Clock
    twins: int = 0

    @property
    def is_inside(self) -> bool:
        """Whether only components may speak here."""
        return self.style.addressed

    def arrived(self, document: bytes, kind: str = "text/xml") -> Arrived:
        """A document as it arrives here."""
        return Arrived(
            method="POST", path=self.service.path, query="", body=document,
            headers={"content-type": (kind,), "host": ("x",)}, request_id=str(uuid.uuid4()),
            source=SOURCE, local=HERE, port=self.service.port,
        )  # fmt: skip

    def send(
        self, document: bytes, engine: WsSecurity = WsSecurity.LEAN, kind: str = "text/xml"
    ) -> Reply:
        """What the endpoint answers."""
        reply: Reply = spin(self.endpoints[engine].respond(self.arrived(document, kind)))
        return reply

    def evil(self, who: Signer | None = None) -> bytes:
        """The evil message as its victim would sign it, or somebody else."""
        said = re.match("<(\\w+)", self.style.evil)
        asked = self.contract.operation(said[1]) if said else None
        assert asked is not None
        style = dataclasses.replace(
            self.style, good=self.style.evil, action=self.contract.soap_action(asked)
        )
        return letter(style, who).text()

    def twin(self, body: str | None = None, who: Signer | None = None) -> bytes:
        """An honest message; each is dated a little earlier, so that none is a replay."""
        self.twins += 1
        return letter(self.style, who, body, now=NOW - self.twins / 1000).text()


def code(reply: Reply) -> str:
    """A fault's code, "" for an answer, "Declined" for a component's no."""
    text = reply.body.decode()
    found = re.search("<faultcode>(?:Client|Server)[.]([^<]+)</faultcode>", text)
    if found is not None:
        return found[1]
    assert reply.status == 200, text
    return "Declined" if "return>false<" in text else ""


def _keys(folder: Path, us: str, caller: str) -> Keyring:
    """A key directory: the caller has the victim's key."""
    folder.mkdir(parents=True, exist_ok=True)
    for component, name in ((us, OTHER), (caller, VICTIM)):
        who = signer(name)
        (folder / f"{component}-cert.pem").write_bytes(who.pem)
        (folder / f"{component}-pk.pem").write_bytes(certificates.key_pem(who.key))
    return Keyring(directory=folder)


def _inside(contract: Contract, service: Any, good: str, evil: str) -> Style:
    """The style of a component's message; ``good`` and ``evil`` are an operation's name and
    content."""
    name, _, inner = good.partition(" ")
    said, _, rest = evil.partition(" ")
    asked = contract.operation(name)
    assert asked is not None
    return Style(
        addressed=True,
        signs=("T", "B", "To", "Action", "MessageID"),
        good=f'<{name} xmlns="{contract.namespace}">{inner}</{name}>',
        inner=inner,
        evil=f'<{said} xmlns="{contract.namespace}">{rest}</{said}>',
        to=f"http://{HERE}:{service.port}{service.path}",
        action=contract.soap_action(asked),
    )


@dataclasses.dataclass(frozen=True)
class Doors:
    """Component ``us`` lets in ``caller`` only."""

    keyring: Keyring
    us: str
    caller: str
    clock: Clock


def _doors(
    contract: Contract, bodies: Mapping[str, Body], doors: Doors,
    replay: ReplayStore | None = None,
) -> Mapping[WsSecurity, Endpoint]:  # fmt: skip
    replay = MemoryReplayStore() if replay is None else replay

    def made(engine: WsSecurity) -> Endpoint:
        around = Circumstances(
            reactor=reactor, clock=doors.clock, new_id=lambda: str(uuid.uuid4()), replay=replay,
            verifier=verifier(engine),
        )  # fmt: skip
        return Endpoint(
            contract, bodies, component_door(doors.keyring, doors.us, [doors.caller], around)
        )

    return {engine: made(engine) for engine in WsSecurity}


def front(town: Town) -> Gate:
    """EC2 for users: the victim is the administrator of ``alice``, the other one of ``bob``."""

    def work(tx: Tx) -> None:
        for account, name in (("alice", VICTIM), ("bob", OTHER)):
            who = signer(name)
            found, _ = town.enrolment.account(tx, account)
            pair = Pair(certificate=who.pem, key=certificates.key_pem(who.key))
            town.enrolment.keep_pair(tx, town.enrolment.user(tx, found, "admin"), pair)

    town.street.run(work)
    worker = town.worker
    world = dataclasses.replace(town.street.world, database=worker.database)
    clock = Clock()
    fronts = {
        engine: dataclasses.replace(worker.front, clock=clock, verifier=verifier(engine))
        for engine in WsSecurity
    }
    endpoints = {
        engine: Endpoint(EC2, compute_bodies(world), one.door("ec2"))
        for engine, one in fronts.items()
    }
    style = Style(evil=operation("CreateKeyPair", "<keyName>evil</keyName>"))
    return Gate("front", COMPUTE, EC2, endpoints, style, town.rows, clock)


def news(folder: Path) -> Gate:
    """What clusters tell the cloud: its internal endpoint."""
    heard: list[str] = []

    async def changed(call: Any, ask: Any) -> ChangedResponse:
        heard.append(ask.service_tag)
        return ChangedResponse()

    doors = Doors(_keys(folder, "cloud", "cluster"), "cloud", "cluster", Clock())
    endpoints = _doors(NEWS, {"Changed": changed}, doors)
    honest = "<serviceTag/>"
    evil = "<serviceTag>evil</serviceTag>"
    style = _inside(NEWS, NEWS_SERVICE, f"Changed {honest}", f"Changed {evil}")
    look = lambda: [tag for tag in heard if tag]  # noqa: E731
    return Gate("news", NEWS_SERVICE, NEWS, endpoints, style, look, doors.clock)


def cluster(folder: Path) -> Gate:
    """A cluster controller with an instance on one of its two nodes; the victim is the cloud."""
    stage = Stage().enable()
    stage.ask(stage.run(INSTANCE))
    doors = Doors(_keys(folder, "cluster", "cloud"), "cluster", "cloud", Clock())
    endpoints = _doors(CLUSTER, cluster_bodies(stage.zone), doors)
    style = _inside(
        CLUSTER, CLUSTER_SERVICE, "DescribeInstances <userId/>",
        f"TerminateInstances <instanceIds>{INSTANCE}</instanceIds>",
    )  # fmt: skip

    def look() -> object:
        return [repr(node) for node in stage.hosts.values()], stage.journal.text()

    return Gate("cluster", CLUSTER_SERVICE, CLUSTER, endpoints, style, look, doors.clock)


def node(folder: Path) -> Gate:
    """A node controller with an instance; the victim is its cluster."""
    return node_of(busy_house(folder), folder)


def busy_house(folder: Path) -> House:
    """A node controller with an instance."""
    house = House(folder / "state")
    house.ask("ncRunInstance", run_request(INSTANCE))
    house.look()
    return house


def node_of(house: House, folder: Path, replay: ReplayStore | None = None) -> Gate:
    """The doors of a node controller, which remember messages in ``replay``."""
    doors = Doors(_keys(folder / "keys", "node", "cluster"), "node", "cluster", Clock())
    endpoints = _doors(NODE, house.bodies, doors, replay)  # type: ignore[arg-type]
    style = _inside(
        NODE, NODE_SERVICE, "ncDescribeInstances <userId/>",
        f"ncTerminateInstance <instanceId>{INSTANCE}</instanceId><force>true</force>",
    )  # fmt: skip
    return Gate("node", NODE_SERVICE, NODE, endpoints, style, lambda: _held(house), doors.clock)


def _held(house: House) -> object:
    """What a node knows, runs, and keeps on its disk."""
    files = {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(house.settings.state.rglob("*"))
        if path.is_file()
    }
    return [repr(record) for record in house.world.roster.all()], files


INSIDE = {"news": news, "cluster": cluster, "node": node}
"""How the gates of components are made, each in a folder of its own."""
NAMES = ("front", *INSIDE)
