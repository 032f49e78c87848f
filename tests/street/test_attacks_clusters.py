# SPDX-License-Identifier: BSD-2-Clause
"""Between components: who answers in a cluster's name, nodes that lie, and what is open."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from cloudcontroller.compute.drivers.clusters import ClusterDeclined, ClusterSilent, StubClusters
from cloudcontroller.compute.drivers.fakeclusters import FakeClusters, Zone
from cloudcontroller.compute.periodic.reconcile import reconcile_round
from clustercontroller.drivers.nodes import Unreachable
from clustercontroller.drivers.soap import SoapNodes, speaking
from eucalyptus.contracts.cluster import CLUSTER
from eucalyptus.contracts.declare import Reach
from eucalyptus.contracts.node import NODE, NcDescribeInstances
from eucalyptus.contracts.refusals import AUTH_FAILURE, DECLINED, Refused
from eucalyptus.database.run import Database
from eucalyptus.settings import WsSecurity
from eucalyptus.web.client import Stub
from eucalyptus.web.connections import HttpAnswer
from eucalyptus.web.limits import HttpLimits
from eucalyptus.web.mounted import Mounted
from eucalyptus.web.site import site
from eucalyptus.web.soap_door import declined
from eucalyptus.wire import soap
from eucalyptus.wire.security.choice import verifier
from tests.cloudcontroller.compute.street import URL, Street
from tests.clustercontroller.conftest import Stage
from tests.clustercontroller.neighbours import Neighbours, run
from tests.fixtures.reactor import spin
from tests.street.estate import OPERATIONS, Estate
from tests.street.estate import code as query_code
from tests.street.gates import Gate
from tests.street.impostor import CODEC, Impostor, Question, cluster_peer, signed
from tests.street.town import Town

Gates = dict[str, Gate]
Answering = Callable[[bytes, Question], HttpAnswer]


def ok(body: bytes) -> HttpAnswer:
    return HttpAnswer(200, body)


def honest(body: bytes, question: Question) -> HttpAnswer:
    """What the cluster itself would say."""
    return ok(signed(body, question))


def evil(body: bytes) -> bytes:
    """Another answer than the cluster's."""
    return body.replace(b"Extant", b"Teardown").replace(b">ENABLED<", b">STOPPED<")


def changed(body: bytes, question: Question) -> HttpAnswer:
    good = signed(body, question)
    return ok(evil(good).replace(b"return>true<", b"return>false<"))


FORGED: dict[str, Answering] = {
    "N-04 unsigned": lambda body, q: ok(soap.envelope(evil(body))),
    "N-04 signed by a node": lambda body, q: ok(signed(evil(body), q, "node")),
    "N-04 signed by another zone's cluster": lambda body, q: ok(
        signed(evil(body), q, "cluster/of another zone")
    ),
    "N-04 signed by the cloud itself": lambda body, q: ok(signed(evil(body), q, "cloud")),
    "N-04 changed on its way": changed,
    "N-04 the answer to another request": lambda body, q: ok(
        signed(body, q, relates="urn:uuid:00000000-0000-4000-8000-000000000000")
    ),
    "N-04 an old answer": lambda body, q: ok(signed(body, q, ago=400)),
    "N-04 another operation's answer": lambda body, q: ok(
        signed(body.replace(q.action.encode(), b"RebootInstancesResponse"), q)
    ),
    "N-04 an unsigned fault": lambda body, q: HttpAnswer(
        500, soap.envelope(b"<soap:Fault><faultcode>x</faultcode></soap:Fault>")
    ),
    "N-04 an unsigned no": lambda body, q: HttpAnswer(500, soap.fault(DECLINED(reason="x"), "r")),
    "N-04 a redirect": lambda body, q: HttpAnswer(302, b""),
    "N-04 a page": lambda body, q: ok(b"<html><body>Extant</body></html>"),
    "N-04 nothing": lambda body, q: ok(b""),
    "N-04 laughter": lambda body, q: ok(b"<!DOCTYPE x [<!ENTITY e 'x'>]><x>&e;</x>"),
}


