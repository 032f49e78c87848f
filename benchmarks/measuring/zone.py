# SPDX-License-Identifier: BSD-2-Clause
"""A whole cloud with one zone of simulated nodes: the product's daemons, rehearsed guests."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from cloudinabox.demo import environment
from measuring.cloud import Caller, Cloud, cloud
from measuring.nodes import simulated
from measuring.processes import PATIENCE, end, free_port, python
from nodecontroller.rehearsal import addresses

SUBNET = "10.64"
ZONE = "one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """The cloud, who calls it, and an image that nodes can run."""

    cloud: Cloud
    caller: Caller
    image: str

    def count(self, state: str) -> int:
        """How many instances are in ``state``."""
        sql = text("SELECT count(*) FROM compute.instances WHERE state = :state")
        found: int = self.cloud.run(lambda tx: tx.execute(sql, {"state": state}).scalar_one())
        return found


def network() -> str:
    """A network configuration with 65,000 addresses."""
    zone = {
        "Name": ZONE,
        "MacPrefix": "d0:0d",
        "Subnet": {
            "Name": f"{SUBNET}.0.0",
            "Subnet": f"{SUBNET}.0.0",
            "Netmask": "255.255.0.0",
            "Gateway": f"{SUBNET}.0.1",
        },
        "PrivateIps": [f"{SUBNET}.0.2-{SUBNET}.255.254"],
    }
    document = {
        "Mode": "EDGE",
        "InstanceDnsServers": [f"{SUBNET}.0.1"],
        "PublicIps": [],
        "Clusters": [zone],
    }
    return json.dumps(document)


def install(ours: Cloud, disk: Path | None = None) -> str:
    """Bundle, upload and register a disk image, by default one of 1 MiB; gives its id."""
    at = ours.settings.state / "credentials"
    if disk is None:
        disk = ours.settings.state / "disk.img"
        disk.write_bytes(os.urandom(1 << 20))
    configuration = str(ours.configuration)
    _run(python("cloudcontroller.identity.bundle", str(at), "--config", configuration), {})
    words = (str(disk), "-b", "images", "-n", "disk", "--virtualization-type", "hvm", "--json")
    said = _run(python("eucalyptus.cli.install_image", *words), environment(at))
    image: str = json.loads(said)["image_id"]
    return image


def _run(argv: list[str], env: dict[str, str]) -> bytes:
    done = subprocess.run(argv, env={**os.environ, **env}, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{argv}: {done.stderr.decode()}")
    return done.stdout


def until(true: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Wait until ``true()``, looking every 10 ms; raises RuntimeError when it does not come."""
    ends = time.monotonic() + patience
    while not true():
        if time.monotonic() > ends:
            raise RuntimeError(f"{what}: not within {patience:g} s")
        time.sleep(0.01)


@contextlib.contextmanager
def zone(nodes: int) -> Iterator[Zone]:
    """A cloud of so many simulated nodes, every one of them up."""
    node_port, cluster_port = free_port(), free_port()
    hosts = addresses("127.8.0.1", nodes)
    settings = {"NC_PORT": node_port, "NODES": " ".join(hosts), "CC_PORT": cluster_port}

    def before(ours: Cloud) -> contextlib.AbstractContextManager[object]:
        place = {"CC_HOST": "127.0.0.1", "CC_PORT": cluster_port}
        return simulated(ours.settings.state, nodes, port=node_port, **place)

    with controlled(before, **settings) as ours:
        made = Zone(cloud=ours, caller=ours.caller("eucalyptus"), image=install(ours))
        until(lambda: room(ours) >= nodes, "room on every node")
        yield made


@contextlib.contextmanager
def controlled(
    before: Callable[[Cloud], contextlib.AbstractContextManager[object]] = contextlib.nullcontext,
    **more: object,
) -> Iterator[Cloud]:
    """A cloud with its loops and a cluster controller, which start within ``before(cloud)``;
    ``more`` are lines of its configuration."""
    settings = {
        "CLUSTER": ZONE,
        "CC_HOST": "127.0.0.1",
        "CC_ADDRESS": "127.0.0.1",
        "CC_PORT": free_port(),
        "SCHEDPOLICY": "ROUNDROBIN",
        **more,
    }
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(cloud(2, {name: str(v) for name, v in settings.items()}))
        _local(ours)
        ours.set("cloud.network.network_configuration", network())
        stack.enter_context(before(ours))
        for name, module in (("cc", "clustercontroller"), ("loops", "cloudcontroller")):
            stack.callback(end, ours.daemon(f"{module}.service", name))
        yield ours


def _local(ours: Cloud) -> None:
    """The front's own port, which the configuration of a cloud says only when it is made."""
    local = ours.configuration.with_name("eucalyptus.local.conf")
    local.write_text(f'CLC_URL="http://127.0.0.1:{ours.port}"\n')


def room(ours: Cloud) -> int:
    """How many instances of the smallest type the zone says it has room for."""
    sql = text("SELECT coalesce(max(available), 0) FROM compute.capacities WHERE type = 'm1.small'")
    found: int = ours.run(lambda tx: tx.execute(sql).scalar_one())
    return found
