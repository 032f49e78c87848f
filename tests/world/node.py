# SPDX-License-Identifier: BSD-2-Clause
"""A real node controller: its own process, a real libvirt below it, signed messages to it."""

from __future__ import annotations

import base64
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.task import deferLater
from twisted.web import http, static
from twisted.web.server import Request, Site

from eucalyptus.contracts import node as contract
from eucalyptus.contracts.internal import NetConfig, VirtualMachine
from eucalyptus.services import NODE
from eucalyptus.web.client import Stub
from eucalyptus.web.components import Circumstances, Keyring, component_line
from eucalyptus.web.connections import Unreachable
from eucalyptus.wire import certificates
from eucalyptus.wire.replay import MemoryReplayStore
from tests.fixtures.libvirtd import OwnLibvirtd
from tests.fixtures.reactor import spin

OWNER = "AIDATEST"


class Image(static.File):
    """A file with an entity tag, as Walrus serves images. ``sent`` counts whole transfers."""

    sent = 0

    def render_GET(self, request: Request) -> Any:
        """The file, or that it is still the same."""
        if request.setETag(b'"%d"' % self.getsize()) is http.CACHED:
            return b""
        type(self).sent += 1
        return super().render_GET(request)


def serve_images(folder: Path) -> tuple[str, Any]:
    """Serve a folder of images on loopback: the URL before the names, and the port to close."""
    root = Image(str(folder))
    port = reactor.listenTCP(0, Site(root), interface="127.0.0.1")  # type: ignore[attr-defined]
    return f"http://127.0.0.1:{port.getHost().port}/", port


