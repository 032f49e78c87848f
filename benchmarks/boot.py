# SPDX-License-Identifier: BSD-2-Clause
"""A real guest from a signed RunInstances to the first line on its console, its image cached.

Beside ``virsh create`` of the very XML that the node wrote, and beside qemu with the arguments that
libvirt makes of it (without libvirt's monitor, and with a user network for the tap); both over a
layer like the instance's. libvirtd is one of our own; there is no eucanetd, so that nobody waits
for a network. Needs root, libvirtd, and the demo guest, which is built when it is missing.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cloudinabox import guest
from measuring import asking, rows
from measuring.cloud import Caller, Cloud
from measuring.processes import end, free_port
from measuring.zone import controlled, install, room, until
from nodecontroller.core import qcow2
from tests.fixtures.libvirtd import OwnLibvirtd, can_run

LIMIT = 60.0
SIZE = 5 << 30
NAME = "peer"
LEFT_OUT = ("-S", "-mon", "-netdev", "-chardev socket")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A cloud with one real node, and what its hypervisor is reached by."""

    cloud: Cloud
    caller: Caller
    image: str
    libvirtd: OwnLibvirtd

    @property
    def work(self) -> Path:
        """Where the node has its instances' folders."""
        return self.cloud.settings.state / "instances" / "work"

    def consoles(self) -> list[Path]:
        """The consoles on which something was written."""
        return [path for path in self.work.glob("*/i-*/console.log") if path.stat().st_size]

    def ask(self, **asked: str) -> bytes:
        """Send a signed request; gives the answer's beginning."""
        request = asking.query(self.caller, self.cloud.address, asked)
        with socket.create_connection(self.cloud.address, timeout=60) as line:
            line.sendall(request)
            answer = line.recv(1 << 16)
        if b" 200 " not in answer[:16]:
            raise RuntimeError(answer.decode())
        return answer

    def virsh(self, *words: str) -> str:
        """Run virsh; gives what it says."""
        argv = ["virsh", "-c", self.libvirtd.uri, "-q", *words]
        done = subprocess.run(argv, check=False, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"virsh {words[0]}: {done.stderr}")
        return done.stdout


def by_cloud(on: Scene, keep: Path | None = None) -> float:
    """Milliseconds of an instance; with ``keep`` its XML and the base of its disk are kept."""
    begun = time.perf_counter()
    on.ask(Action="RunInstances", ImageId=on.image, MinCount="1", MaxCount="1",
           InstanceType="m1.small")  # fmt: skip
    until(lambda: bool(on.consoles()), "the first line of an instance", LIMIT)
    taken = (time.perf_counter() - begun) * 1000
    folder = on.consoles()[0].parent
    if keep is not None:
        for base in folder.glob("disk-*.base"):
            os.link(base, keep / base.name)
        for layer in folder.glob("disk-*.qcow2"):
            shutil.copyfile(layer, keep / layer.name)
        text = (folder / "instance-libvirt.xml").read_text()
        # The node ends a domain of an instance that has ended; strangers it leaves alone.
        text = re.sub(r"<uuid>.*?</uuid>", f"<uuid>{uuid.uuid4()}</uuid>", text)
        text = text.replace(str(folder), str(keep)).replace(folder.name, NAME)
        (keep / "domain.xml").write_text(text)
    on.ask(Action="TerminateInstances", **{"InstanceId.1": folder.name})
    until(lambda: not folder.exists(), "the end of an instance", LIMIT)
    return taken


@contextlib.contextmanager
def fresh(at: Path) -> Iterator[Path]:
    """A new layer and an empty console; gives the console."""
    console = at / "console.log"
    console.unlink(missing_ok=True)
    (at / "disk-a.qcow2").write_bytes(qcow2.layer("disk-a.base", SIZE))
    yield console


def speaks(console: Path) -> bool:
    """Whether a guest has written something."""
    return console.exists() and console.stat().st_size > 0


