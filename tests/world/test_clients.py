# SPDX-License-Identifier: BSD-2-Clause
"""Every client there ever was does the same whole list, on a cloud of rehearsed instances."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from cloudinabox.demo import environment
from tests.fixtures.cloud import Box
from tests.world.clients import CLIENTS, Access

LOGIN = " login: "
"""How a rehearsed guest's boot ends on its console."""


@pytest.fixture(autouse=True)
def _inside(rehearsal: Box) -> Iterator[None]:
    with rehearsal.network():
        yield


@pytest.mark.parametrize("name", CLIENTS)
def test_the_whole_list(rehearsal: Box, name: str) -> None:
    """Zones, images, key pair, group, run, describe, console, reboot, terminate."""
    client = CLIENTS[name](Access(environment(rehearsal.layout.credentials)))
    assert client.zones() == ["one"]
    assert rehearsal.said["image"] in client.images()
    pem = client.create_key(f"key-of-{name}")
    assert load_pem_private_key(pem.encode(), None)
    client.create_group(f"group-of-{name}")

    instance = client.run(rehearsal.said["image"], f"key-of-{name}", f"group-of-{name}")
    rehearsal.wait(f"{instance} to run", lambda: client.state(instance) == "running", 30)
    assert f"{instance}{LOGIN}".rstrip() in client.console(instance)

    client.reboot(instance)
    booted_twice = lambda: client.console(instance).count(LOGIN.rstrip()) == 2  # noqa: E731
    rehearsal.wait(f"{instance} to boot again", booted_twice, 30)
    assert client.state(instance) == "running"

    assert client.terminate(instance) == "shutting-down"
    rehearsal.wait(f"{instance} to end", lambda: client.state(instance) == "terminated", 60)
