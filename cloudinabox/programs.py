# SPDX-License-Identifier: BSD-2-Clause
"""The daemons of a one-machine cloud, in the order in which they start."""

from __future__ import annotations

from dataclasses import dataclass

from eucalyptus.services import CLUSTER_PORT, FRONT_PORT, NODE_PORT


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One daemon under supervisord.

    ``command`` is filled in with ``{programs}``, ``{conf}`` and ``{state}``. ``type`` is its
    service type in status displays, ``port`` where it listens (0: nowhere) under ``path``.
    Without ``root`` it runs as the services' own user; the database gives root up by itself.
    """

    name: str
    type: str
    command: str
    port: int = 0
    path: str = ""
    per_core: bool = False
    only_for_guests: bool = False
    zoned: bool = False
    root: bool = True
    stop: str = "TERM"


def _own(command: str) -> str:
    return "{programs}/" + command + " --config {conf}"


DATABASE = Program(
    name="database", type="database", command=_own("eucalyptus-database"), stop="INT"
)
"""SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to leave."""
FRONT = Program(
    name="front", type="user-api", command=_own("eucalyptus-front"), per_core=True,
    root=False, port=FRONT_PORT, path="/services/compute",
)  # fmt: skip
CLOUD = Program(name="cloud", type="eucalyptus", command=_own("eucalyptus-cloud"), root=False)
CLUSTER = Program(
    name="cluster", type="cluster", command=_own("eucalyptus-cc"), zoned=True, root=False,
    port=CLUSTER_PORT, path="/axis2/services/EucalyptusCC",
)  # fmt: skip
HYPERVISOR = Program(
    name="libvirtd", type="libvirt", only_for_guests=True,
    command="unshare --mount --propagation private {programs}/eucalyptus-box-libvirtd {state}",
)  # fmt: skip
NETWORK = Program(name="eucanetd", type="eucanetd", command=_own("eucanetd"), zoned=True)
NODE = Program(
    name="node", type="node", command=_own("eucalyptus-nc"), zoned=True,
    port=NODE_PORT, path="/axis2/services/EucalyptusNC",
)  # fmt: skip

WAVES = ((DATABASE,), (FRONT, HYPERVISOR, NETWORK, NODE, CLUSTER), (CLOUD,))
"""What starts together: the cloud's loops last, so that their first calls find everybody."""
PROGRAMS = tuple(program for wave in WAVES for program in wave)
WALRUS = Program(
    name="walrus", type="walrusbackend", command="", port=FRONT_PORT,
    path="/services/objectstorage",
)  # fmt: skip
"""The object store has no process of its own: the front workers serve it."""
