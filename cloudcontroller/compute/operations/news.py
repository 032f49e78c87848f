# SPDX-License-Identifier: BSD-2-Clause
"""News from clusters: they are asked at once instead of at the next poll."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from twisted.logger import Logger

from cloudcontroller.compute.database.clusters import NEWS_CHANNEL
from cloudcontroller.compute.operations.bodies import Body
from cloudcontroller.compute.world import World
from eucalyptus.access.call import Call
from eucalyptus.contracts.news import Changed, ChangedResponse
from eucalyptus.database.run import notify

LONGEST = 500

_log = Logger()


async def changed(world: World, call: Call, ask: Changed) -> ChangedResponse:
    """Wake the loop that listens to this cluster; what is true, it will be asked itself."""
    await world.database.statement(notify, NEWS_CHANNEL, ask.service_tag[:LONGEST])
    _log.debug("{request}: news from {url}", request=call.request_id, url=ask.service_tag)
    return ChangedResponse()


def news_bodies(world: World) -> Mapping[str, Body]:
    """Operation name -> body of the news contract."""
    return {"Changed": partial(changed, world)}
