# SPDX-License-Identifier: BSD-2-Clause
"""The bridge's addresses, routes and kernel switches."""

from __future__ import annotations

from eucalyptus.wire.networkinfo import Guest
from eucanetd.core.plan import Choices, Link
from eucanetd.core.world import Here

METADATA = "169.254.169.254"


def tap(guest: Guest) -> str:
    """The name of a guest's primary tap; interface names end after 15 characters."""
    return f"vn_{guest.name}"[:15]


def link(here: Here, choices: Choices) -> Link:
    """How the guests' bridge is set up.

    As a router (NC_ROUTER=Y) the host owns the subnet's gateway address. The metadata address is
    on the bridge in any case: guests that believe it to be on their link ask for it by ARP.
    """
    subnet = here.cluster.subnet
    addresses = [f"{METADATA}/32"]
    routes = []
    if choices.router:
        addresses.insert(0, f"{subnet.gateway}/{subnet.network.prefixlen}")
    else:
        routes.append(str(subnet.network))
    bridge = choices.bridge
    switches = {
        "net/ipv4/ip_forward": "1",
        # The gateway sends packets back out of the bridge on purpose; guests need no advice.
        f"net/ipv4/conf/{bridge}/send_redirects": "0",
        f"net/ipv6/conf/{bridge}/disable_ipv6": "1",
    }
    return Link(
        bridge=bridge,
        addresses=tuple(addresses),
        routes=tuple(routes),
        switches=switches,
        ports=tuple(tap(guest) for guest in here.guests),
    )
