# SPDX-License-Identifier: BSD-2-Clause
"""One line per service: what it is, whether it works, its process, its log, its endpoint."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from cloudinabox.programs import FRONT, PROGRAMS, WALRUS, Program
from cloudinabox.supervisor import Process, Supervisor
from cloudinabox.wish import Wish

ENABLED, NOTREADY, STOPPED = "ENABLED", "NOTREADY", "STOPPED"
COLUMNS = ("type", "zone", "name", "state", "pid", "log", "endpoint")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One line of the display. ``pid`` is 0 for a process that does not run."""

    type: str
    zone: str
    name: str
    state: str
    pid: int
    log: str
    endpoint: str


def state_of(process: Process | None, answers: bool) -> str:
    """What a service's state is, from its process and whether its endpoint answers."""
    if process is None or process.state in ("STOPPED", "EXITED", "FATAL", "UNKNOWN"):
        return STOPPED
    return ENABLED if process.state == "RUNNING" and answers else NOTREADY


def services(
    wish: Wish, processes: Sequence[Process], answering: Mapping[str, bool]
) -> list[Service]:
    """The display's lines; ``answering`` says for each program whether it does its work."""
    lines = []
    for program in PROGRAMS:
        if wish.is_rehearsal and program.only_for_guests:
            continue
        own = [one for one in processes if one.group == program.name]
        lines += [_line(program, wish, one, answering[program.name]) for one in own or (None,)]
        if program == FRONT:
            worker = _line(WALRUS, wish, own[0] if own else None, answering[WALRUS.name])
            lines.append(replace(worker, name=WALRUS.name))
    return lines


def _url(program: Program) -> str:
    return f"http://127.0.0.1:{program.port}{program.path}" if program.port else ""


def _line(program: Program, wish: Wish, process: Process | None, answers: bool) -> Service:
    return Service(
        type=program.type,
        zone=wish.zone if program.zoned else "",
        name=process.name if process else program.name,
        state=state_of(process, answers),
        pid=process.pid if process else 0,
        log=process.log if process else str(wish.layout.log / f"{program.name}.log"),
        endpoint=_url(program),
    )


def table(lines: Iterable[Service]) -> str:
    """Columns for people; ``-`` stands for what a service has not."""
    rows = [[str(getattr(line, column) or "-") for column in COLUMNS] for line in lines]
    widths = [max(len(row[n]) for row in rows) for n in range(len(COLUMNS))] if rows else []
    padded = (
        "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "\n".join(padded)


def as_json(lines: Iterable[Service]) -> str:
    """The same as JSON: a list of objects."""
    return json.dumps([asdict(line) for line in lines], indent=2)


def is_open(port: int) -> bool:
    """Whether something accepts connections on a port of this host."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def serves(program: Program) -> bool:
    """Whether a service answers at its path; that it answers a stranger with a refusal is well."""
    try:
        with socket.create_connection(("127.0.0.1", program.port), timeout=5) as stream:
            asked = f"GET {program.path} HTTP/1.0\r\nHost: 127.0.0.1:{program.port}\r\n\r\n"
            stream.sendall(asked.encode())
            status = stream.recv(64).split(b" ")[1:2]
    except OSError:
        return False
    return bool(status) and status[0] != b"404" and status[0] < b"500"


def connects(path: object) -> bool:
    """Whether something accepts connections on a Unix socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


Zones = Callable[[], Sequence[tuple[str, str]]]
"""Asks the cloud for its administrator's table of zones; may raise."""


def zone_in(table: Sequence[tuple[str, str]], zone: str) -> tuple[bool, bool]:
    """Whether the table shows the zone available, and whether any node offers it room.

    Rows of a zone follow it; each says free and most instances of a type: ``0002 / 0002  1 …``.
    """
    here = available = room = False
    for name, said in table:
        if not name.startswith("|-"):
            here = name == zone
            available = available or (here and said.startswith("available"))
        elif here:
            most = said.partition("/")[2].split()[:1]
            room = room or (bool(most) and most[0].isdigit() and int(most[0]) > 0)
    return available, room


def probe(wish: Wish, zones: Zones) -> dict[str, bool]:
    """Ask every program whether it works: its port, its socket, and for the zone the cloud itself.

    A cluster works when its zone is available, a node when it brings the zone room.
    """
    answering = {p.name: not p.port or is_open(p.port) for p in PROGRAMS}
    answering[WALRUS.name] = answering[FRONT.name] and serves(WALRUS)
    answering["database"] = connects(wish.layout.database_socket)
    answering["libvirtd"] = connects(wish.layout.libvirt_socket)
    said: Sequence[tuple[str, str]] = ()
    if answering["front"] and answering["database"]:
        try:
            said = zones()
        except Exception:  # whatever a service that is coming up answers: not yet
            answering["front"] = False
    available, room = zone_in(said, wish.zone)
    answering["cluster"] = answering["cluster"] and available
    answering["node"] = answering["node"] and available and room
    return answering


def look(wish: Wish, supervisor: Supervisor, zones: Zones) -> list[Service]:
    """The state of everything now."""
    if not supervisor.is_running():
        return services(wish, (), dict.fromkeys((p.name for p in (*PROGRAMS, WALRUS)), False))
    return services(wish, supervisor.processes(), probe(wish, zones))


def all_enabled(lines: Sequence[Service]) -> bool:
    """Whether nothing is missing."""
    return bool(lines) and all(line.state == ENABLED for line in lines)