class Cloud:
    """A cloud with one instance, whose cluster is played by somebody."""

    def __init__(self, street: Street, engine: WsSecurity) -> None:
        self.street, self.engine = street, engine
        street.launch(street.image())
        street.turn()
        street.turn()
        self.before = self.rows()

    def rows(self) -> object:
        """What the cloud believes of its instances."""
        return self.street.described(), self.street.zone.living

    def listen_to(self, answers: Answering) -> str:
        """One round; gives the state that the cluster is believed to be in."""
        street = self.street
        impostor = Impostor(street.fakes, answers)
        line = impostor.line(verifier(self.engine))
        clusters = StubClusters(lambda url: Stub(CLUSTER, url, cluster_peer(), line))
        spin(reconcile_round(dataclasses.replace(street.world, clusters=clusters), "one"))
        assert impostor.asked
        (found,) = street.rows("clusters")
        return str(found.state)


@pytest.fixture(name="cloud", params=WsSecurity)
def _cloud(database: Database, request: pytest.FixtureRequest) -> Cloud:
    return Cloud(Street(database), WsSecurity(request.param))


@pytest.mark.parametrize("row", FORGED)
def test_nothing_is_believed_that_the_cluster_did_not_sign(cloud: Cloud, row: str) -> None:
    """The cluster counts as silent, and no instance changes; its own answer is believed."""
    assert cloud.listen_to(FORGED[row]) == "NOTREADY"
    assert cloud.rows() == cloud.before
    assert cloud.listen_to(honest) == "ENABLED"
    assert cloud.rows() == cloud.before


def launched(answers: Answering, engine: WsSecurity) -> str:
    """What a stub makes of the answer to RunInstances: taken, declined or silent."""
    zone = FakeClusters({URL: Zone()})
    line = Impostor(zone, answers).line(verifier(engine))
    clusters = StubClusters(lambda url: Stub(CLUSTER, url, cluster_peer(), line))
    try:
        spin(clusters.run_instances(URL, run()))
    except (ClusterSilent, ClusterDeclined) as why:
        return type(why).__name__
    return "taken"


def declining(body: bytes, question: Question) -> HttpAnswer:
    """The cluster's own no."""
    said = declined(question.operation.answers, "no room")
    return ok(signed(CODEC.write(said, question.action), question))


@pytest.mark.parametrize("engine", WsSecurity)
@pytest.mark.parametrize("row", FORGED)
def test_nobody_declines_in_the_clusters_name(row: str, engine: WsSecurity) -> None:
    """Were it believed, the instance would be started again elsewhere: only a signed no counts."""
    assert launched(FORGED[row], engine) == "ClusterSilent"
    assert launched(declining, engine) == "ClusterDeclined"
    assert launched(honest, engine) == "taken"


class Faulting:
    """Connections on which everything is answered by a fault."""

    def __init__(self, refused: Refused) -> None:
        self._fault = soap.fault(refused, "r")

    async def exchange(self, *_: object, **__: object) -> HttpAnswer:
        """The fault."""
        return HttpAnswer(500, self._fault)


@pytest.mark.parametrize(
    "refused",
    [
        pytest.param(DECLINED(reason="no"), id="N-04 an unsigned no of a node"),
        pytest.param(AUTH_FAILURE(reason="no"), id="N-04 an unsigned fault of a node"),
    ],
)
def test_a_nodes_fault_does_not_say_that_it_has_not_started_anything(refused: Refused) -> None:
    """It counts as silence, after which the same node is asked again before any other."""
    line = dataclasses.replace(
        Impostor(None, honest).line(verifier(WsSecurity.LEAN)), connections=Faulting(refused)
    )
    nodes = SoapNodes(speaking(NODE, cluster_peer(), line))
    with pytest.raises(Unreachable, match="no"):
        spin(nodes.describe_instances("http://127.0.0.1:8775/x", NcDescribeInstances()))


