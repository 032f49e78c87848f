# SPDX-License-Identifier: BSD-2-Clause
"""The promises of ``./faststart``, on a real cloud with a real instance."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

from cloudinabox import ending
from cloudinabox.demo import environment
from tests.fixtures.cloud import Box

DESCRIBE = """
import json, sys
from pathlib import Path
from cloudinabox.soap import Cloud
machine = Cloud(Path(sys.argv[1])).instance(sys.argv[2])
print(json.dumps(machine and machine.state))
"""
WITHIN = 30.0
"""Seconds after which a killed daemon must have done its work again."""


def described(cloud: Box, credentials: Path | None = None) -> Any:
    """The demo instance's state, asked for by a signed SOAP request."""
    where = str(credentials or cloud.layout.credentials)
    try:
        return cloud.python(DESCRIBE, where, cloud.said["instance"])
    except Exception:  # a door that is just being opened again
        return None


def pids(cloud: Box) -> dict[str, int]:
    """Name -> process id of every daemon."""
    return {line["name"]: line["pid"] for line in cloud.status()}


def test_the_end_of_a_start_says_how_to_go_on(cloud: Box) -> None:
    """Endpoint, image, instance and address; and with the key file one is in."""
    assert cloud.said["endpoint"] == "http://127.0.0.1:8773/services/compute"
    assert cloud.said["image"].startswith("emi-")
    assert Path(cloud.said["key_file"]).stat().st_mode & 0o777 == 0o600
    assert cloud.inside("hostname").out.decode().strip() == cloud.said["instance"]


def test_a_second_start_changes_nothing(cloud: Box) -> None:
    """The same daemons, the same instance, the same files."""
    before = pids(cloud), {p: p.read_bytes() for p in sorted((cloud.state / "etc").glob("*.*"))}
    again = json.loads(cloud.faststart("--json").out)
    after = pids(cloud), {p: p.read_bytes() for p in sorted((cloud.state / "etc").glob("*.*"))}
    assert again == cloud.said
    assert after == before


def test_status_shows_every_service(cloud: Box) -> None:
    """All enabled: exit code 0 and a line for each type of the original."""
    lines = cloud.status()
    assert {line["state"] for line in lines} == {"ENABLED"}
    assert {"eucalyptus", "user-api", "cluster", "node", "eucanetd"} <= {li["type"] for li in lines}
    assert cloud.faststart("status", "--wait", "30").code == 0


def test_credentials_of_a_new_account_open_the_cloud(cloud: Box, tmp_path: Path) -> None:
    """Files for their owner alone; with them one is another account, which sees nothing of ours."""
    directory = tmp_path / "dev"
    cloud.faststart("credentials", str(directory), "--account", "dev")
    assert {path.stat().st_mode & 0o777 for path in directory.iterdir()} == {0o600}
    exported = environment(directory)
    for name in ("EC2_URL", "S3_URL", "EUARE_URL", "TOKEN_URL", "EC2_ACCESS_KEY", "EC2_SECRET_KEY",
                 "EC2_ACCOUNT_NUMBER", "EC2_USER_ID", "AWS_ACCESS_KEY_ID", "AWS_CREDENTIAL_FILE",
                 "AWS_SECRET_ACCESS_KEY"):  # fmt: skip
        assert exported[name]
    assert exported["AWS_DEFAULT_REGION"] == "eucalyptus"
    for name in ("EC2_PRIVATE_KEY", "EC2_CERT", "EUCALYPTUS_CERT"):
        assert Path(exported[name]).parent == directory
    assert described(cloud, directory) is None
    assert described(cloud) == "running"


def test_down_leaves_the_instance_and_a_start_finds_it(cloud: Box) -> None:
    """Stopping the daemons is no power cut: the same QEMU runs throughout."""
    guests = ending.guests(cloud.layout)
    cloud.faststart("down")
    assert cloud.faststart("status", check=False).code != 0
    assert ending.guests(cloud.layout) == guests
    assert cloud.inside("true").code == 0
    again = json.loads(cloud.faststart("--json").out)
    assert again["instance"] == cloud.said["instance"]
    assert ending.guests(cloud.layout) == guests


def test_a_start_heals_a_killed_supervisor(cloud: Box) -> None:
    """Its daemons are replaced, not doubled; the instance is left alone."""
    guests = ending.guests(cloud.layout)
    before = pids(cloud)
    os.kill(int((cloud.state / "run" / "supervisord.pid").read_text()), signal.SIGKILL)
    again = json.loads(cloud.faststart("--json").out)
    assert again == cloud.said
    assert not set(before.values()) & set(pids(cloud).values())
    assert ending.guests(cloud.layout) == guests


def test_a_rehearsal_has_everything_but_the_instance(rehearsal: Box) -> None:
    """``--hypervisor fake``: image registered, every daemon enabled."""
    assert rehearsal.said["image"].startswith("emi-")
    assert {line["state"] for line in rehearsal.status()} == {"ENABLED"}
    assert ending.guests(rehearsal.layout) == []


def test_destroying_has_to_be_meant(rehearsal: Box) -> None:
    """Without ``--yes`` nothing is removed. That all goes with it, the fixture checks."""
    assert rehearsal.faststart("destroy", check=False).code != 0
    assert {line["state"] for line in rehearsal.status()} == {"ENABLED"}
