# SPDX-License-Identifier: BSD-2-Clause
"""Gather the facts that preflight judges. Looks and tries, and leaves nothing behind."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import socket
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from ipaddress import IPv4Network
from pathlib import Path

from cloudinabox.preflight import PROGRAMS, Facts
from cloudinabox.wish import Wish
from eucalyptus.command import run_now
from eucalyptus.services import CLUSTER_PORT, FRONT_PORT, NODE_PORT

BRIDGE = "eucabr0"
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
OURS = Path(__file__).resolve().parent
_TIME_ERROR = 5
_UNSYNCHRONIZED = 0x40


def gather(wish: Wish, *, running: bool) -> Facts:
    """The facts of this machine; ``running`` says that our own daemons hold our ports already."""
    return Facts(
        uid=os.geteuid(),
        architecture=platform.machine(),
        system=_system(Path("/etc/os-release")),
        memory=_memory(Path("/proc/meminfo").read_text()),
        disk=shutil.disk_usage(_existing(wish.state)).free,
        now=datetime.now(UTC),
        written=datetime.fromtimestamp(max(p.stat().st_mtime for p in OURS.glob("*.py")), UTC),
        clock_synchronized=_synchronized(),
        ports={} if running else _taken((FRONT_PORT, CLUSTER_PORT, NODE_PORT)),
        missing=frozenset(n for n in PROGRAMS if shutil.which(n, path=SYSTEM_PATH) is None),
        routes=routes(run_now(["ip", "-4", "route", "show"], check=False).out.decode()),
        closed=tuple(str(p) for p in wish.state.parents if p.exists() and not p.stat().st_mode & 1),
        kvm=os.access("/dev/kvm", os.R_OK | os.W_OK),
        namespaces=_works("unshare", "--mount", "true"),
        bridges=_bridge_works(),
        filters=_works("nft", "list", "tables"),
        tun=_opens("/dev/net/tun"),
    )


def _system(release: Path) -> str:
    if not release.exists():
        return ""
    pairs = (line.partition("=") for line in release.read_text().splitlines())
    values = {key: value.strip('"') for key, _, value in pairs}
    return f"{values.get('ID', '')} {values.get('VERSION_ID', '').split('.')[0]}".strip()


def _memory(meminfo: str) -> int:
    for line in meminfo.splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) << 10
    return 0


def _existing(path: Path) -> Path:
    return next(one for one in (path, *path.parents) if one.exists())


def _synchronized() -> bool:
    """Ask the kernel (adjtimex) whether something keeps its clock right."""
    buffer = ctypes.create_string_buffer(256)  # struct timex, modes = 0: read only
    state = ctypes.CDLL(None, use_errno=True).adjtimex(buffer)
    status = int.from_bytes(buffer.raw[40:44], "little")
    return state != _TIME_ERROR and not status & _UNSYNCHRONIZED


def _taken(ports: Sequence[int]) -> Mapping[int, str]:
    listeners = run_now(["ss", "-ltnpH"], check=False).out.decode().splitlines()
    return {port: _owner(port, listeners) for port in ports if not _free(port)}


def _free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104 - the daemons listen on every address too
        except OSError:
            return False
    return True


def _owner(port: int, listeners: Sequence[str]) -> str:
    for line in listeners:
        words = line.split()
        if len(words) > 3 and words[3].endswith(f":{port}"):
            return words[5].partition('(("')[2].partition('"')[0] if len(words) > 5 else ""
    return ""


def routes(listing: str) -> tuple[IPv4Network, ...]:
    """Networks of ``ip -4 route show`` that are not our own bridge's."""
    found = []
    for line in listing.splitlines():
        words = line.split()
        if not words or words[0] == "default" or BRIDGE in words:
            continue
        try:
            found.append(IPv4Network(words[0]))
        except ValueError:  # "unreachable …" and the like
            continue
    return tuple(found)


def _works(*argv: str) -> bool:
    return run_now(list(argv), check=False, timeout=10).code == 0


def _bridge_works() -> bool:
    name = f"eucatry{os.getpid() % 100000}"
    made = _works("ip", "link", "add", name, "type", "bridge")
    if made:
        _works("ip", "link", "delete", name)
    return made


def _opens(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_RDWR))
    except OSError:
        return False
    return True
