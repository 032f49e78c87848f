# SPDX-License-Identifier: BSD-2-Clause
"""BroadcastNetworkInfo: the wanted network, kept and handed on to every node."""

from __future__ import annotations

import base64
import binascii

from clustercontroller.zone import Network, Zone
from eucalyptus.access.call import Call
from eucalyptus.contracts.cluster import BroadcastNetworkInfo, BroadcastNetworkInfoResponse
from eucalyptus.contracts.refusals import INVALID_PARAMETER
from eucalyptus.wire.networkinfo import BadNetworkDocument, read


async def broadcast_network_info(
    zone: Zone, call: Call, ask: BroadcastNetworkInfo
) -> BroadcastNetworkInfoResponse:
    """Keep the document durably, then send it on; the nodes are told after the answer. What they
    were told already is repeated at our own pace, however often the cloud repeats it to us.

    A document that cannot be read or is older than the one in force is refused and changes
    nothing: what no host would accept must not replace what every host has.
    """
    zone.hear(ask)
    network = _read(ask.network_info)
    if ask.version and ask.version != network.world.version:
        raise INVALID_PARAMETER(
            name="version", value=ask.version, wanted=f"the document's, {network.world.version}"
        )
    known = zone.network.world if zone.network else None
    if known and 0 < network.world.sequence < known.sequence:
        raise INVALID_PARAMETER(
            name="networkInfo", value=f"sequence {network.world.sequence}",
            wanted=f"newer than {known.sequence}",
        )  # fmt: skip
    if zone.network is None or zone.network.document != network.document:
        zone.documents.save(network.document)
        zone.network = network
        zone.log.info("{request_id} network info {version} is in force",
                      request_id=call.request_id, version=network.world.version)  # fmt: skip
        zone.broadcast()
    return BroadcastNetworkInfoResponse()


def _read(text: str) -> Network:
    try:
        document = base64.b64decode(text, validate=True)
        return Network(document, read(document))
    except (binascii.Error, ValueError, BadNetworkDocument) as wrong:
        raise INVALID_PARAMETER(
            name="networkInfo", value="the document", wanted=f"usable ({wrong})"
        ) from wrong
