# SPDX-License-Identifier: BSD-2-Clause
"""Many node controllers in one process: a zone of hundreds of hosts on a single machine.

Each has an address, a directory, a journal and a rehearsal hypervisor of its own, and is in
everything else a node controller like any other. They share the process, and with it the replay
store and the keys, which all nodes of a zone have in common anyway.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from pathlib import Path

from eucalyptus.settings import default_file, read
from nodecontroller.settings import NodeSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What is to be rehearsed: the settings of all nodes, and the address of each."""

    settings: NodeSettings
    hosts: tuple[str, ...]

    @property
    def replay(self) -> Path:
        """The replay store of the process."""
        return self.settings.replay / f"nodes-{self.hosts[0]}"


def addresses(first: str, count: int) -> tuple[str, ...]:
    """``count`` addresses from ``first`` on; raises ValueError when there are not so many."""
    begin = IPv4Address(first)
    return tuple(str(begin + number) for number in range(count))


def settings_of(settings: NodeSettings, address: str) -> NodeSettings:
    """The settings of the node at ``address``: all its files lie below ``nodes/ADDRESS``."""
    return replace(
        settings,
        state=settings.state / "nodes" / address,
        instances="",
        address=address,
        listen=address,
        hypervisor="fake",
    )


def from_arguments(argv: Sequence[str] | None = None) -> Rehearsal:
    """What the command line of ``eucalyptus-nc-rehearsal`` asks for."""
    parser = argparse.ArgumentParser(description="Rehearse many node controllers on one machine.")
    parser.add_argument(
        "--config", type=Path, default=default_file(), help="settings file (%(default)s)"
    )
    parser.add_argument("--first", default="127.8.0.1", help="address of the first (%(default)s)")
    parser.add_argument("--count", type=int, default=1, help="how many nodes (%(default)s)")
    asked = parser.parse_args(argv)
    return Rehearsal(
        settings=read(NodeSettings, asked.config), hosts=addresses(asked.first, asked.count)
    )
