# SPDX-License-Identifier: BSD-2-Clause
"""The proof that the cloud works: register the demo guest, launch it, log in to it.

Repeatable: what is there already is used again, and an instance that still runs is the demo.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from zeep.exceptions import Fault

from cloudinabox import guest
from cloudinabox.files import write
from cloudinabox.layout import Layout
from cloudinabox.progress import Progress
from cloudinabox.soap import GONE, Cloud, Machine
from cloudinabox.wish import Wish
from eucalyptus.command import Finished, run_now

BUCKET = "demo-guest"
KEY_NAME = "demo"
LOGIN = "root"
BOOT_SECONDS = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of the guest as an image: its name, and the bucket and folder of its bundle."""

    name: str
    folder: str
    file: Path

    @property
    def location(self) -> str:
        """Where its manifest will be, which is how it is known again."""
        return f"{self.folder}/{self.file.name}.manifest.xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The demo instance; ``instance`` and ``address`` are empty until it runs."""

    image: str
    hvm_image: str
    instance: str = ""
    address: str = ""


class DemoFailed(Exception):
    """The demo instance did not come up; says how far it came."""


@dataclass(frozen=True, slots=True)
class Tools:
    """Our console scripts and the environment that makes them the cloud administrator's."""

    programs: Path
    env: dict[str, str]

    def install(self, part: Part, options: Sequence[str]) -> str:
        """Bundle, upload and register one image by ``euca-install-image``; its id."""
        command = (str(self.programs / "euca-install-image"), "--json", "-i", str(part.file))
        naming = ("-b", part.folder, "-n", part.name)
        finished = run_now([*command, *naming, *options], env=self.env, timeout=300)
        return str(json.loads(finished.out)["image_id"])

    @contextlib.contextmanager
    def public(self) -> Iterator[None]:
        """Images that are registered meanwhile may be launched by every account."""
        euctl, name = str(self.programs / "euctl"), "cloud.images.defaultvisibility"
        run_now([euctl, f"{name}=true"], env=self.env)
        try:
            yield
        finally:
            run_now([euctl, "-r", name], env=self.env)


def environment(credentials: Path) -> dict[str, str]:
    """The variables that ``eucarc`` exports, read without a shell."""
    found = dict(os.environ)
    for line in (credentials / "eucarc").read_text().splitlines():
        words = shlex.split(line, comments=True)
        if len(words) == 2 and words[0] == "export":
            name, _, value = words[1].partition("=")
            found[name] = value
    return found


def register(cloud: Cloud, tools: Tools, progress: Progress) -> Demo:
    """Make sure that the guest's images are registered; a Demo that does not run yet."""
    known = {image.location: image.image_id for image in cloud.images()}
    if not guest.is_built():
        progress.say("Building the demo image from Debian's packages")
    built = guest.build()
    recipe = guest.recipe()[:8]

    def ensure(kind: str, file: Path, *options: str) -> str:
        name = f"demo-{kind}-{recipe}"
        part = Part(name=name, folder=f"{BUCKET}/{recipe}", file=file)
        if part.location not in known:
            progress.say(f"Registering the demo image: {kind}")
            with tools.public():
                known[part.location] = tools.install(part, options)
        return known[part.location]

    architecture = ("-r", "x86_64")
    kernel = ensure("kernel", built.kernel, *architecture, "--kernel", "true")
    ramdisk = ensure("ramdisk", built.ramdisk, *architecture, "--ramdisk", "true")
    parts = ("--kernel", kernel, "--ramdisk", ramdisk, "--virtualization-type", "paravirtual")
    image = ensure("machine", built.root, *architecture, *parts)
    hvm = ensure("disk", built.disk, *architecture, "--virtualization-type", "hvm")
    return Demo(image=image, hvm_image=hvm)


def running(cloud: Cloud, layout: Layout) -> Machine | None:
    """The demo instance of an earlier run, if it still lives."""
    notes = layout.demo / "demo.json"
    if not notes.exists() or not layout.key_file.exists():
        return None
    noted = json.loads(notes.read_text()).get("instance", "")
    machine = cloud.instance(noted) if noted else None
    return machine if machine and machine.state not in GONE else None


def launch(cloud: Cloud, wish: Wish, demo: Demo, progress: Progress) -> Demo:
    """Launch the demo instance, or find it, and wait until one can log in; raises DemoFailed.

    In a rehearsal there is nothing to log in to: it is enough that the instance is running.
    """
    layout = wish.layout
    found = running(cloud, layout)
    if found is None:
        progress.say("Launching the demo instance by a signed SOAP request")
        write(layout.key_file, cloud.create_key(KEY_NAME), 0o600)
        try:
            instance_id = cloud.run(demo.image, KEY_NAME, f"faststart-{os.urandom(8).hex()}")
        except Fault as fault:
            raise DemoFailed(f"RunInstances was refused: {fault.message}") from fault
        noted = Demo(image=demo.image, hvm_image=demo.hvm_image, instance=instance_id)
        write(layout.demo / "demo.json", json.dumps(asdict(noted)) + "\n", 0o600)
    else:
        instance_id = found.instance_id
    machine = _await_running(cloud, instance_id, progress)
    if not wish.is_rehearsal:
        _await_login(cloud, layout, machine, progress)
    return Demo(
        image=machine.image_id, hvm_image=demo.hvm_image,
        instance=instance_id, address=machine.address,
    )  # fmt: skip


def _await_running(cloud: Cloud, instance_id: str, progress: Progress) -> Machine:
    latest: list[Machine | None] = [None]

    def settled() -> bool:
        latest[0] = cloud.instance(instance_id)
        return latest[0] is None or latest[0].state != "pending"

    progress.say(f"Waiting for {instance_id} to run")
    progress.wait(f"starting {instance_id}", settled, BOOT_SECONDS)
    machine = latest[0]
    if machine is None or machine.state != "running":
        state = machine.state if machine else "unknown"
        raise DemoFailed(f"{instance_id} is {state}; see node.log and cluster.log")
    return machine


def ssh(layout: Layout, address: str, *command: str) -> Finished:
    """Run a command in the demo instance."""
    options = (
        "BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null",
        "LogLevel=ERROR", "ConnectTimeout=5",
    )  # fmt: skip
    flags = [word for option in options for word in ("-o", option)]
    login = ["ssh", "-i", str(layout.key_file), *flags, f"{LOGIN}@{address}"]
    return run_now([*login, *command], timeout=20, check=False)


def _await_login(cloud: Cloud, layout: Layout, machine: Machine, progress: Progress) -> None:
    progress.say(f"Waiting for SSH on {machine.address}")

    def open_() -> bool:
        return ssh(layout, machine.address, "hostname").out.decode().strip() == machine.instance_id

    try:
        progress.wait(f"SSH on {machine.address}", open_, BOOT_SECONDS)
    except Exception as late:
        end = cloud.console(machine.instance_id)[-1500:]
        raise DemoFailed(f"{late}. The console says at the end:\n{end}") from late
    progress.say(f"Logged in to {machine.instance_id}")
