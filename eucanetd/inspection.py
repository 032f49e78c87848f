# SPDX-License-Identifier: BSD-2-Clause
"""What ``euca-verify`` sees of a host's network: taps, rules, leases, and the DHCP server.

Kinds: ``tap``, ``rule`` and ``lease`` by instance id; ``network`` for what the host as a whole
needs once there is a network: the DHCP server and the rule tables.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from eucalyptus.command import Finished, run
from eucalyptus.settings import read
from eucalyptus.verification import Belief, Inspection, Seen
from eucanetd.core import dhcp, nft
from eucanetd.drivers.dhcp import process
from eucanetd.settings import Settings

Run = Callable[..., Awaitable[Finished]]
KINDS = frozenset({"tap", "rule", "lease", "network"})
DHCP_SERVER, RULES = "dhcp-server", "rules"


async def inspect(config: Path | None, run_program: Run = run) -> Inspection:
    """See everything; a host that never had a network has none of it and needs none."""
    settings = read(Settings, config)
    at = settings.directory
    seen = [
        *_taps(await run_program(["ip", "-j", "link", "show"])),
        *_rules(await run_program(["nft", "-j", "list", "chains"], check=False), at),
        *_leases(at),
    ]
    if process(at) is not None:
        seen.append(Seen(kind="network", id=DHCP_SERVER, where=str(at / dhcp.PID)))
    return Inspection(beliefs=_beliefs(at), seen=seen, looked_for=KINDS)


def _beliefs(at: Path) -> tuple[Belief, ...]:
    """Where documents were applied the server and the tables must be there."""
    file = at / "applied.json"
    if not file.exists():
        return ()
    since = file.stat().st_mtime
    return tuple(
        Belief(id=name, needs=frozenset({"network"}), since=since) for name in (DHCP_SERVER, RULES)
    )


def _taps(links: Finished) -> Iterable[Seen]:
    for link in json.loads(links.out or b"[]"):
        name = str(link["ifname"])
        if name.startswith("vn_i-"):
            yield Seen(kind="tap", id=name.removeprefix("vn_"), where=name)


def _rules(chains: Finished, at: Path) -> Iterable[Seen]:
    file = at / "rules.seen"
    since = file.stat().st_mtime if file.exists() else 0.0
    listed = json.loads(chains.out or b"{}").get("nftables", ()) if chains.code == 0 else ()
    ours = [e["chain"] for e in listed if e.get("chain", {}).get("table") == nft.TABLE]
    if {chain["family"] for chain in ours} == set(nft.FAMILIES):
        yield Seen(kind="network", id=RULES, where=f"nft table {nft.TABLE}")
    for chain in ours:
        name = str(chain["name"])
        if name.startswith(nft.GUEST):
            instance_id = "i-" + name.removeprefix(nft.GUEST)
            yield Seen(kind="rule", id=instance_id, where=f"nft chain {name}", since=since)


def _leases(at: Path) -> Iterable[Seen]:
    """The DHCP server's host entries; a guest's MAC ends in the digits of its id."""
    file = at / dhcp.HOSTS
    if not file.exists():
        return
    since = file.stat().st_mtime
    for line in file.read_text().splitlines():
        instance_id = "i-" + line.partition(",")[0].replace(":", "")[4:]
        yield Seen(kind="lease", id=instance_id, where=str(file), since=since)