def by_virsh(on: Scene, at: Path) -> float:
    """Milliseconds of ``virsh create``."""
    with fresh(at) as console:
        begun = time.perf_counter()
        on.virsh("create", str(at / "domain.xml"))
        until(lambda: speaks(console), "the first line of a domain", LIMIT)
        taken = (time.perf_counter() - begun) * 1000
        on.virsh("destroy", NAME)
    return taken


def by_qemu(on: Scene, at: Path) -> float:
    """Milliseconds of qemu itself."""
    argv = arguments(on.virsh("domxml-to-native", "qemu-argv", str(at / "domain.xml")))
    with fresh(at) as console, (at / "qemu.log").open("wb") as log:
        begun = time.perf_counter()
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            until(lambda: speaks(console) or process.poll() is not None, "qemu", LIMIT)
            if process.returncode is not None:
                raise RuntimeError(f"{argv}: {(at / 'qemu.log').read_text()}")
            return (time.perf_counter() - begun) * 1000
        finally:
            process.kill()
            process.wait()


def arguments(native: str) -> list[str]:
    """libvirt's own command without its environment, its monitor and its network."""
    words = shlex.split(native.replace("\\\n", " "))
    words = words[next(n for n, word in enumerate(words) if "qemu" in Path(word).name) :]
    argv, rest = words[:1], words[1:]
    while rest:
        taken = 2 if len(rest) > 1 and not rest[1].startswith("-") else 1
        option, rest = rest[:taken], rest[taken:]
        said = " ".join(option)
        bound = "virtio-net" in said or '"secret"' in said
        if not bound and not said.startswith(LEFT_OUT):
            argv += option
    return [*argv, "-nic", "user,model=virtio-net-pci"]


@contextlib.contextmanager
def scene() -> Iterator[Scene]:
    """A cloud whose one node has a libvirtd of its own."""
    root = Path(tempfile.mkdtemp(prefix="eub", dir="/tmp"))
    root.chmod(0o755)
    libvirtd = OwnLibvirtd(root, f"eub{os.getpid()}")
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, root, ignore_errors=True)
        stack.callback(libvirtd.remove)
        libvirtd.make()
        ours = stack.enter_context(
            controlled(
                NODES="127.0.0.1", NC_PORT=free_port(), NC_LISTEN="127.0.0.1",
                NC_ADDRESS="127.0.0.1", HYPERVISOR="qemu", LIBVIRT_SOCKET=libvirtd.socket,
                VNET_BRIDGE=libvirtd.bridge, NC_BOOTING_ENVWAIT_THRESHOLD=0, NC_HOOKS=root,
                NC_SHUTDOWN_GRACE_PERIOD_SEC=0, MAX_CORES=8,
            )
        )  # fmt: skip
        stack.callback(end, ours.daemon("nodecontroller.service", "node"))
        image = install(ours, guest.build().disk)
        until(lambda: room(ours) > 0, "room on the node")
        yield Scene(cloud=ours, caller=ours.caller("eucalyptus"), image=image, libvirtd=libvirtd)


def comparisons() -> Iterator[rows.Row]:
    """The first instance fills the cache; then they take turns."""
    if not can_run():
        raise SystemExit("This benchmark boots guests: it needs root and libvirtd.")
    with scene() as on, tempfile.TemporaryDirectory(dir=on.cloud.settings.state) as place:
        at = Path(place)
        at.chmod(0o755)
        by_cloud(on, at)
        ours, virsh, qemu = rows.turns(
            lambda: by_cloud(on), lambda: by_virsh(on, at), lambda: by_qemu(on, at), rounds=3
        )
        name = "RunInstances to the first line"
        yield rows.steady(f"{name}: virsh create", (ours, virsh), 1.15)
        yield rows.steady(f"{name}: qemu", (ours, qemu), 1.5)


if __name__ == "__main__":
    sys.exit(rows.show(comparisons, __doc__ or ""))
