# SPDX-License-Identifier: BSD-2-Clause
"""What the daemons of components share: keys, the door for each other's messages, listening."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twisted.web.resource import IResource

from eucalyptus.web.client import Line, Peer
from eucalyptus.web.connections import Connections
from eucalyptus.web.limits import HttpLimits
from eucalyptus.web.mounted import BACKLOG, Mounted
from eucalyptus.web.soap_door import Pinned, SoapDoor
from eucalyptus.wire import certificates
from eucalyptus.wire.replay import ReplayStore
from eucalyptus.wire.security import Identity, Rules, Verifier, verify

COMPONENT_LIMITS = HttpLimits(body=16 << 20, whole=60.0, each=1024, requests=256, bodies=64 << 20)
"""A network document of a large cloud has megabytes; a rehearsal has all nodes at one address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """The certificates and keys of components in one directory (``keys/``).

    Files are called as the original's: ``cloud-cert.pem``, ``cluster-pk.pem``, ``node-cert.pem``…
    """

    directory: Path

    def certificate(self, component: str) -> bytes:
        """The PEM certificate of ``component`` ("cloud", "cluster", "node")."""
        return (self.directory / f"{component}-cert.pem").read_bytes()

    def identity(self, component: str) -> Identity:
        """What ``component`` signs with; takes 30 ms, so load it once."""
        key = (self.directory / f"{component}-pk.pem").read_bytes()
        return certificates.identity(self.certificate(component), key)

    def peer(self, component: str) -> Peer:
        """The component whose answers a stub believes."""
        pem = self.certificate(component)
        return Peer(fingerprint=certificates.fingerprint(pem), pem=pem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Time, chance, the memory of messages, what verifies them and what they may cost."""

    reactor: Any
    clock: Callable[[], float]
    new_id: Callable[[], str]
    replay: ReplayStore
    verifier: Verifier = verify
    limits: HttpLimits = COMPONENT_LIMITS


def component_door(
    keyring: Keyring, us: str, callers: Sequence[str], around: Circumstances
) -> SoapDoor:
    """The door of component ``us``: admits messages that ``callers`` signed, signs its replies."""
    ours = keyring.identity(us)
    return SoapDoor(
        signers=Pinned({caller: keyring.certificate(caller) for caller in callers}),
        rules=Rules.internal,
        replay=around.replay,
        clock=around.clock,
        new_id=around.new_id,
        identity=lambda: ours,
        verifier=around.verifier,
    )


def component_line(keyring: Keyring, us: str, around: Circumstances, *, keep: int = 8) -> Line:
    """What the stubs of component ``us`` share; ``keep`` connections stay open to each peer."""
    return Line(
        connections=Connections(around.reactor, keep=keep),
        identity=keyring.identity(us),
        clock=around.clock,
        new_id=around.new_id,
        verifier=around.verifier,
    )


def listen(
    mounts: Mapping[str, IResource], port: int, around: Circumstances, bind: str = ""
) -> Any:
    """Serve ``mounts`` (path -> resource) on ``port``; gives the listening port."""
    table = {path.encode(): resource for path, resource in mounts.items()}
    site = Mounted(table, around.limits, around.new_id)
    return around.reactor.listenTCP(port, site, backlog=BACKLOG, interface=bind)
