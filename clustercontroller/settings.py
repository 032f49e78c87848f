# SPDX-License-Identifier: BSD-2-Clause
"""What eucalyptus.conf may tell a cluster controller."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from clustercontroller.core.scheduler import DEFAULT_POLICY, POLICIES
from eucalyptus.settings import House, setting

_NODE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252})(:[0-9]{1,5})?")
_CLOUD = re.compile(r"https?://[A-Za-z0-9]([A-Za-z0-9.-]{0,252})(:[0-9]{1,5})?(/[A-Za-z0-9._/-]*)?")
_NODE_PATH = "/axis2/services/EucalyptusNC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(House):
    """The settings of a cluster controller; values below a floor count as the floor."""

    port: int = setting("CC_PORT", 8774, says="TCP port of the cluster controller.")
    address: str = setting("CC_ADDRESS", "", says="Address to listen on; empty for every one.")
    node_port: int = setting("NC_PORT", 8775, says="TCP port of the node controllers.")
    nodes: tuple[str, ...] = setting(
        "NODES", (), says="Hosts of the zone, separated by blanks; HOST or HOST:PORT."
    )
    policy: str = setting(
        "SCHEDPOLICY", "", says="GREEDY, ROUNDROBIN, POWERSAVE, or the path of a program (USER)."
    )
    polling_frequency: int = setting(
        "NC_POLLING_FREQUENCY", 6, says="Seconds between polls of the nodes; at least 6."
    )
    fan_out: int = setting("NC_FANOUT", 128, says="Nodes polled at the same time, 1 to 512.")
    instance_timeout: int = setting(
        "INSTANCE_TIMEOUT", 300, says="Seconds after which an unseen instance is forgotten."
    )
    instances_most: int = setting(
        "MAX_INSTANCES_PER_CC", 2048, says="Instances the zone admits to have room for, 16-4096."
    )
    idle_threshold: int = setting(
        "POWER_IDLETHRESH", 300, says="POWERSAVE: seconds of idleness before a node sleeps."
    )
    wake_threshold: int = setting(
        "POWER_WAKETHRESH", 300, says="POWERSAVE: seconds a node may take to wake up."
    )
    node_macs: tuple[str, ...] = setting(
        "NODE_MACS", (), says="HOST=MAC pairs for wake-on-LAN where they cannot be learned."
    )
    cloud_url: str = setting(
        "CLC_URL", "", says="Front of the cloud, http://HOST:8773; empty: learned from the cloud."
    )

    def __post_init__(self) -> None:
        mistakes = [
            f'NODES names "{node}" more than once' for node in self.nodes
            if self.nodes.count(node) > 1
        ]  # fmt: skip
        mistakes += [
            f'NODES: "{node}" is not HOST or HOST:PORT' for node in self.nodes
            if not _NODE.fullmatch(node)
        ]  # fmt: skip
        if self.cloud_url and not _CLOUD.fullmatch(self.cloud_url):
            mistakes.append(f'CLC_URL="{self.cloud_url}" is not http://HOST:PORT')
        if not 1 <= self.fan_out <= 512:
            mistakes.append(f"NC_FANOUT={self.fan_out} is not between 1 and 512")
        mistakes += [f'NODE_MACS: "{p}" is not HOST=MAC' for p in self.node_macs if "=" not in p]
        if mistakes:
            raise ValueError("; ".join(dict.fromkeys(mistakes)))

    @property
    def directory(self) -> Path:
        """Where the controller keeps what survives a restart."""
        return self.state / "CC"

    @property
    def poll_every(self) -> float:
        """Seconds between two polls of a node."""
        return float(max(6, self.polling_frequency))

    @property
    def forget_after(self) -> float:
        """Seconds after which an unseen instance leaves the cache."""
        return float(max(30, self.instance_timeout))

    @property
    def ceiling(self) -> int:
        """The most instances the zone reports room for."""
        return min(4096, max(16, self.instances_most))

    @property
    def idle_after(self) -> float:
        """Seconds of idleness before a node is put to sleep."""
        return float(max(300, self.idle_threshold))

    @property
    def wake_within(self) -> float:
        """Seconds that a waking node is waited for."""
        return float(max(300, self.wake_threshold))

    @property
    def policy_name(self) -> str:
        """A key of POLICIES, or USER when the policy is the path of a program."""
        if self.policy.startswith("/") and os.access(self.policy, os.X_OK):
            return "USER"
        return self.policy if self.policy in POLICIES else DEFAULT_POLICY

    def node_urls(self) -> dict[str, str]:
        """Host as written -> URL of its node controller, in order."""
        return {node: self.node_url(node) for node in self.nodes}

    def node_url(self, node: str) -> str:
        """The URL of the node controller at ``HOST`` or ``HOST:PORT``."""
        host, colon, port = node.partition(":")
        return f"http://{host}:{port if colon else self.node_port}{_NODE_PATH}"

    def macs(self) -> dict[str, str]:
        """Host -> MAC as configured."""
        return dict(pair.split("=", 1) for pair in self.node_macs)
