# SPDX-License-Identifier: BSD-2-Clause
"""``down`` stops our daemons and leaves guests and data; ``destroy`` removes everything we made."""

from __future__ import annotations

import functools
import os
import shutil
import signal
from pathlib import Path

from cloudinabox.configuration import BRIDGE
from cloudinabox.layout import MARK, Layout
from cloudinabox.processes import is_alive
from cloudinabox.progress import Progress
from cloudinabox.supervisor import Supervisor
from eucalyptus.command import run_now

TABLE = "eucalyptus"
"""What eucanetd calls its nftables tables."""


class NotOurs(Exception):
    """A directory that faststart did not make and therefore does not remove."""


def down(supervisor: Supervisor, progress: Progress) -> bool:
    """Stop our daemons; whether there were any. Guests, their DHCP server and data stay."""
    supervised = supervisor.is_running()
    if not supervised and not any(supervisor.orphans()):
        progress.say("Nothing runs")
        return False
    progress.say("Stopping the daemons; instances go on running")
    wait = functools.partial(progress.wait, "stopping the daemons", seconds=90)
    if supervised:
        supervisor.end(wait)
    supervisor.end_orphans(wait)
    return True


def guests(layout: Layout) -> list[int]:
    """Process ids of the guests of our libvirtd: the QEMUs whose monitor lies in our directory."""
    found = []
    for file in sorted((layout.libvirt / "run" / "qemu").glob("*.pid")):
        pid = int(file.read_text().strip() or 0)
        name = Path(f"/proc/{pid}/comm")
        if pid and name.exists() and name.read_text().startswith("qemu"):
            found.append(pid)
    return found


def _kill(pid: int, progress: Progress) -> None:
    try:
        os.kill(pid, signal.SIGTERM)
        progress.wait(f"ending {pid}", lambda: not is_alive(pid), 10)
    except ProcessLookupError:
        pass


def dhcp_servers(layout: Layout) -> list[int]:
    """Process ids of the DHCP servers that serve from our directory."""
    mark = os.fsencode(layout.state / "run")
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
        except OSError:  # it ended meanwhile
            continue
        if words and words[0].endswith(b"dnsmasq") and any(mark in word for word in words):
            found.append(int(entry.name))
    return found


def destroy(layout: Layout, supervisor: Supervisor, progress: Progress) -> None:
    """Remove guests, daemons, bridge, rules and state; packages stay. Raises NotOurs."""
    if layout.state.exists() and not (layout.state / MARK).exists():
        raise NotOurs(f"{layout.state} was not made by faststart; remove it yourself")
    down(supervisor, progress)
    progress.say("Removing instances")
    for pid in [*supervisor.orphans(), *guests(layout), *dhcp_servers(layout)]:
        _kill(pid, progress)
    # Another cloud may have its network on this host; ours left its files if it was ever in force.
    if any((layout.state / "run" / "net").glob("*")):
        progress.say("Removing the network")
        _forget_network()
    progress.say(f"Removing {layout.state}")
    if layout.state.exists():
        shutil.rmtree(layout.state)


def _forget_network() -> None:
    for family in ("ip", "bridge"):
        run_now(["nft", "delete", "table", family, TABLE], check=False)
    run_now(["ip", "link", "delete", BRIDGE], check=False)
