# SPDX-License-Identifier: BSD-2-Clause
"""The three kinds of ports, each with an endpoint whose operation leaves a trace: front, cluster
controller, node controller. Nothing else is theirs: callers are known by heart, nothing is stored.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from twisted.internet import reactor

from eucalyptus.access.principals import AccessKey, Certificate, Principal
from eucalyptus.contracts.cluster import CLUSTER
from eucalyptus.contracts.ec2 import keys, zones
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.node import NODE
from eucalyptus.services import CLUSTER as CLUSTER_SERVICE
from eucalyptus.services import COMPUTE
from eucalyptus.services import NODE as NODE_SERVICE
from eucalyptus.settings import House
from eucalyptus.web.components import Circumstances, Keyring, component_door, listen
from eucalyptus.web.endpoint import Endpoint
from eucalyptus.web.limits import HttpLimits
from eucalyptus.web.mounted import BACKLOG
from eucalyptus.web.public_door import PublicDoor
from eucalyptus.web.query_door import QueryDoor
from eucalyptus.web.site import Mount, site, tls_context
from eucalyptus.web.sniffing import SniffingFactory
from eucalyptus.web.soap_door import SoapDoor, Users
from eucalyptus.wire.codec import Codec
from eucalyptus.wire.replay import MemoryReplayStore
from eucalyptus.wire.security import Addressing, Rules, sign
from eucalyptus.wire.signable import Accepts, Signable
from eucalyptus.wire.sigv4_making import Signing, authorize

LIMITS = HttpLimits(head_time=2.0, idle=2.0, whole=2.0, each=64)
SECRET = "a-secret-that-nobody-is-told"
ADMIN = Principal(
    account_id="123456789012", account_name="acme", canonical_id="c" * 64, user_id="AIDADMIN",
    user_name="admin", is_account_admin=True,
)  # fmt: skip


@dataclass
class Listener:
    """A port: ``good(name)`` is a request that leaves ``name`` in ``done``."""

    name: str
    path: str
    good: Callable[[str], bytes]
    done: list[str] = field(default_factory=list)
    listening: Any = None
    endpoint: Endpoint | None = None

    @property
    def port(self) -> int:
        """Its number."""
        return int(self.listening.getHost().port)

    @property
    def site(self) -> Any:
        """The site behind it."""
        factory = self.listening.factory
        return getattr(factory, "plain", factory)


class _Known:
    """One access key, no certificate."""

    async def by_access_key(self, key_id: str) -> AccessKey | None:
        known = key_id == "AKIADMIN"
        return AccessKey(key_id=key_id, secret=SECRET, principal=ADMIN) if known else None

    async def by_certificate(self, fingerprint: str) -> Certificate | None:
        return None


class _Recorded:
    """Recorded answers in memory."""

    def __init__(self) -> None:
        self._answers: dict[bytes, bytes] = {}

    async def begin(self, key: bytes, expires: float, now: float) -> bytes | None:
        return self._answers.get(key)

    async def finish(self, key: bytes, answer: bytes) -> None:
        self._answers[key] = answer

    async def forget(self, key: bytes) -> None:
        self._answers.pop(key, None)


def new_id() -> str:
    """A request id."""
    return str(uuid.uuid4())


def post(path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """A POST as bytes."""
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def front(house: House, limits: HttpLimits = LIMITS) -> Listener:
    """The port of users, HTTP and TLS."""
    known = _Known()
    soap = SoapDoor(
        signers=Users(known), rules=Rules.front_door, replay=MemoryReplayStore(), clock=time.time,
        new_id=new_id,
    )  # fmt: skip
    query = QueryDoor(
        principals=known, recorded=_Recorded(), clock=time.time,
        accepts=Accepts(service="ec2", bare_path=True),
    )  # fmt: skip
    made = Listener("front", COMPUTE.path, lambda name: _signed(COMPUTE.path, name))

    async def create_key_pair(_: Any, ask: keys.CreateKeyPair) -> keys.CreateKeyPairResponse:
        made.done.append(ask.key_name)
        return keys.CreateKeyPairResponse(
            key_name=ask.key_name, key_fingerprint="00", key_material="-"
        )

    async def describe_regions(_: Any, ask: Any) -> zones.DescribeRegionsResponse:
        return zones.DescribeRegionsResponse(region_info=())

    contract = replace(EC2, operations=(zones.DESCRIBE_REGIONS, keys.CREATE_KEY_PAIR))
    bodies = {"CreateKeyPair": create_key_pair, "DescribeRegions": describe_regions}
    made.endpoint = Endpoint(contract, bodies, PublicDoor(soap=soap, query=query))
    served = site([Mount(path=COMPUTE.path, resource=made.endpoint)], limits, new_id)
    loop: Any = reactor
    sniffing = SniffingFactory(served, tls_context(house), reactor)
    made.listening = loop.listenTCP(0, sniffing, backlog=BACKLOG, interface="127.0.0.1")
    return made


def _signed(path: str, name: str) -> bytes:
    said = {"Action": "CreateKeyPair", "KeyName": name, "Version": "2013-02-01"}
    body = urlencode(said).encode()
    request = Signable(
        method="POST", path=path, query="", headers={"host": ("x",)},
        body_sha256=hashlib.sha256(body).hexdigest(),
    )  # fmt: skip
    signing = Signing(key_id="AKIADMIN", secret=SECRET, service="ec2")
    headers = {"Host": "x", "Content-Type": "application/x-www-form-urlencoded"}
    return post(path, body, {**headers, **authorize(request, signing, time.time())})


def cluster(house: House, limits: HttpLimits = LIMITS) -> Listener:
    """The port of a cluster controller."""
    return _component(house, "cluster", limits)


def node(house: House, limits: HttpLimits = LIMITS) -> Listener:
    """The port of a node controller."""
    return _component(house, "node", limits)


_COMPONENTS = {
    "cluster": (CLUSTER, CLUSTER_SERVICE.path, "cloud", "DescribeInstances"),
    "node": (NODE, NODE_SERVICE.path, "cluster", "ncDescribeInstances"),
}


def _component(house: House, us: str, limits: HttpLimits) -> Listener:
    contract, path, caller, named = _COMPONENTS[us]
    (operation,) = (found for found in contract.operations if found.name == named)
    contract = replace(contract, operations=(operation,))
    keyring, codec = Keyring(directory=house.keys), Codec(contract, "")
    around = Circumstances(
        reactor=reactor, clock=time.time, new_id=new_id, replay=MemoryReplayStore(), limits=limits
    )

    def good(name: str) -> bytes:
        body = codec.write(operation.asks(correlation_id=name), operation.name)
        addressing = Addressing(
            to=f"http://127.0.0.1:{made.port}{path}", action=contract.soap_action(operation),
            message_id=f"urn:uuid:{new_id()}",
        )  # fmt: skip
        document = sign(body, keyring.identity(caller), addressing, time.time())
        return post(path, document, {"Host": "x", "Content-Type": "text/xml"})

    async def describe(_: Any, ask: Any) -> Any:
        made.done.append(ask.correlation_id)
        return operation.answers()

    made = Listener(us, path, good)
    door = component_door(keyring, us, (caller,), around)
    made.endpoint = Endpoint(contract, {operation.name: describe}, door)
    made.listening = listen({path: made.endpoint}, 0, around, "127.0.0.1")
    return made


LISTENERS: Mapping[str, Callable[..., Listener]] = {
    "front": front, "cluster": cluster, "node": node,
}  # fmt: skip
