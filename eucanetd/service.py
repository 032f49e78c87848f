# SPDX-License-Identifier: BSD-2-Clause
"""The program ``eucanetd``: settings -> drivers -> the loop that keeps the network in force."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from pathlib import Path
from typing import IO, Any

from twisted.internet import inotify
from twisted.internet import reactor as installed
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.filepath import FilePath

from eucalyptus.daemon import run_daemon
from eucalyptus.logs import start_logging
from eucalyptus.settings import from_arguments
from eucanetd.drivers.dhcp import Dnsmasq
from eucanetd.drivers.files import SOURCES, RunFiles
from eucanetd.drivers.firewall import NftFirewall
from eucanetd.drivers.links import IpLinks
from eucanetd.periodic.apply import Applying, Drivers, Time
from eucanetd.settings import Settings

PID_FILE, LOCK_FILE = "eucanetd.pid", "eucanetd.lock"
log = Logger()


class AlreadyRunning(Exception):
    """Another eucanetd works for the same state directory."""


def lock(run: Path) -> IO[str]:
    """Hold the lock as long as the returned file is open; raises AlreadyRunning."""
    file = (run / LOCK_FILE).open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as taken:
        file.close()
        raise AlreadyRunning(f"{file.name} is locked by another eucanetd") from taken
    return file


def make_drivers(settings: Settings, reactor: Any) -> Drivers:
    """The real ones."""

    async def pause(seconds: float) -> None:
        await deferLater(reactor, seconds, lambda: None)

    at = settings.directory
    return Drivers(
        links=IpLinks(at / "addresses.json"),
        firewall=NftFirewall(at / "rules.seen"),
        dhcp=Dnsmasq(at, pause, program=settings.dhcp_program),
        files=RunFiles(settings.run),
    )


def watch(run: Path, applying: Applying, reactor: Any) -> None:
    """Look at once when a document is put in place; the timer finds it without this, too."""

    def changed(_: object, path: FilePath[bytes], __: int) -> None:
        if path.basename().decode(errors="replace") in SOURCES:
            applying.soon()

    notifier = inotify.INotify(reactor)
    notifier.startReading()
    mask = inotify.IN_MOVED_TO | inotify.IN_CLOSE_WRITE
    notifier.watch(FilePath(os.fsencode(run)), mask=mask, callbacks=[changed])


async def serve(settings: Settings, reactor: Any) -> Applying:
    """Become the host's only eucanetd and begin."""
    settings.directory.mkdir(mode=0o755, parents=True, exist_ok=True)
    held = lock(settings.run)
    pid = settings.run / PID_FILE
    pid.write_text(f"{os.getpid()}\n")
    clocks = Time(reactor=reactor, now=time.monotonic, wall=time.time)
    applying = Applying(settings, make_drivers(settings, reactor), clocks)

    def end() -> None:
        applying.stop()
        pid.unlink(missing_ok=True)
        held.close()

    reactor.addSystemEventTrigger("before", "shutdown", end)
    signal.signal(signal.SIGHUP, lambda *_: reactor.callFromThread(applying.soon))
    watch(settings.run, applying, reactor)
    applying.start()
    log.info("keeping the network of {bridge}", bridge=settings.bridge)
    return applying


def main() -> None:
    """The program ``eucanetd``."""
    settings = from_arguments(Settings, "Keep this host's guest network as the cloud wants it.")
    start_logging(settings.log_level)

    async def start() -> None:
        await serve(settings, installed)

    run_daemon(start(), installed)
