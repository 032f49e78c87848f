# SPDX-License-Identifier: BSD-2-Clause
"""Every client there ever was does the same whole list, on a cloud of rehearsed instances."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from cloudinabox.demo import environment
from tests.conformance import Sightings
from tests.fixtures.cloud import Box
from tests.world.access import Client
from tests.world.foreign.dynamic import DYNAMIC
from tests.world.foreign.everyone import CLIENTS, Peer
from tests.world.foreign.soap import CONSOLE, ZONES
from tests.world.foreign.toolchains import WSDLS
from tests.world.witness import watched

LOGIN = " login:"
"""How a rehearsed guest's boot ends on its console."""
DIALECTS = sorted(path.stem for path in WSDLS.glob("*.wsdl"))
SAMPLED = {DIALECTS[0], DIALECTS[-1]}
"""The dialects that always run; the others are left to the soak."""


@pytest.fixture(autouse=True)
def _inside(rehearsal: Box) -> Iterator[None]:
    with rehearsal.network():
        yield


def _whole_list(cloud: Box, client: Client, mark: str, version: str) -> None:
    """Zones, images, key pair, group, run, describe, console, reboot, terminate."""
    if version >= ZONES:
        assert client.zones() == ["one"]
    assert cloud.said["image"] in client.images()
    assert load_pem_private_key(client.create_key(f"key-{mark}").encode(), None)
    client.create_group(f"group-{mark}")

    instance = client.run(cloud.said["image"], f"key-{mark}", f"group-{mark}")
    cloud.wait(f"{instance} to run", lambda: client.state(instance) == "running", 30)
    if version >= CONSOLE:
        _boot_twice(cloud, client, instance)
    assert client.terminate(instance) == "shutting-down"
    cloud.wait(f"{instance} to end", lambda: client.state(instance) == "terminated", 60)


def _boot_twice(cloud: Box, client: Client, instance: str) -> None:
    """The console says that an instance booted, and after a reboot that it did so twice."""
    assert f"{instance}{LOGIN}" in client.console(instance)
    client.reboot(instance)
    booted_twice = lambda: client.console(instance).count(LOGIN) == 2  # noqa: E731
    cloud.wait(f"{instance} to boot again", booted_twice, 30)
    assert client.state(instance) == "running"


@pytest.mark.parametrize("name", CLIENTS)
def test_the_whole_list(rehearsal: Box, name: str, conformance: Sightings) -> None:
    """Each client in the version that it speaks by itself."""
    peer = CLIENTS[name]
    client = peer.open(environment(rehearsal.layout.credentials))
    _whole_list(rehearsal, watched(client, name, peer.version, conformance), name, peer.version)


@pytest.mark.parametrize("name", CLIENTS)
def test_a_refusal_is_understood(rehearsal: Box, name: str) -> None:
    """Each client hands on the code and the sentence of a refusal."""
    client = CLIENTS[name].open(environment(rehearsal.layout.credentials))
    with pytest.raises(Exception) as refused:  # each has errors of its own kind
        client.terminate("i-00000000")
    said = f"{refused.value} {vars(refused.value)}"
    assert "InvalidInstanceID.NotFound" in said
    assert "i-00000000" in said


@pytest.mark.parametrize(
    ("name", "version"),
    [
        pytest.param(name, version, marks=[] if version in SAMPLED else [pytest.mark.soak])
        for name in DYNAMIC
        for version in DIALECTS
    ],
)
def test_every_dialect(rehearsal: Box, name: str, version: str, conformance: Sightings) -> None:
    """The SOAP clients that read a WSDL when they run do the list in the words of every date."""
    client = Peer(DYNAMIC[name], version).open(environment(rehearsal.layout.credentials))
    seen = watched(client, name, version, conformance)
    _whole_list(rehearsal, seen, f"{name}-{version}", version)
