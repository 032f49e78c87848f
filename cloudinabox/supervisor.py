# SPDX-License-Identifier: BSD-2-Clause
"""Drive supervisord through the XML-RPC it speaks on its Unix socket."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import Faults, SupervisorTransport

from cloudinabox.layout import Layout
from cloudinabox.processes import is_alive
from eucalyptus.command import run_now


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process as supervisord knows it; ``pid`` is 0 when it does not run."""

    group: str
    name: str
    state: str
    pid: int
    log: str
    since: int

    @property
    def full_name(self) -> str:
        """How supervisord calls it."""
        return f"{self.group}:{self.name}"


class CannotStart(Exception):
    """A daemon does not stay up; says the end of its log."""


class Supervisor:
    """The supervisord of one cloud. Methods block; those that ask raise OSError when it is away."""

    def __init__(self, layout: Layout, programs: Path) -> None:
        self._layout, self._programs = layout, programs

    @property
    def _rpc(self) -> Any:
        """A connection of its own for each call: an old one may lead to a supervisord that died."""
        transport = SupervisorTransport(None, None, f"unix://{self._layout.supervisor_socket}")
        return ServerProxy("http://127.0.0.1", transport=transport).supervisor

    def is_running(self) -> bool:
        """Whether supervisord answers."""
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self._layout.supervisor_socket))
            except OSError:
                return False
        return True

    def begin(self) -> None:
        """Start supervisord in the background."""
        self._layout.supervisor_socket.unlink(missing_ok=True)
        background = str(self._programs / "eucalyptus-box-background")
        server = (str(self._programs / "supervisord"), "-n", "-c")
        run_now([background, *server, str(self._layout.supervisor_conf)])

    def orphans(self) -> Iterator[int]:
        """Our daemons that lost their supervisord. Guests and DHCP servers are none of them."""
        mark = f"EUCALYPTUS_CONF={self._layout.conf}".encode()
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                wrapped = b"\0" + (entry / "environ").read_bytes()
                name = (entry / "comm").read_text().strip()
            except OSError:  # it ended meanwhile
                continue
            ours = b"\0SUPERVISOR_ENABLED=1" in wrapped and b"\0" + mark + b"\0" in wrapped
            if ours and parent == "1" and not name.startswith(("qemu", "dnsmasq")):
                yield int(entry.name)

    def end_orphans(self, wait: Callable[[Callable[[], bool]], None]) -> None:
        """End the daemons of a killed supervisord; ``wait`` is handed the question whether they
        have ended."""
        found = list(self.orphans())
        for pid in found:
            os.kill(pid, signal.SIGTERM)
        wait(lambda: not any(is_alive(pid) for pid in found))

    def reload(self, everything: bool) -> None:
        """Take up a changed configuration; ``everything`` ends daemons whose settings changed."""
        added, changed, removed = self._rpc.reloadConfig()[0]
        for group in (*changed, *removed):
            self._rpc.stopProcessGroup(group)
            self._rpc.removeProcessGroup(group)
        for group in (*added, *changed):
            self._rpc.addProcessGroup(group)
        if everything:
            self._rpc.stopAllProcesses()

    def processes(self) -> list[Process]:
        """All processes."""
        return [
            Process(
                group=one["group"], name=one["name"], state=one["statename"], pid=one["pid"],
                log=one["logfile"], since=one["start"],
            )
            for one in self._rpc.getAllProcessInfo()
        ]  # fmt: skip

    def launch(self, program: str) -> bool:
        """Set a program (all its processes) going without waiting for it; False: it runs already.

        Raises CannotStart when there is no such file to run.
        """
        idle = [p for p in self.processes() if p.group == program and p.state != "RUNNING"]
        for process in idle:
            try:
                self._rpc.startProcess(process.full_name, False)
            except Fault as fault:
                if fault.faultCode != Faults.ALREADY_STARTED:
                    raise CannotStart(_last_words(process, fault.faultString)) from fault
        return bool(idle)

    def stays_up(self, program: str) -> bool:
        """Whether all processes of a program stay up; raises CannotStart once one is given up."""
        own = [p for p in self.processes() if p.group == program]
        for process in own:
            if process.state in ("FATAL", "UNKNOWN"):
                raise CannotStart(_last_words(process, "does not stay up"))
        return bool(own) and all(process.state == "RUNNING" for process in own)

    def complain(self, program: str) -> CannotStart:
        """What to raise when a program still does not stay up: the end of its log."""
        own = [p for p in self.processes() if p.group == program and p.state != "RUNNING"]
        return CannotStart("\n".join(_last_words(p, f"is {p.state}") for p in own) or program)

    def stop(self, program: str) -> None:
        """Stop a program and wait until its processes have ended."""
        try:
            self._rpc.stopProcessGroup(program)
        except Fault as fault:
            if fault.faultCode != Faults.BAD_NAME:
                raise

    def end(self, wait: Callable[[Callable[[], bool]], None]) -> None:
        """Stop supervisord itself; ``wait`` is handed the question whether it has ended."""
        pid = self._rpc.getPID()
        self._rpc.shutdown()
        wait(lambda: not is_alive(pid))


def _last_words(process: Process, what: str) -> str:
    end = ""
    if process.log and Path(process.log).exists():
        end = Path(process.log).read_text(errors="replace")[-2000:]
    return f"{process.name}: {what}\n{process.log} ends with:\n{end}"
