# SPDX-License-Identifier: BSD-2-Clause
"""First light: a SOAP client starts a real machine through every daemon, and logs in to it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cloudinabox import ending
from cloudinabox.demo import environment
from eucalyptus.command import CommandFailed
from tests.fixtures.cloud import Box
from tests.world.access import Access
from tests.world.clients import Zeep

NAME = "first-light"
BOOT_ID = ("cat", "/proc/sys/kernel/random/boot_id")


@pytest.fixture(autouse=True)
def _inside(cloud: Box) -> Iterator[None]:
    with cloud.network():
        yield


def _opener(cloud: Box, key_file: Path, address: str) -> Callable[[], str]:
    """Asks the machine which boot of it this is; "" while nobody can log in."""

    def boot_id() -> str:
        try:
            return cloud.login(str(key_file), address, *BOOT_ID).out.decode().strip()
        except CommandFailed:
            return ""

    return boot_id


def _is_clean(cloud: Box) -> bool:
    """Whether records and world agree in everything, work of this minute included."""
    program = str(Path(sys.executable).with_name("euca-verify"))
    asked = (program, "--json", "--grace", "0", "--config", str(cloud.layout.conf))
    return bool(json.loads(cloud.run(*asked, check=False).out)["clean"])


def test_one_signed_run_instances_boots_a_real_machine(cloud: Box, tmp_path: Path) -> None:
    """Run, describe, log in, console, reboot, terminate; nothing is left behind."""
    client = Zeep(Access(environment(cloud.layout.credentials)))
    guests = ending.guests(cloud.layout)
    key_file = tmp_path / "key.pem"
    key_file.touch(0o600)
    key_file.write_text(client.create_key(NAME))
    client.create_group(NAME)
    assert cloud.said["image"] in client.images()

    instance = client.run(cloud.said["image"], NAME, NAME)
    cloud.wait(f"{instance} to run", lambda: client.state(instance) == "running", 60)
    address = client.described(instance).ipAddress
    boot_id = _opener(cloud, key_file, address)
    cloud.wait("SSH", lambda: bool(boot_id()), 60)
    first = boot_id()
    assert cloud.login(str(key_file), address, "hostname").out.decode().strip() == instance
    assert f"instance {instance}" in client.console(instance)

    client.reboot(instance)
    cloud.wait("a second boot", lambda: boot_id() not in ("", first), 90)
    assert client.state(instance) == "running"

    assert client.terminate(instance) == "shutting-down"
    cloud.wait(f"{instance} to end", lambda: client.state(instance) == "terminated", 60)
    assert ending.guests(cloud.layout) == guests
    cloud.wait("euca-verify to be clean", lambda: _is_clean(cloud), 60)
