# SPDX-License-Identifier: BSD-2-Clause
"""Machines that end by themselves, on a real cloud: the cloud says so within 20 seconds, and what
they had is free."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import Any

import pytest

from cloudinabox import ending
from tests.fixtures.cloud import Box

EC2 = """
import json, sys
from pathlib import Path
import boto3
from cloudinabox.demo import environment
files, action, asked = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
said = environment(files)
ec2 = boto3.client(
    "ec2", endpoint_url=said["EC2_URL"], region_name="eucalyptus",
    aws_access_key_id=said["EC2_ACCESS_KEY"], aws_secret_access_key=said["EC2_SECRET_KEY"],
)
answer = getattr(ec2, action)(**asked)
found = answer["Instances"] if "Instances" in answer else answer["Reservations"][0]["Instances"]
print(json.dumps(found[0], default=str))
"""
WITHIN = 20.0
SETTLED = 41.0
"""Seconds after which a report that a running instance is gone is believed at once."""
BOOT = 120.0


def ec2(cloud: Box, action: str, **asked: Any) -> dict[str, Any]:
    """The first instance in the answer of an EC2 call."""
    files = str(cloud.layout.credentials)
    found: dict[str, Any] = cloud.python(EC2, files, action, json.dumps(asked))
    return found


def described(cloud: Box, name: str) -> dict[str, Any]:
    """An instance as the cloud describes it."""
    return ec2(cloud, "describe_instances", InstanceIds=[name])


def is_in(cloud: Box, address: str, *command: str) -> bool:
    """Whether a command succeeds in the guest at ``address``."""
    options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes",
               "LogLevel=ERROR", "ConnectTimeout=5")  # fmt: skip
    flags = [word for option in options for word in ("-o", option)]
    login = ("ssh", "-i", cloud.said["key_file"], *flags, f"{cloud.said['user']}@{address}")
    return cloud.run(*login, *command, timeout=30, check=False).code == 0


def power_off(cloud: Box, name: str, address: str) -> None:
    """By the guest itself."""
    is_in(cloud, address, "sh", "-c", "'sleep 1; poweroff -f' </dev/null >/dev/null 2>&1 &")


def kill_machine(cloud: Box, name: str, address: str) -> None:
    """Its QEMU dies."""
    file = cloud.layout.libvirt / "run" / "qemu" / f"{name}.pid"
    os.kill(int(file.read_text()), signal.SIGKILL)


def traces(cloud: Box, name: str, address: str) -> list[str]:
    """Where something of an instance is still to be found."""
    ours = [cloud.state / "run" / "net", cloud.state / "instances" / "work"]
    files = [p for place in ours for p in place.rglob("*")]
    found = [str(p) for p in files if p.name == name]
    for file in files:
        text = file.read_text(errors="replace") if file.is_file() else ""
        if file.parent.name == "net" and (name in text or f"{address}," in text):
            found.append(str(file))
    rules = cloud.run("nft", "list", "ruleset").out.decode()
    links = cloud.run("ip", "link").out.decode()
    found += [word for word in (f"{address} ", name) if word in rules]
    return found + ["tap"] * (f"{name.removeprefix('i-')}" in links)


@pytest.mark.parametrize("how", [power_off, kill_machine])
def test_a_machine_that_ends_by_itself(cloud: Box, how: Any) -> None:
    """Terminated, with the reason; disk, lease, rule and tap are gone, the address is free; the
    other machine never noticed."""
    others = ending.guests(cloud.layout)
    asked = {"ImageId": cloud.said["image"], "InstanceType": "m1.small", "KeyName": "demo"}
    made = ec2(cloud, "run_instances", MinCount=1, MaxCount=1, **asked)
    name, address = made["InstanceId"], made["PrivateIpAddress"]
    cloud.wait("it to run", lambda: described(cloud, name)["State"]["Name"] == "running", BOOT)
    began = time.monotonic()
    cloud.wait("it to answer", lambda: is_in(cloud, address, "true"), BOOT)
    cloud.wait("it to settle", lambda: time.monotonic() - began > SETTLED, SETTLED + 5)
    assert traces(cloud, name, address)
    how(cloud, name, address)

    def is_over() -> bool:
        return bool(described(cloud, name)["State"]["Name"] == "terminated")

    cloud.wait("it to be terminated", is_over, WITHIN)
    over = described(cloud, name)
    assert over["StateReason"]["Code"] == "Client.InstanceInitiatedShutdown"
    assert not over.get("PrivateIpAddress")
    cloud.wait("nothing to be left", lambda: traces(cloud, name, address) == [], WITHIN)
    assert ending.guests(cloud.layout) == others
