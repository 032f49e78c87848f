# SPDX-License-Identifier: BSD-2-Clause
"""From a world to texts: what a host has to carry out, and nothing that it has not."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eucalyptus.wire.networkinfo import BadNetworkDocument, write
from eucanetd.core.dhcp import live, stale
from eucanetd.core.modes import MODES
from eucanetd.core.plan import Choices, Plan
from eucanetd.core.world import Here, accept, here
from tests.eucanetd.worlds import guest, world

NAMES = frozenset({"127.0.0.1", "10.1.1.7"})


def ours(*guests: object, **more: object) -> Here:
    found = here(world(*guests, **more), NAMES)  # type: ignore[arg-type]
    assert found is not None
    return found


def plan(*guests: object, choices: Choices | None = None, **more: object) -> Plan:
    return MODES["EDGE"](ours(*guests, **more), choices or Choices(addresses=NAMES))


def test_a_host_finds_its_guests() -> None:
    """By any of its addresses, with or without a port; without a seat there is nothing."""
    assert [g.name for g in ours(guest(2), guest(1)).guests] == ["i-00000001", "i-00000002"]
    assert here(world(guest(1), host="10.9.9.9"), NAMES) is None
    assert here(world(guest(1), host="10.1.1.7:8775"), NAMES) is not None


def test_older_documents_are_refused() -> None:
    """Equal and newer sequences are taken, uncounted ones too; a lower one is not."""
    known = world(sequence=5)
    for sequence in (0, 5, 6):
        accept(write(world(guest(1), sequence=sequence)), known)
    with pytest.raises(BadNetworkDocument, match="older"):
        accept(write(world(guest(1), sequence=4)), known)


def test_the_gateway_is_on_the_bridge_unless_a_router_has_it() -> None:
    """NC_ROUTER=Y: address with the subnet's length; N: only a route. Metadata either way."""
    made = plan(guest(1)).link
    assert made.addresses == ("172.31.0.1/20", "169.254.169.254/32") and made.routes == ()
    made = plan(guest(1), choices=Choices(router=False)).link
    assert made.addresses == ("169.254.169.254/32",) and made.routes == ("172.31.0.0/20",)


def test_metadata_goes_to_the_cloud() -> None:
    """A redirect when the cloud is this host, else DNAT; METADATA_IP wins."""
    assert "dnat to 10.1.1.1:8773" in plan(guest(1)).rules
    assert "redirect to :8773" in plan(guest(1), clc="10.1.1.7").rules
    assert "redirect to :8773" in plan(guest(1), clc="127.0.0.1").rules
    chosen = Choices(metadata_ip=IPv4Address("172.31.0.1"))
    assert "redirect to :8773" in plan(guest(1), choices=chosen).rules
    chosen = Choices(metadata_ip=IPv4Address("10.5.5.5"), metadata_port=80)
    assert "dnat to 10.5.5.5:80" in plan(guest(1), choices=chosen).rules


def test_dhcp_knows_exactly_our_guests() -> None:
    """A line per guest here; the configuration does not change with guests."""
    one, two = plan(guest(1)).dhcp, plan(guest(1), guest(2)).dhcp
    assert one.config == two.config
    assert two.hosts.splitlines() == [
        "d0:0d:00:00:00:01,172.31.0.17,ip-172-31-0-17",
        "d0:0d:00:00:00:02,172.31.0.18,ip-172-31-0-18",
    ]
    assert "dhcp-range=172.31.0.0,static,255.255.240.0,1h" in one.config
    assert "dhcp-option=option:dns-server,10.1.1.1\n" in one.config


def test_a_lease_must_not_outlive_its_guest() -> None:
    """A lease of an address that now belongs to somebody else is dropped, others stay."""
    leases = "99 d0:0d:00:00:00:01 172.31.0.17 * *\n99 d0:0d:00:00:00:02 172.31.0.18 * *\n"
    assert not stale(leases, [("d0:0d:00:00:00:01", "172.31.0.17")])
    new = [("d0:0d:00:00:00:09", "172.31.0.17")]
    assert stale(leases, new)
    assert live(leases, new) == leases.splitlines(keepends=True)[1]


def test_without_guests_nothing_is_let_through() -> None:
    """An empty world is obeyed, and every tap is closed."""
    rules = plan().rules
    assert 'iifname "vn_*" counter drop' in rules and "vmap" not in rules


numbers = st.sets(st.integers(0, 2**32 - 1), max_size=8)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("nft"), reason="needs root and nft")
@settings(max_examples=15, deadline=None)
@given(numbers, st.booleans(), st.booleans(), st.sampled_from(["10.1.1.1", "127.0.0.1"]))
def test_every_rule_text_is_valid(ids: set[int], router: bool, isolate: bool, clc: str) -> None:
    """nft takes whatever we write, for any guests and choices."""
    guests = [guest(n, str(IPv4Address(2**24 + k))) for k, n in enumerate(sorted(ids))]
    choices = Choices(router=router, isolate=isolate, addresses=NAMES)
    rules = plan(*guests, choices=choices, clc=clc).rules
    checked = subprocess.run(
        ["unshare", "-n", "nft", "-c", "-f", "-"], input=rules, text=True, capture_output=True
    )
    assert checked.returncode == 0, checked.stderr + rules


@given(numbers)
def test_equal_worlds_give_equal_texts(ids: set[int]) -> None:
    """The order in which guests are listed makes no difference."""
    guests = [guest(n, str(IPv4Address(2**24 + k))) for k, n in enumerate(sorted(ids))]
    seat_order = world(*guests)
    shuffled = replace(seat_order, guests=tuple(reversed(guests)))
    a, b = here(seat_order, NAMES), here(shuffled, NAMES)
    assert a is not None and b is not None
    assert MODES["EDGE"](a, Choices()) == MODES["EDGE"](b, Choices())
