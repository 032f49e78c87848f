# SPDX-License-Identifier: BSD-2-Clause
"""The wanted world as this host sees it: which documents are taken, and what of them is ours."""

from __future__ import annotations

from dataclasses import dataclass

from eucalyptus.wire.networkinfo import BadNetworkDocument, Cluster, Guest, World, read


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """The part of the world that this host carries out: its zone and the guests on it."""

    world: World
    cluster: Cluster
    guests: tuple[Guest, ...]


def accept(document: bytes, known: World | None) -> World:
    """The world of ``document``; raises BadNetworkDocument when it is malformed or too old.

    Old means: numbered, and numbered below the one in force. What is in force stays in force.
    """
    world = read(document)
    if known is not None and 0 < world.sequence < known.sequence:
        raise BadNetworkDocument(
            f"document {world.sequence} is older than {known.sequence}, which is in force"
        )
    return world


def here(world: World, names: frozenset[str]) -> Here | None:
    """Our part, found by ``names`` (addresses and host names of this host); None if we have none.

    Guests are in the order of their names, so that equal worlds give equal texts.
    """
    for cluster in world.clusters:
        for node in cluster.nodes:
            if node.name.partition(":")[0] in names:
                ids = set(node.instance_ids)
                guests = tuple(
                    sorted((g for g in world.guests if g.name in ids), key=lambda g: g.name)
                )
                return Here(world=world, cluster=cluster, guests=guests)
    return None