# --- what users may not do -----------------------------------------------------------------------

ADMINS = sorted(n for n, (_, one) in OPERATIONS.items() if one.reach is Reach.CLOUD_ADMIN)


@pytest.mark.parametrize("name", [pytest.param(name, id=f"N-06 {name}") for name in ADMINS])
def test_administration_is_not_for_users(estate: Estate, name: str) -> None:
    """An account's administrator is none of the cloud's, nor is a user of the cloud's account."""
    plain = estate.town.user("eucalyptus", "erin")
    estate.town.street.turn(0)
    before = estate.town.rows()
    for who in (estate.alice, estate.bob, estate.carol, plain):
        said = query_code(estate.ask(name, who, estate.asks(name)))
        assert said in ("UnauthorizedOperation", "AccessDenied")
    assert estate.town.rows() == before
    assert query_code(estate.ask(name, estate.cloud, estate.asks(name))) == ""


# --- a node that lies ----------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["Extant", "Teardown"])
def test_n08_a_node_speaks_for_its_own_instances_only(state: str) -> None:
    """Another node's instance neither ends nor moves because somebody claims it."""
    stage = Stage().enable()
    stage.ask(stage.run("i-0000000a"))
    stage.node(0).boot()
    stage.poll()
    (held,) = stage.zone.roster.held()
    (report,) = stage.node(0).instances.values()
    stage.node(1).instances = {"i-0000000a": dataclasses.replace(report, state_name=state)}
    stage.poll()
    (now,) = stage.zone.roster.held()
    assert (now.node, now.report.state_name) == (held.node, "Extant")


@pytest.mark.parametrize("state", ["Extant", "Teardown"])
def test_n08_an_instance_that_nobody_launched_is_left_alone(database: Database, state: str) -> None:
    """A zone that reports what the cloud does not know changes nothing that it knows."""
    street = Street(database)
    street.launch(street.image())
    street.turn()
    street.turn()
    before = street.described()
    (one,) = street.zone.instances.values()
    stray = dataclasses.replace(one, instance_id="i-deadbeef", state_name=state)
    street.zone.instances["i-deadbeef"] = stray
    street.turn()
    assert street.described() == before
    assert "i-deadbeef" not in street.instances()


# --- what is open --------------------------------------------------------------------------------

GUESSES = (
    "/", "/services", "/services/Heartbeat", "/services/GatherLog", "/axis2/services/GatherLog",
    "/axis2/services/EucalyptusGL", "/axis2/services/", "/axis2/services/listServices", "/debug",
    "/metrics", "/status", "/healthz", "/log", "/logs/nc.log", "/server-status", "/heap",
    "/.git/config",
    "/latest/meta-data/", "/1.0/", "/etc/eucalyptus/eucalyptus.conf", "/axis2/services/../../etc",
)  # fmt: skip
FRONT = {
    "/services/compute", "/services/Eucalyptus", "/services/Cloud", "/services/Euare",
    "/services/Properties",
}  # fmt: skip


def missing(mounted: Mounted) -> set[str]:
    """The guesses at which something other than "not found" is mounted."""
    nothing = mounted.resource_at(b"/no/such/path/at/all")
    return {path for path in GUESSES if mounted.resource_at(path.encode()) is not nothing}


def test_n02_the_front_serves_what_is_on_the_list(town: Town) -> None:
    """Users' services by path, and the metadata of instances for every other path."""
    made = site(town.worker.mounts, HttpLimits(), lambda: "r")
    paths = {prefix.decode() for prefix, _ in made._mounts}
    assert paths >= FRONT
    assert missing(made) == set()


def test_n02_a_cluster_serves_two_paths(tmp_path: Path) -> None:
    """Its contract and news; no logs, no heartbeat, nothing to look around in."""
    neighbours = Neighbours(tmp_path, spin)
    try:
        for port in (neighbours.node, neighbours.front):
            factory: Mounted = port.factory
            assert len(factory._mounts) == 1
            assert missing(factory) == set()
    finally:
        neighbours.close()
