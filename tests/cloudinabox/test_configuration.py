# SPDX-License-Identifier: BSD-2-Clause
"""The files faststart writes say what the programs that read them need."""

from __future__ import annotations

import configparser
import json
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

from cloudinabox import configuration
from cloudinabox.configuration import Machine
from cloudinabox.programs import PROGRAMS
from cloudinabox.wish import FAKE, Wish
from eucalyptus.settings import House, build, parse

WISH = Wish(state=Path("/tmp/a cloud"), zone="north")
MACHINE = Machine(
    programs=Path("/opt/v/bin"),
    cores=3,
    user="libvirt-qemu",
    group="kvm",
    services="eucalyptus",
    name="host",
)


def supervisord(wish: Wish) -> configparser.RawConfigParser:
    """The supervisor's file, parsed."""
    parsed = configparser.RawConfigParser()
    parsed.read_string(configuration.supervisord(wish, MACHINE))
    return parsed


def test_the_conf_is_read_back_by_every_daemon() -> None:
    """What is written is what the daemons' own reader understands."""
    values = parse(configuration.conf(configuration.settings(WISH, MACHINE)))
    assert values == dict(configuration.settings(WISH, MACHINE))
    assert build(House, values, Path("x")).state == WISH.state


def test_the_network_has_a_gateway_and_a_pool_inside_its_subnet() -> None:
    """The first address is the gateway's, the last the broadcast's, the rest is for instances."""
    wish = replace(WISH, subnet=IPv4Network("10.9.0.0/24"))
    document = json.loads(configuration.network(wish))
    (zone,) = document["Clusters"]
    assert document["Mode"] == "EDGE"
    assert zone["Name"] == "north"
    assert zone["Subnet"]["Gateway"] == "10.9.0.1"
    assert zone["PrivateIps"] == ["10.9.0.2-10.9.0.254"]


def test_every_daemon_restarts_and_none_takes_its_children_along() -> None:
    """kill -9 of a daemon heals by itself; instances and DHCP servers outlive their parents."""
    parsed = supervisord(WISH)
    for program in PROGRAMS:
        section = parsed[f"program:{program.name}"]
        assert section["autorestart"] == "true"
        assert section["stopasgroup"] == section["killasgroup"] == "false"
        assert section["autostart"] == "false"


def test_only_what_must_be_root_is_root() -> None:
    """Whatever strangers can talk to runs as a user of its own."""
    parsed = supervisord(WISH)
    own = {p.name for p in PROGRAMS if parsed[f"program:{p.name}"].get("user") == "eucalyptus"}
    assert own == {"front", "cloud", "cluster"}


def test_a_front_worker_per_core_each_with_its_own_log() -> None:
    """Two writers of one log would fight over its rotation."""
    front = supervisord(WISH)["program:front"]
    assert front["numprocs"] == "3"
    assert "%(process_num)d" in front["stdout_logfile"]


def test_a_rehearsal_runs_no_libvirtd() -> None:
    """Everything real but the instances."""
    assert "program:libvirtd" not in supervisord(replace(WISH, hypervisor=FAKE))


def test_the_database_is_stopped_without_waiting_for_its_clients() -> None:
    """SIGINT is PostgreSQL's fast shutdown."""
    assert supervisord(WISH)["program:database"]["stopsignal"] == "INT"


def test_two_clouds_on_one_machine_are_two_hosts_to_libvirt() -> None:
    """libvirt refuses to deal with a peer that has its own UUID."""
    other = replace(WISH, state=Path("/tmp/b"))
    assert configuration.libvirtd(WISH) != configuration.libvirtd(other)
    assert configuration.libvirtd(WISH) == configuration.libvirtd(WISH)


def test_guests_do_not_run_as_root() -> None:
    """QEMU gets the user that the distribution made for it."""
    assert 'user = "libvirt-qemu"' in configuration.qemu(MACHINE)


def test_n12_libvirtd_listens_to_root_on_its_socket_only() -> None:
    """No TCP, no TLS, no group that could be joined."""
    said = dict(
        line.split(" = ", 1) for line in configuration.libvirtd(WISH).splitlines() if " = " in line
    )
    assert (said["listen_tcp"], said["listen_tls"]) == ("0", "0")
    assert said["unix_sock_rw_perms"] == '"0700"' and said["unix_sock_group"] == '"root"'
    guests = configuration.qemu(MACHINE)
    assert f'user = "{MACHINE.user}"' in guests and 'vnc_listen = "127.0.0.1"' in guests
