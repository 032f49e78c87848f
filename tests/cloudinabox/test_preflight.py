# SPDX-License-Identifier: BSD-2-Clause
"""Preflight names every problem at once, each with what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from cloudinabox.facts import routes
from cloudinabox.preflight import GIB, Facts, problems
from cloudinabox.wish import FAKE, Wish

NOW = datetime(2026, 11, 21, tzinfo=UTC)
FIT = Facts(
    uid=0,
    architecture="x86_64",
    system="debian 12",
    memory=8 * GIB,
    disk=100 * GIB,
    now=NOW,
    written=NOW,
    clock_synchronized=True,
    kvm=True,
)


def test_a_fit_machine_has_no_problems() -> None:
    """Nothing is said when nothing is wrong."""
    assert problems(FIT, Wish()) == ()


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        (replace(FIT, uid=1000), "root"),
        (replace(FIT, architecture="aarch64"), "aarch64"),
        (replace(FIT, memory=GIB), "memory"),
        (replace(FIT, disk=GIB), "free"),
        (replace(FIT, ports={8773: "nginx"}), "Port 8773 is taken by nginx"),
        (replace(FIT, now=NOW - timedelta(days=400)), "clock"),
        (replace(FIT, missing=frozenset({"nft", "virsh"})), "apt-get install libvirt-clients nft"),
        (replace(FIT, namespaces=False), "mount namespace"),
        (replace(FIT, bridges=False), "bridge"),
        (replace(FIT, filters=False), "nftables"),
        (replace(FIT, tun=False), "/dev/net/tun"),
        (replace(FIT, closed=("/root",)), "/root"),
        (replace(FIT, routes=(IPv4Network("172.31.4.0/24"),)), "172.31.4.0/24"),
    ],
)
def test_each_problem_stops_the_start(facts: Facts, word: str) -> None:
    """One thing wrong: one problem, fatal, that names it."""
    (problem,) = problems(facts, Wish())
    assert problem.fatal
    assert word in str(problem)


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        (replace(FIT, system="debian 13"), "debian 13"),
        (replace(FIT, disk=10 * GIB), "10 GiB"),
        (replace(FIT, clock_synchronized=False), "synchronized"),
        (replace(FIT, kvm=False), "KVM"),
    ],
)
def test_a_note_stops_nothing(facts: Facts, word: str) -> None:
    """What is only good to know is said and passed over."""
    (problem,) = problems(facts, Wish())
    assert not problem.fatal
    assert word in str(problem)


def test_all_problems_come_at_once_fatal_ones_first() -> None:
    """Nobody mends a machine one message at a time."""
    facts = replace(FIT, uid=1, memory=1, disk=1, kvm=False, ports={8773: "", 8774: "x"})
    found = problems(facts, Wish())
    assert [problem.fatal for problem in found] == [True] * 5 + [False]


def test_a_rehearsal_needs_no_hypervisor() -> None:
    """With the fake hypervisor neither QEMU nor KVM nor taps are missed."""
    facts = replace(
        FIT, kvm=False, tun=False, missing=frozenset({"libvirtd", "qemu-system-x86_64"})
    )
    assert problems(facts, Wish(hypervisor=FAKE)) == ()


def test_a_state_directory_too_deep_for_sockets() -> None:
    """A Unix socket's path has 107 bytes."""
    (problem,) = problems(FIT, Wish(state=Path("/" + "x" * 100)))
    assert "--state" in problem.do


def test_routes_are_read_without_our_own_bridge() -> None:
    """The default route and our bridge are no obstacles."""
    listing = (
        "default via 192.0.2.1 dev eth0\n"
        "172.31.0.0/20 dev eucabr0 proto kernel scope link src 172.31.0.1\n"
        "10.1.0.0/16 dev eth1 scope link\n"
        "unreachable 10.9.0.0/16\n"
        "203.0.113.7 via 192.0.2.1 dev eth0\n"
    )
    assert routes(listing) == (IPv4Network("10.1.0.0/16"), IPv4Network("203.0.113.7/32"))
