# SPDX-License-Identifier: BSD-2-Clause
"""The demo guest really boots, by both ways, and lets its owner in."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from cloudinabox import guest
from eucalyptus.command import run_now

PATIENCE = 120.0
METADATA = """
import json, sys
asked = sys.stdin.readline().split()[1]
while sys.stdin.readline().strip():
    pass
said = json.load(open(sys.argv[1])).get(asked)
body = (said or "").encode()
status = "200 OK" if said is not None else "404 Not Found"
head = f"HTTP/1.0 {status}\\r\\nContent-Length: {len(body)}\\r\\n\\r\\n"
sys.stdout.buffer.write(head.encode() + body)
"""


@dataclass
class Console:
    """What a guest writes to its serial port, line by line as it comes."""

    process: subprocess.Popen[str]
    said: list[str]

    def until(self, word: str) -> str:
        """The first line that holds ``word``; fails with everything said when the guest ends."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if word in line:
                return line
        pytest.fail("".join(self.said[-60:]))


@contextmanager
def running(*options: str) -> Iterator[Console]:
    """A guest under emulation, killed at the end or when it takes too long."""
    command = ["qemu-system-x86_64", "-accel", "tcg,tb-size=64", "-m", "128", "-display", "none"]
    command += ["-no-reboot", "-serial", "stdio", "-device", "virtio-rng-pci", *options]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace"
    ) as process:
        limit = threading.Timer(PATIENCE, process.kill)
        limit.start()
        try:
            yield Console(process, [])
        finally:
            limit.cancel()
            process.kill()


def free_port() -> int:
    """A TCP port of the loopback that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def built() -> guest.Guest:
    """The guest; from the cache when an earlier run has built it."""
    return guest.build()


def copy(image: Path, directory: Path) -> Path:
    """A copy that the guest may write to."""
    target = directory / image.name
    run_now(["cp", "--sparse=always", str(image), str(target)])
    return target


def test_the_guest_lets_in_whom_metadata_names(built: guest.Guest, tmp_path: Path) -> None:
    """Kernel, ramdisk and root partition: boots, asks for key and user-data, opens SSH to it."""
    key = tmp_path / "key"
    run_now(["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", str(key)])
    facts = {
        "/latest/meta-data/instance-id": "i-0badcafe",
        "/latest/meta-data/public-keys/0/openssh-key": key.with_suffix(".pub").read_text(),
        "/latest/user-data": "#!/bin/sh\necho user-data was here as $(hostname)\n",
    }
    (tmp_path / "facts.json").write_text(json.dumps(facts))
    (tmp_path / "metadata.py").write_text(METADATA)
    port = free_port()
    server = f"{sys.executable} {tmp_path}/metadata.py {tmp_path}/facts.json"
    network = (
        "user,id=n,net=169.254.0.0/16,dhcpstart=169.254.3.3,restrict=on,"
        f"guestfwd=tcp:169.254.169.254:80-cmd:{server},hostfwd=tcp:127.0.0.1:{port}-:22"
    )
    with running(
        *("-kernel", str(built.kernel), "-initrd", str(built.ramdisk)),
        *("-append", "root=/dev/sda rw console=ttyS0 quiet"),
        *("-drive", f"file={copy(built.root, tmp_path)},format=raw,if=virtio"),
        *("-netdev", network, "-device", "virtio-net-pci,netdev=n"),
    ) as console:
        console.until("instance i-0badcafe")
        console.until("ssh is open")
        console.until("user-data was here as i-0badcafe")
        options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes")
        flags = [word for option in options for word in ("-o", option)]
        login = ["ssh", "-i", str(key), "-p", str(port), *flags, "root@127.0.0.1"]
        assert run_now([*login, "hostname"], timeout=30).out == b"i-0badcafe\n"
        assert b"ext4" in run_now([*login, "mount"], timeout=30).out


def test_the_disk_boots_by_itself(built: guest.Guest, tmp_path: Path) -> None:
    """The same system as a whole disk: BIOS, boot loader, root found by its label."""
    with running(
        *("-drive", f"file={copy(built.disk, tmp_path)},format=raw,if=virtio", "-nic", "none")
    ) as console:
        console.until("root filesystem fills /dev/vda2")


def test_a_second_build_is_the_first(built: guest.Guest) -> None:
    """The cache answers, and its files are those of the recipe."""
    assert guest.build() == built
    assert built.kernel.parent.name == guest.recipe()
