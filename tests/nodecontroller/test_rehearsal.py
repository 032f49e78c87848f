# SPDX-License-Identifier: BSD-2-Clause
"""Many nodes in one process: each has an address, instances and a journal of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.internet import reactor
from twisted.internet.task import deferLater

from eucalyptus.contracts import node as contract
from eucalyptus.services import NODE
from eucalyptus.web.client import Stub
from eucalyptus.web.components import Circumstances, component_line
from eucalyptus.web.connections import Unreachable
from eucalyptus.wire.replay import MemoryReplayStore
from nodecontroller.rehearsal import addresses, settings_of
from nodecontroller.settings import NodeSettings
from tests.fixtures.reactor import spin
from tests.streets import ROOT
from tests.world.node import free_port, write_keys

HOSTS = addresses("127.8.255.254", 3)


def test_addresses_go_on_into_the_next_network() -> None:
    assert HOSTS == ("127.8.255.254", "127.8.255.255", "127.9.0.0")


def test_each_node_keeps_its_files_apart(tmp_path: Path) -> None:
    settings = NodeSettings(state=tmp_path, instances=str(tmp_path / "all"))
    first, second = (settings_of(settings, host) for host in HOSTS[:2])
    assert first.journal == tmp_path / "nodes" / HOSTS[0] / "instances" / "journal"
    assert {first.run, first.work, first.cache}.isdisjoint({second.run, second.work, second.cache})
    assert (first.listen, first.address, first.hypervisor) == (HOSTS[0], HOSTS[0], "fake")


@pytest.fixture(name="nodes")
def _nodes(tmp_path: Path) -> Iterator[list[Stub]]:
    """A stub for each of three nodes in one process."""
    keyring, port = write_keys(tmp_path / "keys"), free_port()
    conf = tmp_path / "eucalyptus.conf"
    conf.write_text(
        f'EUCALYPTUS_STATE="{tmp_path}"\nNC_PORT="{port}"\nNC_HOOKS="{tmp_path}/hooks"\n'
        'NC_BOOTING_ENVWAIT_THRESHOLD="0"\n'
    )
    words = ("--config", str(conf), "--first", HOSTS[0], "--count", "3")
    code = "from nodecontroller.service import rehearse; rehearse()"
    argv = [sys.executable, "-c", code, *words]
    process = subprocess.Popen(argv, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    around = Circumstances(
        reactor=reactor, clock=time.time, new_id=lambda: str(uuid.uuid4()),
        replay=MemoryReplayStore(),
    )  # fmt: skip
    line, peer = component_line(keyring, "cluster", around), keyring.peer("node")
    try:
        urls = [f"http://{host}:{port}{NODE.path}" for host in HOSTS]
        yield [Stub(contract.NODE, url, peer, line) for url in urls]
    finally:
        line.connections.close()
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def test_they_answer_each_for_itself(nodes: list[Stub]) -> None:
    """Each with room of its own, once its rehearsal hypervisor was looked at."""

    async def room(node: Stub) -> int:
        ask = contract.NcDescribeResource()
        for _ in range(200):
            try:
                answer = await node.call(contract.NC_DESCRIBE_RESOURCE, ask)
            except Unreachable:
                answer = None
            if answer is not None and answer.memory_size_available:
                return int(answer.memory_size_available)
            await deferLater(reactor, 0.1)  # type: ignore[arg-type]
        raise AssertionError("no room")

    assert all(spin(room(node), 30) > 1000 for node in nodes)
