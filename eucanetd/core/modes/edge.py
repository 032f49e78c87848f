# SPDX-License-Identifier: BSD-2-Clause
"""EDGE: every node is gateway, DHCP server and packet filter of its own guests."""

from __future__ import annotations

from eucanetd.core.dhcp import dhcp
from eucanetd.core.nft import rules
from eucanetd.core.plan import Choices, Plan
from eucanetd.core.routes import link
from eucanetd.core.world import Here


def plan(here: Here, choices: Choices) -> Plan:
    """Everything that shall be in force on this host."""
    return Plan(
        version=here.world.version,
        instances=tuple(guest.name for guest in here.guests),
        link=link(here, choices),
        rules=rules(here, choices),
        dhcp=dhcp(here, choices),
    )
