# SPDX-License-Identifier: BSD-2-Clause
"""A libvirtd of one's own: in a private mount and network namespace, all its files in one folder.

Its machines are processes of this machine but nothing else of it is shared, so any number of them
run beside each other and beside the system's.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import uuid
from pathlib import Path
from threading import Event

LIBVIRTD_CONF = """\
host_uuid = "{uuid}"
listen_tls = 0
auth_unix_rw = "none"
unix_sock_group = "root"
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
"""
QEMU_CONF = """\
user = "root"
group = "root"
security_driver = "none"
dynamic_ownership = 0
remember_owner = 0
namespaces = []
cgroup_controllers = []
stdio_handler = "file"
"""
ENTER = """\
set -e
mkdir -p /run/libvirt
hostname {name}
mount --bind {root}/hosts /etc/hosts
mount --bind {root}/etc /etc/libvirt
mount --bind {root}/run /run/libvirt
mount --bind {root}/lib /var/lib/libvirt
mount --bind {root}/log /var/log/libvirt
mount --bind {root}/cache /var/cache/libvirt
ip link set lo up
exec libvirtd --timeout 0
"""


def can_run() -> bool:
    """Whether this machine lets us run a libvirtd of our own."""
    return os.geteuid() == 0 and all(map(shutil.which, ("libvirtd", "ip", "unshare")))


class OwnLibvirtd:
    """A libvirtd under ``root`` (a short path: its sockets live there) in namespace ``name``.

    ``bridge`` is made in the namespace, so that domains have something to plug into.
    """

    def __init__(self, root: Path, name: str, bridge: str = "br0") -> None:
        self.root, self.name, self.bridge = root, name, bridge
        self._daemon: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """Where clients connect, from any namespace."""
        return f"qemu+unix:///system?socket={self.root}/run/libvirt-sock"

    def make(self) -> None:
        """Lay out the folder, make the namespace and its bridge, start the daemon."""
        for part in ("etc/qemu", "run", "lib", "log", "cache"):
            (self.root / part).mkdir(parents=True, exist_ok=True)
        (self.root / "hosts").write_text(f"127.0.0.1 localhost {self.name}\n")
        conf = LIBVIRTD_CONF.format(uuid=uuid.uuid4())
        (self.root / "etc" / "libvirtd.conf").write_text(conf)
        (self.root / "etc" / "qemu.conf").write_text(QEMU_CONF)
        _run("ip", "netns", "add", self.name)
        _run("ip", "-n", self.name, "link", "add", self.bridge, "type", "bridge")
        _run("ip", "-n", self.name, "link", "set", self.bridge, "up")
        self.start()

    def start(self) -> None:
        """Start the daemon and wait until it listens."""
        script = ENTER.format(root=self.root, name=self.name)
        inside = ["unshare", "-m", "-u", "--propagation", "private", "bash", "-c", script]
        with (self.root / "log" / "stderr").open("ab") as log:
            self._daemon = subprocess.Popen(
                ["ip", "netns", "exec", self.name, *inside],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        socket = self.root / "run" / "libvirt-sock"
        for _ in range(150):
            if socket.exists():
                return
            if self._daemon.poll() is not None:
                break
            Event().wait(0.1)
        raise RuntimeError((self.root / "log" / "stderr").read_text()[-2000:])

    def kill(self, sig: signal.Signals = signal.SIGKILL) -> None:
        """Send the daemon ``sig``; SIGKILL ends it as a crash would, its machines run on."""
        assert self._daemon is not None
        self._daemon.send_signal(sig)
        if sig in (signal.SIGKILL, signal.SIGTERM):
            self._daemon.wait(30)
            (self.root / "run" / "libvirt-sock").unlink(missing_ok=True)

    def machines(self) -> tuple[int, ...]:
        """Process ids of the machines that run."""
        found = []
        for file in (self.root / "run" / "qemu").glob("*.pid"):
            pid = int(file.read_text())
            if Path(f"/proc/{pid}").exists():
                found.append(pid)
        return tuple(found)

    def remove(self) -> None:
        """Stop machines and daemon, remove the namespace."""
        for pid in self.machines():
            os.kill(pid, signal.SIGKILL)
        if self._daemon is not None and self._daemon.poll() is None:
            self.kill(signal.SIGTERM)
        subprocess.run(["ip", "netns", "del", self.name], check=False)


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, capture_output=True)
