# SPDX-License-Identifier: BSD-2-Clause
"""The registry's front door: mounts the properties contract on a front worker."""

from __future__ import annotations

from collections.abc import Sequence

from cloudcontroller.registry.bodies import bodies
from cloudcontroller.registry.world import World
from eucalyptus.contracts.properties import PROPERTIES_CONTRACT
from eucalyptus.properties import CHECKS
from eucalyptus.secrets import open_sealer
from eucalyptus.services import PROPERTIES
from eucalyptus.web.endpoint import Endpoint
from eucalyptus.web.front import Front, entry
from eucalyptus.web.site import Mount


async def mounts(front: Front) -> Sequence[Mount]:
    """``/services/Properties``."""
    world = World(
        database=front.database, checks=entry(CHECKS), seal=open_sealer(front.settings.keys).seal
    )
    resource = Endpoint(PROPERTIES_CONTRACT, bodies(world), front.door("properties"))
    return [Mount(path=PROPERTIES.path, resource=resource, aliases=PROPERTIES.aliases)]
