# SPDX-License-Identifier: BSD-2-Clause
"""Keeping a network in force, on fake links, rules and leases."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

import pytest
from twisted.internet.task import Clock

from eucalyptus.command import CommandFailed, Finished
from eucalyptus.wire.networkinfo import write
from eucanetd.drivers.dhcp import FakeDhcpServer
from eucanetd.drivers.files import FakeFiles
from eucanetd.drivers.firewall import FakeFirewall
from eucanetd.drivers.links import FakeLinks
from eucanetd.periodic.apply import SCRUB_EVERY, Applying, Drivers, Time
from eucanetd.settings import Settings
from tests.eucanetd.worlds import guest, world


@dataclass
class Host:
    """eucanetd on fakes; ``wait`` winds the clock."""

    clock: Clock = field(default_factory=Clock)
    links: FakeLinks = field(default_factory=lambda: FakeLinks(frozenset({"10.1.1.7"})))
    firewall: FakeFirewall = field(default_factory=FakeFirewall)
    dhcp: FakeDhcpServer = field(default_factory=FakeDhcpServer)
    files: FakeFiles = field(default_factory=FakeFiles)

    def start(self) -> Applying:
        drivers = Drivers(
            links=self.links, firewall=self.firewall, dhcp=self.dhcp, files=self.files
        )
        seconds = self.clock.seconds
        time = Time(reactor=self.clock, now=seconds, wall=seconds)
        applying = Applying(Settings(), drivers, time)
        applying.start()
        return applying

    def wait(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            self.clock.advance(1)


@pytest.fixture
def host() -> Host:
    return Host()


def failure() -> CommandFailed:
    return CommandFailed(["nft"], Finished(1, b"", b"no"))


def test_a_document_is_in_force_within_a_second(host: Host) -> None:
    """Links, rules, leases, and then the word that it is done, for these guests."""
    host.start()
    made = world(guest(1), guest(2))
    host.files.give(write(made))
    host.wait(1)
    assert host.files.said == [(made.version, ("i-00000001", "i-00000002"), 1.0)]
    assert host.links.link is not None and host.dhcp.wanted is not None
    assert "d0:0d:00:00:00:02" in host.firewall.applied[0]
    assert host.files.good == host.files.incoming


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(b"", id="N-11 empty"),
        pytest.param(b"<", id="N-11 no document"),
        pytest.param(b"<network-data/>", id="N-11 strange"),
        pytest.param(write(world(guest(1), sequence=3))[:-20], id="N-11 cut short"),
        pytest.param(write(world(sequence=1)), id="N-11 older"),
        pytest.param(b" " * (50 * 2**20 + 1), id="N-11 50 MiB and one"),
        pytest.param(
            write(world(guest(1), guest(2, "172.31.0.17"), sequence=3)), id="N-11 one address twice"
        ),
    ],
)
def test_a_bad_document_changes_nothing(host: Host, bad: bytes) -> None:
    """Empty, truncated, strange, old or huge: the last good one stays in force."""
    host.start()
    host.files.give(write(world(guest(1), sequence=2)))
    host.wait(1)
    host.files.give(bad)
    host.wait(30)
    assert len(host.firewall.applied) == len(host.files.said) == 1
    assert b"i-00000001" in host.files.good


def test_n11_a_world_without_guests_is_obeyed_and_lets_nothing_through(host: Host) -> None:
    """The last guest went: its rules go, and every tap is closed."""
    host.start()
    host.files.give(write(world(guest(1))))
    host.wait(1)
    host.files.give(write(world()))
    host.wait(1)
    assert host.files.said[-1][1] == ()
    assert 'iifname "vn_*" counter drop' in host.firewall.applied[-1]


def test_a_document_that_leaves_us_out_changes_nothing(host: Host) -> None:
    """Guests here keep their network when a document does not name this host."""
    host.start()
    host.files.give(write(world(guest(1))))
    host.wait(1)
    host.files.give(write(world(guest(1), host="10.9.9.9")))
    host.wait(30)
    assert len(host.firewall.applied) == len(host.files.said) == 1


def test_after_a_restart_the_last_good_document_counts(host: Host) -> None:
    """It is in force before a new one arrives, and a damaged new one does not matter."""
    host.files.good = write(world(guest(1)))
    host.files.give(b"damaged")
    host.start()
    host.wait(1)
    assert host.files.said[0][1] == ("i-00000001",)


def test_what_fails_is_tried_again(host: Host) -> None:
    """Nothing is announced before all of it is in force; the next try comes in a second."""
    host.start()
    host.firewall.fails = failure()
    host.files.give(write(world(guest(1))))
    host.wait(5)
    assert host.files.said == [] and host.dhcp.wanted is None
    host.firewall.fails = None
    host.wait(2)
    assert len(host.files.said) == 1


def test_differences_are_found_and_reported(host: Host) -> None:
    """Every few seconds wanted and actual are compared; a repair is announced anew."""
    host.start()
    host.files.give(write(world(guest(1))))
    host.wait(1)
    host.firewall.applied.append("somebody else's")
    host.wait(SCRUB_EVERY + 1)
    assert len(host.firewall.applied) == 3 and len(host.files.said) == 2
    host.wait(60)
    assert len(host.firewall.applied) == 3 and len(host.files.said) == 2


def test_a_wish_to_look_is_followed_at_once(host: Host) -> None:
    """SIGHUP and inotify do not wait for the clock."""
    applying = host.start()
    host.files.give(write(world(guest(1))))
    applying.soon()
    assert len(host.files.said) == 1
    applying.stop()
    host.wait(20)
    assert len(host.files.said) == 1


@pytest.mark.parametrize(
    "settings",
    [{"mode": "MANAGED"}, {"bridge": "br0;reboot"}, {"metadata_ip": "x"}, {"dhcp_user": "a\nb"}],
)
def test_settings_that_cannot_be_used(settings: dict[str, Any]) -> None:
    """They are refused before anything is touched."""
    with pytest.raises(ValueError, match="is not"):
        Settings(**settings)


HOSTILE = (
    "'; flush ruleset; #", '"\n}\nflush ruleset\n', "$(reboot)", "`reboot`", "x;reboot",
    "a b", "../../etc", "\u202ex", "x" * 300, "i-1' OR 1=1--", "-1", "{{7*7}}",
)  # fmt: skip
PLACES = {
    "instance": (b'name="i-00000001"', b'name="%b"'),
    "owner": (b"<ownerId>123456789012<", b"<ownerId>%b<"),
    "MAC": (b"<macAddress>d0:0d:00:00:00:01<", b"<macAddress>%b<"),
    "address": (b"<privateIp>172.31.0.17<", b"<privateIp>%b<"),
    "group": (b"<value>sg-00000001<", b"<value>%b<"),
    "zone": (b'<cluster name="one"', b'<cluster name="%b"'),
    "node": (b'<node name="10.1.1.7"', b'<node name="%b"'),
    "domain": (b"<value>one.internal<", b"<value>%b<"),
    "subnet": (b'<subnet name="172.31.0.0"', b'<subnet name="%b"'),
}


@pytest.mark.parametrize("place", [pytest.param(name, id=f"N-10 {name}") for name in PLACES])
def test_no_name_gets_into_the_rules_unchecked(host: Host, place: str) -> None:
    """Whatever a document says instead of a name: it is refused, and what is in force stays."""
    old, new = PLACES[place]
    good = write(world(guest(1), sequence=2))
    assert old in good
    host.start()
    host.files.give(good)
    host.wait(1)
    for text in HOSTILE:
        said = escape(text, {'"': "&quot;", "\n": "&#10;"}).encode()
        host.files.give(write(world(guest(1), sequence=3)).replace(old, new % said))
        host.wait(2)
    assert len(host.firewall.applied) == len(host.files.said) == 1
    assert host.files.good == good
