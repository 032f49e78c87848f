# SPDX-License-Identifier: BSD-2-Clause
"""The front door of STS: mounts the tokens contract on a front worker."""

from __future__ import annotations

from collections.abc import Sequence

from cloudcontroller.tokens.bodies import bodies
from cloudcontroller.tokens.world import World
from eucalyptus.contracts.sts import TOKENS_CONTRACT
from eucalyptus.secrets import open_sealer
from eucalyptus.services import TOKENS
from eucalyptus.web.endpoint import Endpoint
from eucalyptus.web.front import Front
from eucalyptus.web.site import Mount


async def mounts(front: Front) -> Sequence[Mount]:
    """``/services/Tokens``."""
    world = World(unseal=open_sealer(front.settings.keys).open)
    resource = Endpoint(TOKENS_CONTRACT, bodies(world), front.door("sts"))
    return [Mount(path=TOKENS.path, resource=resource, aliases=TOKENS.aliases)]
