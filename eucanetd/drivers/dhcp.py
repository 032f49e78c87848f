# SPDX-License-Identifier: BSD-2-Clause
"""The DHCP server: dnsmasq as a daemon of its own, which outlives us and is taken over again."""

from __future__ import annotations

import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from eucalyptus.command import Finished, run
from eucanetd.core import dhcp as texts
from eucanetd.core.plan import Dhcp

Run = Callable[..., Awaitable[Finished]]
Pause = Callable[[float], Awaitable[None]]


class DhcpServer(Protocol):
    """Keeps a DHCP server running with the wanted hosts."""

    async def settle(self, wanted: Dhcp) -> list[str]:
        """Make it so; gives a sentence for everything that was not. Raises CommandFailed."""
        ...


class Dnsmasq:
    """dnsmasq with its files in ``directory``; known by its pid file and command line."""

    def __init__(
        self, directory: Path, pause: Pause, *, program: str = "dnsmasq", run_program: Run = run
    ) -> None:
        self._at, self._pause = directory, pause
        self._program, self._run = program, run_program

    async def settle(self, wanted: Dhcp) -> list[str]:
        """Write what changed; restart for a new configuration, SIGHUP for new hosts."""
        config, hosts = self._at / texts.CONFIG, self._at / texts.HOSTS
        new_config, new_hosts = _differs(config, wanted.config), _differs(hosts, wanted.hosts)
        stale = texts.stale(self._leases(), wanted.pairs)
        if new_config:
            _replace(config, wanted.config)
        if new_hosts:
            _replace(hosts, wanted.hosts)
        pid = process(self._at)
        if pid is None or new_config or stale:
            await self._restart(pid, wanted)
            why = "had no server" if pid is None else "has a new configuration"
            return [f"DHCP {why}" if not stale or pid is None else "DHCP had stale leases"]
        if new_hosts:
            os.kill(pid, signal.SIGHUP)
            return ["DHCP has new hosts"]
        return []

    async def _restart(self, pid: int | None, wanted: Dhcp) -> None:
        if pid is not None:
            await self._stop(pid)
        leases = texts.live(self._leases(), wanted.pairs)
        if self._leases() != leases:
            _replace(self._at / texts.LEASES, leases)
        await self._run([self._program, f"--conf-file={self._at / texts.CONFIG}"])

    async def _stop(self, pid: int) -> None:
        os.kill(pid, signal.SIGTERM)
        for _ in range(50):
            if process(self._at) is None:
                return
            await self._pause(0.1)
        os.kill(pid, signal.SIGKILL)
        await self._pause(0.1)

    def _leases(self) -> str:
        try:
            return (self._at / texts.LEASES).read_text()
        except OSError:
            return ""


def process(directory: Path) -> int | None:
    """The running server's process; a recycled number is not mistaken for it."""
    try:
        pid = int((directory / texts.PID).read_text())
        command = Path("/proc", str(pid), "cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if str(directory / texts.CONFIG).encode() in command else None


def _differs(file: Path, text: str) -> bool:
    try:
        return file.read_text() != text
    except OSError:
        return True


def _replace(file: Path, text: str) -> None:
    fresh = file.with_suffix(file.suffix + ".new")
    fresh.write_text(text)
    fresh.replace(file)


class FakeDhcpServer:
    """Remembers what it was given."""

    def __init__(self) -> None:
        self.wanted: Dhcp | None = None
        self.fails: Exception | None = None

    async def settle(self, wanted: Dhcp) -> list[str]:
        """A sentence when it changed."""
        if self.fails is not None:
            raise self.fails
        changed, self.wanted = self.wanted != wanted, wanted
        return ["DHCP changed"] if changed else []
