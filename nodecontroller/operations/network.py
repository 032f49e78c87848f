# SPDX-License-Identifier: BSD-2-Clause
"""The host's network: the wanted world handed on to eucanetd, addresses noted."""

from __future__ import annotations

import base64
import binascii
import ipaddress

from eucalyptus.access.call import Call
from eucalyptus.contracts.node import (
    NcAssignAddress,
    NcAssignAddressResponse,
    NcBroadcastNetworkInfo,
    NcBroadcastNetworkInfoResponse,
    NcStartNetwork,
    NcStartNetworkResponse,
)
from eucalyptus.contracts.refusals import INVALID_PARAMETER, NO_SUCH_INSTANCE
from nodecontroller.operations.answer import answer
from nodecontroller.world import World


async def broadcast_network_info(
    world: World, call: Call, ask: NcBroadcastNetworkInfo
) -> NcBroadcastNetworkInfoResponse:
    """Write the document where eucanetd reads it: the old or the new, never half of one."""
    try:
        document = base64.b64decode(ask.network_info, validate=False)
    except (binascii.Error, ValueError) as wrong:
        raise INVALID_PARAMETER(
            name="networkInfo", value=f"{ask.network_info:.40}…", wanted="base64"
        ) from wrong
    if not document.lstrip().startswith(b"<"):
        raise INVALID_PARAMETER(
            name="networkInfo", value=f"{ask.network_info:.40}…", wanted="an XML document in base64"
        )
    await world.tools.in_thread(world.drivers.network.publish, document)
    return answer(NcBroadcastNetworkInfoResponse, ask)


async def assign_address(world: World, call: Call, ask: NcAssignAddress) -> NcAssignAddressResponse:
    """Note an instance's public address, so that it is reported; eucanetd does the rest."""
    if world.roster.get(ask.instance_id) is None:
        raise NO_SUCH_INSTANCE(instance_id=ask.instance_id)
    try:
        address = str(ipaddress.IPv4Address(ask.public_ip))
    except ValueError as wrong:
        raise INVALID_PARAMETER(
            name="publicIp", value=ask.public_ip, wanted="an IPv4 address"
        ) from wrong
    await world.roster.set_address(ask.instance_id, address)
    return answer(NcAssignAddressResponse, ask)


async def start_network(world: World, call: Call, ask: NcStartNetwork) -> NcStartNetworkResponse:
    """Networks need no starting in EDGE mode; kept for clusters that still ask."""
    return answer(NcStartNetworkResponse, ask, network_status="SUCCESS")