def free_port() -> int:
    """A TCP port of the loopback that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_keys(folder: Path) -> Keyring:
    """Keys of a cluster and a node."""
    folder.mkdir(parents=True)
    for name in ("cluster", "node", "cloud"):
        key = certificates.make_key()
        pem = certificates.self_issue(key, certificates.subject(name, "Cloud"), time.time())
        (folder / f"{name}-cert.pem").write_bytes(pem)
        (folder / f"{name}-pk.pem").write_bytes(certificates.key_pem(key))
    return Keyring(directory=folder)


class RealNode:
    """A node controller's process under ``state``, and a cluster's stub to it.

    Without a libvirtd it is a rehearsal. ``settings`` are further lines of its configuration.
    """

    def __init__(self, state: Path, libvirtd: OwnLibvirtd | None, **settings: object) -> None:
        self.state, self.port = state, free_port()
        self.keyring = write_keys(state / "keys")
        values: dict[str, object] = {
            "EUCALYPTUS_STATE": state, "NC_PORT": self.port, "NC_LISTEN": "127.0.0.1",
            "HYPERVISOR": "qemu" if libvirtd else "fake", "NC_HOOKS": state / "hooks",
            "NC_BOOTING_ENVWAIT_THRESHOLD": 0, "NC_SHUTDOWN_GRACE_PERIOD_SEC": 20,
            "MONITORING_PERIOD": 1, "LOGLEVEL": "DEBUG", **settings,
        }  # fmt: skip
        if libvirtd:
            values |= {"LIBVIRT_SOCKET": libvirtd.socket, "VNET_BRIDGE": libvirtd.bridge}
        self.settings = {key: str(value) for key, value in values.items()}
        self.conf = state / "eucalyptus.conf"
        self.conf.write_text("".join(f'{key}="{value}"\n' for key, value in values.items()))
        around = Circumstances(
            reactor=reactor,
            clock=time.time,
            new_id=lambda: str(uuid.uuid4()),
            replay=MemoryReplayStore(),
        )
        line = component_line(self.keyring, "cluster", around)
        url = f"http://127.0.0.1:{self.port}{NODE.path}"
        self.stub = Stub(contract.NODE, url, self.keyring.peer("node"), line)
        self._line = line
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What the daemon said."""
        return self.state / "nc.log"

    def start(self, crash: str = "") -> None:
        """Start the daemon; it is to die at crash point ``crash``."""
        environment = {**os.environ, "EUCA_CRASH": crash}
        code = "from nodecontroller.service import main; main()"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", code, "--config", str(self.conf)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
            )  # fmt: skip

    def stop(self, sig: signal.Signals = signal.SIGKILL) -> None:
        """End the daemon; its machines run on."""
        if self._process is not None:
            self._process.send_signal(sig)
            self._process.wait(30)
            self._process = None

    @property
    def pid(self) -> int:
        """The daemon's process."""
        assert self._process is not None
        return self._process.pid

    def has_died(self) -> bool:
        """Whether the daemon ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def close(self) -> None:
        """Stop the daemon and hang up."""
        self.stop()
        self._line.connections.close()

    def ask(self, operation: Any, message: Any) -> Any:
        """Put a signed request to the daemon."""
        return spin(self.stub.call(operation, message), 30)

    def until(self, done: Callable[[], bool], seconds: float) -> None:
        """Wait until ``done()``, asked every quarter of a second."""
        end = time.monotonic() + seconds
        while not done():
            if time.monotonic() > end:
                said = [x for x in self.log.read_text().splitlines() if "for cluster" not in x]
                said = [x for x in said if '"POST' not in x]
                raise AssertionError("\n".join([f"not within {seconds} s", *said[-60:]]))
            spin(deferLater(reactor, 0.25))  # type: ignore[arg-type]

    def is_enabled(self) -> bool:
        """Whether the node answers and takes instances."""
        try:
            answer = self.ask(contract.NC_DESCRIBE_RESOURCE, contract.NcDescribeResource())
        except Unreachable:
            return False
        return bool(answer.node_status == "enabled")

    def states(self) -> dict[str, str]:
        """Instance id -> "Pending", "Extant poweredOn" …"""
        try:
            answer = self.ask(contract.NC_DESCRIBE_INSTANCES, contract.NcDescribeInstances())
        except Unreachable:
            return {}
        return {i.instance_id: f"{i.state_name} {i.guest_state_name}" for i in answer.instances}

    def is_running(self, instance_id: str) -> bool:
        """Whether an instance is reported as running."""
        return self.states().get(instance_id) == "Extant poweredOn"

    def is_over(self, instance_id: str) -> bool:
        """Whether an instance is reported as torn down."""
        return self.states().get(instance_id, "").startswith("Teardown poweredOff")

    def run(self, instance_id: str, machine: VirtualMachine) -> Any:
        """Ask for an instance."""
        number = instance_id[2:]
        net = NetConfig(
            interface_id=instance_id, device=0, private_ip="172.31.0.9", public_ip="0.0.0.0",
            private_mac_address="d0:0d:" + ":".join(number[i : i + 2] for i in range(0, 8, 2)),
            vlan=-1, network_index=-1,
        )  # fmt: skip
        facts: dict[str, Any] = {
            "owner_id": OWNER, "account_id": "000000000001", "reservation_id": "r-00000001",
            "instance_id": instance_id, "uuid": f"{number}-0000-4000-8000-000000000000",
            "instance_type": machine, "key_name": "ssh-rsa AAAA", "net_params": net,
            "user_id": "eucalyptus",
        }  # fmt: skip
        return self.ask(contract.NC_RUN_INSTANCE, contract.NcRunInstance(**facts))

    def reboot(self, instance_id: str) -> Any:
        """Ask for a reboot."""
        ask = contract.NcRebootInstance(instance_id=instance_id)
        return self.ask(contract.NC_REBOOT_INSTANCE, ask)

    def terminate(self, instance_id: str, force: bool = True) -> Any:
        """Ask for an instance's end."""
        ask = contract.NcTerminateInstance(instance_id=instance_id, force=force)
        return self.ask(contract.NC_TERMINATE_INSTANCE, ask)

    def console(self, instance_id: str) -> str:
        """What an instance said."""
        ask = contract.NcGetConsoleOutput(instance_id=instance_id)
        answer = self.ask(contract.NC_GET_CONSOLE_OUTPUT, ask)
        return base64.b64decode(answer.console_output).decode(errors="replace")

    def crash_at(self, point: str) -> None:
        """Start again, to die at a crash point, and wait until it answers or has died."""
        self.stop()
        self.start(crash=point)
        self.until(lambda: self.has_died() or self.is_enabled(), 40)

    def recover(self) -> None:
        """Wait until it has died, and start it again."""
        self.until(self.has_died, 60)
        self.stop()
        self.start()

    def folder(self, instance_id: str) -> Path:
        """Where an instance's files are."""
        return self.state / "instances" / "work" / OWNER / instance_id
