# SPDX-License-Identifier: BSD-2-Clause
"""Can this machine carry a cloud? Pure: facts in, every problem at once out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv4Network
from os import fsencode

from cloudinabox.layout import LONGEST_SOCKET
from cloudinabox.wish import Wish

GIB = 1 << 30
NEED_MEMORY = 2 * GIB
NEED_DISK = 4 * GIB
WANT_DISK = 20 * GIB
PROGRAMS = {
    "libvirtd": "libvirt-daemon-system", "virsh": "libvirt-clients",
    "qemu-system-x86_64": "qemu-system-x86", "qemu-img": "qemu-utils", "nft": "nftables",
    "dnsmasq": "dnsmasq-base", "ip": "iproute2", "ssh": "openssh-client", "mke2fs": "e2fsprogs",
    "sfdisk": "fdisk", "depmod": "kmod", "unshare": "util-linux",
}  # fmt: skip
"""Programs that must be found, and the Debian package each comes with."""
ONLY_FOR_GUESTS = {"libvirtd", "virsh", "qemu-system-x86_64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was found on the machine. Sizes in bytes; ``ports`` maps a taken port to its owner.

    ``written`` is the time of the newest of our own files: a clock before it is wrong.
    ``closed`` are directories above the state's that only their owner may pass through.
    ``namespaces``, ``bridges``, ``filters``, ``tun`` say whether the kernel let us try one.
    """

    uid: int
    architecture: str
    system: str
    memory: int
    disk: int
    now: datetime
    written: datetime
    clock_synchronized: bool
    ports: Mapping[int, str] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    routes: tuple[IPv4Network, ...] = ()
    closed: tuple[str, ...] = ()
    kvm: bool = False
    namespaces: bool = True
    bridges: bool = True
    filters: bool = True
    tun: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in the way: what it is and what to do. ``fatal`` ones stop faststart."""

    what: str
    do: str
    fatal: bool = True

    def __str__(self) -> str:
        return f"{'problem' if self.fatal else 'note'}: {self.what} {self.do}"


Check = Callable[[Facts, Wish], Iterator[Problem]]


def _root(facts: Facts, wish: Wish) -> Iterator[Problem]:
    if facts.uid != 0:
        yield Problem(what="Not running as root.", do="Run: sudo ./faststart")


def _system(facts: Facts, wish: Wish) -> Iterator[Problem]:
    if facts.architecture != "x86_64":
        yield Problem(
            what=f"This machine is {facts.architecture}.", do="Eucalyptus needs an x86_64 machine."
        )
    if facts.system not in ("debian 12", "rhel 9"):
        yield Problem(
            what=f"{facts.system or 'This system'} is not one we try faststart on.",
            do="Debian 12 is; going on.",
            fatal=False,
        )


def _memory(facts: Facts, wish: Wish) -> Iterator[Problem]:
    if facts.memory < NEED_MEMORY:
        yield Problem(
            what=f"Only {facts.memory / GIB:.1f} GiB of memory are available.",
            do=f"Free or add some: {NEED_MEMORY // GIB} GiB are needed.",
        )


def _disk(facts: Facts, wish: Wish) -> Iterator[Problem]:
    if facts.disk < NEED_DISK:
        yield Problem(
            what=f"Only {facts.disk / GIB:.1f} GiB are free where {wish.state} will be.",
            do=f"{NEED_DISK // GIB} GiB are needed; --state DIR puts it elsewhere.",
        )
    elif facts.disk < WANT_DISK:
        yield Problem(
            what=f"{facts.disk / GIB:.0f} GiB are free where {wish.state} will be.",
            do="Enough to try; real instances will want more.",
            fatal=False,
        )
    if len(fsencode(wish.layout.longest_socket)) > LONGEST_SOCKET:
        yield Problem(
            what=f"{wish.state} is too long for the paths of sockets.",
            do="Choose a shorter --state DIR.",
        )


def _way(facts: Facts, wish: Wish) -> Iterator[Problem]:
    for directory in facts.closed:
        yield Problem(
            what=f"Only its owner may pass through {directory}.",
            do="The database and the instances run as other users: choose another --state DIR.",
        )


def _ports(facts: Facts, wish: Wish) -> Iterator[Problem]:
    for port, owner in sorted(facts.ports.items()):
        by = f" by {owner}" if owner else ""
        yield Problem(
            what=f"Port {port} is taken{by}.",
            do="Stop that program, or run faststart in a network namespace of its own.",
        )


def _clock(facts: Facts, wish: Wish) -> Iterator[Problem]:
    if facts.now < facts.written - timedelta(days=1):
        yield Problem(
            what=f"The clock says {facts.now:%Y-%m-%d}, which is before our files were written.",
            do="Set it (timedatectl set-ntp true): signatures expire within minutes.",
        )
    elif not facts.clock_synchronized:
        yield Problem(
            what="The kernel does not say that its clock is synchronized.",
            do="Clients whose clocks differ by minutes will be refused.",
            fatal=False,
        )


def _programs(facts: Facts, wish: Wish) -> Iterator[Problem]:
    needed = PROGRAMS.keys() - (ONLY_FOR_GUESTS if wish.is_rehearsal else set())
    absent = sorted(facts.missing & needed)
    if absent:
        packages = " ".join(sorted({PROGRAMS[name] for name in absent}))
        yield Problem(
            what=f"Not found: {', '.join(absent)}.", do=f"Install: apt-get install {packages}"
        )


def _virtualization(facts: Facts, wish: Wish) -> Iterator[Problem]:
    if not wish.is_rehearsal and not facts.kvm:
        yield Problem(
            what="There is no usable KVM here.",
            do="Guests run under QEMU's emulation: real, but slow.",
            fatal=False,
        )


def _kernel(facts: Facts, wish: Wish) -> Iterator[Problem]:
    why = "Run faststart on a machine (or in a container) that allows it."
    if not facts.namespaces:
        yield Problem(
            what="The kernel refuses a mount namespace.",
            do=f"{why} In a chroot, its root must be a mount point (mount --bind DIR DIR).",
        )
    if not facts.bridges:
        yield Problem(what="The kernel refuses to make a bridge.", do=why)
    if not facts.filters:
        yield Problem(what="The kernel refuses nftables rules.", do=why)
    if not facts.tun and not wish.is_rehearsal:
        yield Problem(what="/dev/net/tun cannot be opened.", do=why)


def _addresses(facts: Facts, wish: Wish) -> Iterator[Problem]:
    for route in facts.routes:
        if route.prefixlen and route.overlaps(wish.subnet):
            yield Problem(
                what=f"This machine already routes {route}, which overlaps {wish.subnet}.",
                do="Choose another network for instances: --subnet 10.99.0.0/20",
            )


CHECKS: tuple[Check, ...] = (
    _root, _system, _memory, _disk, _way, _ports, _clock, _programs, _virtualization,
    _kernel, _addresses,
)  # fmt: skip


def problems(facts: Facts, wish: Wish) -> tuple[Problem, ...]:
    """Everything that is wrong with the machine, fatal problems first."""
    found = [problem for check in CHECKS for problem in check(facts, wish)]
    return tuple(sorted(found, key=lambda problem: not problem.fatal))
