# SPDX-License-Identifier: BSD-2-Clause
"""The host's packet rules as the text of one nftables transaction.

Two tables, both called ``eucalyptus`` and both ours alone: nothing else on the host is touched,
and each text replaces both as a whole, so that there is no moment without rules.

``bridge``: frames from a guest's tap pass when they carry the guest's own MAC and address. A tap
that the world does not know passes nothing.
``ip``: the metadata address leads to the cloud; what leaves the subnet does so under the host's
address. Traffic towards a guest goes through ``to_guests``, where security groups will have
their verdict map; in there everything is accepted as yet (docs/STATUS.md).

The kernel has no connection tracking on bridges everywhere, so nothing in ``bridge`` asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address

from eucalyptus.wire.networkinfo import Guest
from eucanetd.core.plan import Choices
from eucanetd.core.routes import METADATA, tap
from eucanetd.core.world import Here

TABLE = "eucalyptus"
FAMILIES = ("ip", "bridge")
GUEST = "guest_"
"""What the names of guests' chains begin with; an instance id's digits follow."""


def _chain(guest: Guest) -> str:
    return GUEST + guest.name.removeprefix("i-")


def rules(here: Here, choices: Choices) -> str:
    """The whole transaction: both tables dropped and made again."""
    lines: list[str] = []
    for family in FAMILIES:
        # Adding first makes the deletion valid on a host that has no such table yet.
        lines += [f"add table {family} {TABLE}", f"delete table {family} {TABLE}"]
    lines += _ip_table(here, choices)
    lines += _bridge_table(here.guests, choices)
    return "\n".join(lines) + "\n"


def _ip_table(here: Here, choices: Choices) -> list[str]:
    subnet, bridge = here.cluster.subnet.network, choices.bridge
    inside = f"ip saddr {subnet}"
    return [
        f"table ip {TABLE} {{",
        *_address_set("guests", (guest.private_ip for guest in here.guests)),
        *_address_set("everyone", (g.private_ip for g in _zone_guests(here))),
        " chain prerouting {",
        "  type nat hook prerouting priority dstnat; policy accept;",
        f'  iifname "{bridge}" ip daddr {METADATA} tcp dport 80 {_to_cloud(here, choices)}',
        " }",
        " chain postrouting {",
        "  type nat hook postrouting priority srcnat; policy accept;",
        # The metadata service knows its caller by the source address: it must stay.
        f"  {inside} tcp dport {choices.metadata_port} ct original ip daddr {METADATA} accept",
        f"  {inside} ip daddr != {subnet} masquerade",
        " }",
        " chain forward {",
        "  type filter hook forward priority filter; policy accept;",
        "  ct state established,related accept",
        f'  oifname "{bridge}" jump to_guests',
        f'  iifname "{bridge}" jump from_guests',
        " }",
        " chain to_guests {",
        "  accept",
        " }",
        " chain from_guests {",
        f"  ip saddr != {subnet} counter drop",
        "  accept",
        " }",
        "}",
    ]


def _zone_guests(here: Here) -> list[Guest]:
    ids = {name for node in here.cluster.nodes for name in node.instance_ids}
    return [guest for guest in here.world.guests if guest.name in ids]


def _address_set(name: str, addresses: Iterable[IPv4Address]) -> list[str]:
    listed = ", ".join(str(each) for each in sorted(addresses))
    elements = [f"  elements = {{ {listed} }}"] if listed else []
    return [f" set {name} {{", "  type ipv4_addr", *elements, " }"]


def _to_cloud(here: Here, choices: Choices) -> str:
    """DNAT to the cloud's front, or a redirect when the front listens on this very host."""
    target = choices.metadata_ip or here.world.enabled_clc_ip
    gateway = choices.router and target == here.cluster.subnet.gateway
    if gateway or target.is_loopback or str(target) in choices.addresses:
        return f"redirect to :{choices.metadata_port}"
    return f"dnat to {target}:{choices.metadata_port}"


def _bridge_table(guests: Sequence[Guest], choices: Choices) -> list[str]:
    lines = [f"table bridge {TABLE} {{"]
    for guest in guests if choices.isolate else ():
        lines += _guest_chain(guest)
    lines += [" chain prerouting {", "  type filter hook prerouting priority -300; policy accept;"]
    if choices.isolate:
        if guests:
            jumps = ", ".join(f'"{tap(guest)}" : goto {_chain(guest)}' for guest in guests)
            lines.append(f"  iifname vmap {{ {jumps} }}")
        lines.append('  iifname "vn_*" counter drop')
    return [*lines, " }", "}"]


def _guest_chain(guest: Guest) -> list[str]:
    mac, ip = guest.mac_address, guest.private_ip
    return [
        f" chain {_chain(guest)} {{",
        f"  ether saddr != {mac} counter drop",
        f"  ether type arp arp saddr ether != {mac} counter drop",
        f"  ether type arp arp saddr ip != {{ {ip}, 0.0.0.0 }} counter drop",
        "  ether type arp accept",
        "  ether type != ip counter drop",
        "  ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept",
        # A guest that answers DHCP could lead its neighbours astray.
        "  udp sport 67 counter drop",
        f"  ip saddr != {ip} counter drop",
        "  accept",
        " }",
    ]
