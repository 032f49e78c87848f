# SPDX-License-Identifier: BSD-2-Clause
"""News from the nodes: whoever says that something changed is asked at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from clustercontroller.zone import Zone
from eucalyptus.access.call import Call
from eucalyptus.contracts.news import Changed, ChangedResponse


def news_bodies(
    zone: Zone, soon: Callable[[str], bool]
) -> dict[str, Callable[[Call, Any], Awaitable[Any]]]:
    """The bodies of the news contract; ``soon`` polls a node by name, False when unknown."""

    async def changed(call: Call, ask: Changed) -> ChangedResponse:
        named = [node for node in zone.roster.nodes if node.url == ask.service_tag]
        # A node may call itself otherwise than NODES does; where it calls from is known.
        nodes = named or [n for n in zone.roster.nodes if n.name.partition(":")[0] == call.source]
        for node in nodes:
            soon(node.name)
        if not nodes:
            zone.log.info("{request_id} news from {tag}, which is no node of this zone",
                          request_id=call.request_id, tag=ask.service_tag)  # fmt: skip
        return zone.answered(ask, ChangedResponse())

    return {"Changed": changed}
