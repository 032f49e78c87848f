# SPDX-License-Identifier: BSD-2-Clause
"""Any daemon may die at any time: instances never notice, and what was promised happens."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cloudinabox import ending
from cloudinabox.demo import environment
from tests.fixtures.cloud import Box
from tests.world.access import Access
from tests.world.clients import Boto3, boto3_client
from tests.world.dying import revive, supervisor

WITHIN = 30.0
"""Seconds after which the cloud must know its instances again."""
BOOT_ID = ("cat", "/proc/sys/kernel/random/boot_id")


@pytest.fixture(autouse=True)
def _inside(cloud: Box) -> Iterator[None]:
    with cloud.network():
        yield


@pytest.fixture(name="client")
def _client(cloud: Box) -> Boto3:
    return Boto3(Access(environment(cloud.layout.credentials)))


def _patiently(ask: Callable[[], Any]) -> Any:
    """The answer, or None from a cloud that is just recovering."""
    try:
        return ask()
    except Exception:
        return None


def _pids(cloud: Box, program: str) -> set[int]:
    return {one.pid for one in supervisor(cloud).processes() if one.group == program}


@pytest.mark.parametrize(
    "program", ["cloud", "front", "cluster", "node", "eucanetd", "database", "libvirtd"]
)
def test_kill_9_is_never_noticed(cloud: Box, client: Boto3, program: str) -> None:
    """Within 30 seconds the instance is described as running, and new requests are served."""
    instance = cloud.said["instance"]
    boot, guests = cloud.inside(*BOOT_ID).out, ending.guests(cloud.layout)
    victims = _pids(cloud, program)
    for victim in victims:
        os.kill(victim, signal.SIGKILL)

    def healed() -> bool:
        back = _pids(cloud, program)
        asked = lambda: client.state(instance), lambda: client.console(instance)
        state, console = map(_patiently, asked)
        return 0 not in back and not back & victims and state == "running" and bool(console)

    cloud.wait(f"{program} to be back", healed, WITHIN)
    assert ending.guests(cloud.layout) == guests
    assert cloud.inside(*BOOT_ID).out == boot
    assert client.create_key(f"after-{program}").startswith("-----BEGIN")


def test_a_new_instance_after_all_that(cloud: Box, client: Boto3) -> None:
    """The cloud is as good as before: it starts an instance and ends it."""
    client.create_group("after-all")
    instance = client.run(cloud.said["image"], "demo", "after-all")
    cloud.wait(f"{instance} to run", lambda: client.state(instance) == "running", 60)
    # Until then it does not hear its power button.
    cloud.wait("its boot", lambda: "login:" in client.console(instance), 60)
    client.terminate(instance)
    cloud.wait(f"{instance} to end", lambda: client.state(instance) == "terminated", 60)


def test_a_dead_database_is_said_to_be_dead(cloud: Box) -> None:
    """While there is none: refused by a documented code, no hanging, nothing done."""
    ec2 = boto3_client(Access(environment(cloud.layout.credentials)))
    supervisor(cloud).stop("database")
    try:
        with pytest.raises(ec2.exceptions.ClientError) as caught:
            ec2.create_key_pair(KeyName="written-nowhere")
        assert caught.value.response["Error"]["Code"] == "ServiceUnavailable"
    finally:
        revive(cloud, "database")
    keys: Callable[[], Any] = ec2.describe_key_pairs
    cloud.wait("the door to open", lambda: bool(_patiently(keys)), WITHIN)
    assert "written-nowhere" not in {key["KeyName"] for key in keys()["KeyPairs"]}


def test_a_dead_node_is_said_to_be_dead(cloud: Box, client: Boto3) -> None:
    """Its instance stays what it was; what needs it is refused, and served when it is back."""
    instance = cloud.said["instance"]
    ec2 = boto3_client(Access(environment(cloud.layout.credentials)))
    supervisor(cloud).stop("node")
    try:
        with pytest.raises(ec2.exceptions.ClientError) as caught:
            ec2.get_console_output(InstanceId=instance)
        assert caught.value.response["Error"]["Code"] == "ServiceUnavailable"
        assert client.state(instance) == "running"
    finally:
        revive(cloud, "node")
    cloud.wait("its console", lambda: bool(_patiently(lambda: client.console(instance))), WITHIN)
