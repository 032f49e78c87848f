# SPDX-License-Identifier: BSD-2-Clause
"""Compute's front door: its mounts on a front worker, and the world of its loops."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

from cloudcontroller.compute.database import clusters
from cloudcontroller.compute.drivers.chance import SystemChance
from cloudcontroller.compute.drivers.clusters import StubClusters
from cloudcontroller.compute.drivers.keysahead import KeysAhead
from cloudcontroller.compute.drivers.walrus import WalrusManifests
from cloudcontroller.compute.operations.bodies import bodies
from cloudcontroller.compute.operations.news import news_bodies
from cloudcontroller.compute.web.metadata import Metadata
from cloudcontroller.compute.world import World
from cloudcontroller.identity.database import accounts, keys
from cloudcontroller.settings import Settings
from eucalyptus.access.principals import AccessKey, Principal
from eucalyptus.contracts.cluster import CLUSTER
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.news import NEWS
from eucalyptus.database.run import Database, Tx
from eucalyptus.manual.pages import ec2_reference
from eucalyptus.secrets import Sealer, open_sealer
from eucalyptus.services import COMPUTE
from eucalyptus.services import NEWS as NEWS_SERVICE
from eucalyptus.web.client import Line, Stub
from eucalyptus.web.components import Circumstances, Keyring, component_door, component_line
from eucalyptus.web.connections import Connections
from eucalyptus.web.endpoint import Endpoint
from eucalyptus.web.front import Front
from eucalyptus.web.manual import DOCS, Manual
from eucalyptus.web.site import Mount

US, CLUSTERS = "cloud", "cluster"
"""The components by the names of their certificates."""


def key_finder(
    database: Database, sealer: Sealer
) -> Callable[[Principal], Awaitable[AccessKey | None]]:
    """Finds an active access key of a user, with its secret."""

    def oldest(tx: Tx, who: Principal) -> AccessKey | None:
        for key in keys.of_user(tx, who.user_id):
            if key.active:
                secret = sealer.open(key.sealed).decode()
                return AccessKey(key_id=key.id, secret=secret, principal=who)
        return None

    async def find(who: Principal) -> AccessKey | None:
        return await database.read(oldest, who)

    return find


def stub_clusters(keyring: Keyring, line: Line) -> StubClusters:
    """Clusters over signed SOAP; all of this host's zones show the same certificate."""
    peer = keyring.peer(CLUSTERS)
    return StubClusters(lambda url: Stub(CLUSTER, url, peer, line))


async def mounts(front: Front) -> Sequence[Mount]:
    """EC2, news from clusters, and the metadata service for every other path."""
    keyring = Keyring(directory=front.settings.keys)
    around = Circumstances(
        reactor=front.reactor,
        clock=front.clock,
        new_id=front.new_id,
        replay=front.replay,
        verifier=front.verifier,
    )
    ahead = KeysAhead(front.reactor, most=front.settings.keys_ahead)
    ahead.start()
    world = World(
        database=front.database,
        clusters=stub_clusters(keyring, component_line(keyring, US, around)),
        manifests=WalrusManifests(
            front=f"http://127.0.0.1:{front.settings.port}",
            connections=Connections(front.reactor),
            key_of=key_finder(front.database, open_sealer(front.settings.keys)),
            clock=front.clock,
        ),
        chance=SystemChance(ahead.take),
        clock=front.clock,
        accounts=accounts.known,
        port=front.settings.port,
    )
    news = Endpoint(NEWS, news_bodies(world), component_door(keyring, US, [CLUSTERS], around))
    ec2 = Endpoint(EC2, bodies(world), front.door("ec2"))
    return [
        Mount(path=COMPUTE.path, resource=ec2, aliases=COMPUTE.aliases),
        Mount(path=COMPUTE.path + DOCS, resource=Manual(ec2_reference)),
        Mount(path=NEWS_SERVICE.path, resource=news),
        Mount(path="", resource=Metadata(world)),
    ]


def loops_world(
    settings: Settings, database: Database, own: AccessKey, around: Circumstances
) -> World:
    """The world of the loops; ``own`` is the key by which nodes are let in to Walrus."""
    keyring = Keyring(directory=settings.keys)
    place = urlsplit(settings.front)
    return World(
        database=database,
        clusters=stub_clusters(keyring, component_line(keyring, US, around)),
        manifests=WalrusManifests(
            front=settings.front.rstrip("/"),
            connections=Connections(around.reactor),
            key_of=key_finder(database, open_sealer(settings.keys)),
            clock=around.clock,
            own=own,
        ),
        chance=SystemChance(),
        clock=around.clock,
        accounts=accounts.known,
        address=place.hostname or "127.0.0.1",
        port=place.port or 80,
    )


def register_cluster(tx: Tx, zone: str, url: str, now: float) -> None:
    """Make ``url`` the cluster controller of ``zone``; repeating it changes nothing."""
    clusters.register(tx, zone, url, name=f"{zone}-cc", now=now)
