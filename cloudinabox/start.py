# SPDX-License-Identifier: BSD-2-Clause
"""``./faststart``: from a bare machine to a cloud with a running instance. Each step repeatable."""

from __future__ import annotations

import functools
import grp
import json
import os
import platform
import pwd
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cloudinabox import configuration, demo, facts, files, preflight, status, users
from cloudinabox.configuration import Machine
from cloudinabox.demo import Demo
from cloudinabox.layout import MARK
from cloudinabox.programs import DATABASE, WAVES, Program
from cloudinabox.progress import Progress, TookTooLong
from cloudinabox.soap import ENDPOINT, Cloud
from cloudinabox.supervisor import Supervisor
from cloudinabox.wish import Wish
from eucalyptus.command import run_now

PROGRAMS_HERE = Path(sys.executable).parent
LONGEST_LAUNCH = 60.0
"""Seconds in which a daemon must have come up."""


class Unfit(Exception):
    """The machine cannot carry a cloud; ``problems`` says everything that is in the way."""

    def __init__(self, problems: tuple[preflight.Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Starter:
    """The steps of a start, in the order of ``everything``."""

    wish: Wish
    supervisor: Supervisor
    progress: Progress

    def everything(self) -> Demo:
        """Bring the cloud up and prove it; the demo, which only runs when one is wished for."""
        self.check()
        self.configure()
        self.run_daemons()
        self.write_credentials()
        cloud = self.await_enabled()
        tools = demo.Tools(PROGRAMS_HERE, demo.environment(self.wish.layout.credentials))
        images = demo.register(cloud, tools, self.progress)
        if not self.wish.demo:
            return images
        return demo.launch(cloud, self.wish, images, self.progress)

    def check(self) -> None:
        """Look at the machine; raises Unfit."""
        self.progress.say("Looking at this machine")
        ours = self.supervisor.is_running() or any(self.supervisor.orphans())
        found = preflight.problems(facts.gather(self.wish, running=ours), self.wish)
        if any(problem.fatal for problem in found):
            raise Unfit(found)
        for note in found:
            self.progress.say(str(note))

    def configure(self) -> None:
        """Write directories and configuration; take up what changed."""
        layout = self.wish.layout
        files.make_folders(layout.folders)
        here = machine()
        if here.services == users.ROOT:
            self.progress.say(f"note: {users.NAME} cannot read {PROGRAMS_HERE}: all run as root")
        owner = pwd.getpwnam(here.services)
        os.chown(layout.run, owner.pw_uid, owner.pw_gid)
        for folder in layout.services_own:
            files.give(folder, owner)
        files.write(layout.state / MARK, "Made by faststart; removed by faststart destroy.\n")
        changed = files.write_all(configuration.files(self.wish, here))
        if not self.supervisor.is_running():
            ended = "ending daemons that lost their supervisor"
            self.supervisor.end_orphans(lambda true: self.progress.wait(ended, true, 30))
            self.progress.say("Starting the supervisor")
            self.supervisor.begin()
            self.progress.wait("starting the supervisor", self.supervisor.is_running, 20)
        elif changed:
            self.progress.say("The configuration changed: " + ", ".join(p.name for p in changed))
            self.supervisor.reload(everything=changed != {layout.network})

    def run_daemons(self) -> None:
        """Start every program, in waves: what one calls at once is up before it."""
        layout = self.wish.layout
        for wave in WAVES:
            self._start(wave)
            if DATABASE in wave:
                up = lambda: status.connects(layout.database_socket)  # noqa: E731
                self.progress.wait("starting the database", up, 60)
                self._once("eucalyptus-migrate", "Bringing the database's schema up to date")
                self._once("eucalyptus-bootstrap", "Making sure of keys and accounts")

    def _start(self, wave: Sequence[Program]) -> None:
        wanted = [p for p in wave if not (self.wish.is_rehearsal and p.only_for_guests)]
        fresh = [p.name for p in wanted if self.supervisor.launch(p.name)]
        if fresh:
            self.progress.say("Starting " + ", ".join(fresh))
        for program in wanted:
            try:
                up = functools.partial(self._is_up, program)
                self.progress.wait(f"starting {program.name}", up, LONGEST_LAUNCH)
            except TookTooLong as late:
                raise self.supervisor.complain(program.name) from late

    def _is_up(self, program: Program) -> bool:
        listens = not program.port or status.is_open(program.port)
        return self.supervisor.stays_up(program.name) and listens

    def _once(self, name: str, what: str) -> None:
        self.progress.say(what)
        # As the owner of the keys, who has to read them afterwards.
        owner = pwd.getpwuid((self.wish.state / "keys").stat().st_uid).pw_name
        program = (str(PROGRAMS_HERE / name), "--config", str(self.wish.layout.conf))
        run_now(users.as_user(owner, *program), timeout=120)

    def write_credentials(self) -> None:
        """The cloud administrator's bundle, for ourselves; written once."""
        where = self.wish.layout.credentials
        if not (where / "eucarc").exists():
            self.progress.say("Writing the cloud administrator's credentials")
            program = str(PROGRAMS_HERE / "eucalyptus-credentials")
            run_now([program, str(where), "--config", str(self.wish.layout.conf)])

    def await_enabled(self) -> Cloud:
        """Wait until every service is ENABLED; a client of the cloud."""
        self.progress.say("Waiting for every service to be ENABLED")
        made: list[Cloud] = []
        zones = asking(self.wish, made)
        self.progress.wait(
            "enabling the services",
            lambda: status.all_enabled(status.look(self.wish, self.supervisor, zones)),
            120,
        )
        return made[0]


def asking(wish: Wish, made: list[Cloud]) -> status.Zones:
    """Ask the cloud for its zones; ``made`` keeps the client once there is one."""

    def zones() -> list[tuple[str, str]]:
        if not made:
            made.append(Cloud(wish.layout.credentials))
        return made[0].zones()

    return zones


def machine() -> Machine:
    """What configuration needs to know of this machine."""
    services = users.ensure()
    names = {user.pw_name for user in pwd.getpwall()}
    groups = {group.gr_name for group in grp.getgrall()}
    return Machine(
        programs=PROGRAMS_HERE,
        cores=len(os.sched_getaffinity(0)),
        user=next((one for one in ("libvirt-qemu", "qemu") if one in names), "root"),
        group=next((one for one in ("libvirt-qemu", "qemu", "kvm") if one in groups), "root"),
        services=services,
        name=platform.node(),
    )


def summary(wish: Wish, done: Demo) -> str:
    """What a person wants to know at the end."""
    layout = wish.layout
    lines = ["", "Your cloud is ready.", "", f"  Endpoint     {ENDPOINT}"]
    lines += [f"  State        {wish.state}", f"  Logs         {layout.log}"]
    lines += [f"  Image        {done.image} (disk image: {done.hvm_image})"]
    if done.instance:
        login = f"ssh -i {layout.key_file} {demo.LOGIN}@{done.address}"
        lines += [
            f"  Instance     {done.instance} at {done.address}",
            f"  Log in       {login}",
        ]
    lines += [
        "",
        f"  Credentials  . {layout.credentials}/eucarc",
        "  Next         ./faststart status · ./faststart credentials DIR --account NAME · "
        "./faststart down",
    ]
    return "\n".join(lines)


def as_json(wish: Wish, done: Demo) -> str:
    """The same for programs."""
    said = {
        "endpoint": ENDPOINT, "state": str(wish.state), "zone": wish.zone,
        "credentials": str(wish.layout.credentials), "user": demo.LOGIN,
        "key_file": str(wish.layout.key_file), **asdict(done),
    }  # fmt: skip
    return json.dumps(said, indent=2)
