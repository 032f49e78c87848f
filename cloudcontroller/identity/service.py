# SPDX-License-Identifier: BSD-2-Clause
"""Identity's front door: mounts the contract on a front worker, and opens principals for it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence

from twisted.internet.threads import deferToThread

from cloudcontroller.identity.bodies import bodies
from cloudcontroller.identity.epoch import NAME, Epoch, counting
from cloudcontroller.identity.pairs import make_pair
from cloudcontroller.identity.principals import DatabasePrincipals, open_principals
from cloudcontroller.identity.world import BELONGINGS, Pair, World
from eucalyptus.contracts.identity import IDENTITY
from eucalyptus.database.run import Database
from eucalyptus.database.settings import DatabaseSettings
from eucalyptus.secrets import open_sealer
from eucalyptus.services import EUARE
from eucalyptus.web.endpoint import Endpoint
from eucalyptus.web.front import Front, entry
from eucalyptus.web.site import Mount


async def _pair_aside(common_name: str, clock: Callable[[], float]) -> Pair:
    made: Pair = await deferToThread(make_pair, common_name, clock())
    return made


async def mounts(front: Front) -> Sequence[Mount]:
    """``/services/Euare``."""
    world = World(
        database=front.database,
        sealer=open_sealer(front.settings.keys),
        properties=front.properties,
        clock=front.clock,
        chance=os.urandom,
        make_pair=lambda name: _pair_aside(name, front.clock),
        belongings=tuple(entry(BELONGINGS).values()),
    )
    done = counting(bodies(world), Epoch(front.settings.run / NAME))
    resource = Endpoint(IDENTITY, done, front.door("iam"))
    return [Mount(path=EUARE.path, resource=resource, aliases=EUARE.aliases)]


async def principals(settings: DatabaseSettings, database: Database) -> DatabasePrincipals:
    """The entry point of group ``eucalyptus.principals``."""
    return await open_principals(settings, database, time.time)
