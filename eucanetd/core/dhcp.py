# SPDX-License-Identifier: BSD-2-Clause
"""dnsmasq's configuration: it answers known MAC addresses with their own address, nobody else."""

from __future__ import annotations

from collections.abc import Iterable

from eucanetd.core.plan import Choices, Dhcp
from eucanetd.core.world import Here

CONFIG, HOSTS, LEASES = "euca-dhcp.conf", "euca-dhcp.hosts", "euca-dhcp.leases"
PID, LOG = "euca-dhcp.pid", "euca-dhcp.log"


def dhcp(here: Here, choices: Choices) -> Dhcp:
    """The server's files for the guests here."""
    pairs = tuple((guest.mac_address, str(guest.private_ip)) for guest in here.guests)
    return Dhcp(config=config(here, choices), hosts=hosts(pairs), pairs=pairs)


def config(here: Here, choices: Choices) -> str:
    """The configuration file; it changes with the network, not with its guests."""
    subnet, world = here.cluster.subnet, here.world
    at = choices.directory
    lines = [
        "port=0",
        f"interface={choices.bridge}",
        "bind-dynamic",
        "except-interface=lo",
        f"user={choices.dhcp_user}",
        f"dhcp-range={subnet.network.network_address},static,{subnet.network.netmask},1h",
        f"dhcp-hostsfile={at}/{HOSTS}",
        f"dhcp-leasefile={at}/{LEASES}",
        f"pid-file={at}/{PID}",
        f"log-facility={at}/{LOG}",
        "dhcp-authoritative",
        "dhcp-ignore=tag:!known",
        "no-ping",
        f"dhcp-option=option:router,{subnet.gateway}",
    ]
    servers = ",".join(str(each) for each in world.instance_dns_servers)
    if servers:
        lines.append(f"dhcp-option=option:dns-server,{servers}")
    if world.instance_dns_domain:
        lines.append(f"dhcp-option=option:domain-name,{world.instance_dns_domain}")
    return "\n".join(lines) + "\n"


def hosts(pairs: Iterable[tuple[str, str]]) -> str:
    """The hosts file: a MAC, its address, a name made from the address."""
    return "".join(f"{mac},{ip},ip-{ip.replace('.', '-')}\n" for mac, ip in pairs)


def stale(leases: str, pairs: Iterable[tuple[str, str]]) -> bool:
    """Whether a lease would keep an address from the guest that it belongs to now."""
    return live(leases, pairs) != leases


def live(leases: str, pairs: Iterable[tuple[str, str]]) -> str:
    """dnsmasq's lease file without the leases that contradict ``pairs``.

    A line is ``expiry mac address name client-id``. dnsmasq would refuse an address to its new
    owner until the former one's lease has run out.
    """
    owner = {ip: mac for mac, ip in pairs}
    kept = []
    for line in leases.splitlines(keepends=True):
        words = line.split()
        if len(words) >= 3 and owner.get(words[2], words[1]) != words[1]:
            continue
        kept.append(line)
    return "".join(kept)
