# SPDX-License-Identifier: BSD-2-Clause
"""What the cluster controller does to the world: packets, programs, files."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from clustercontroller.core.capacity import Needs, Resources
from clustercontroller.drivers.documents import DocumentFile
from clustercontroller.drivers.placement import ProgramPlacer, Question
from clustercontroller.drivers.power import CannotWake, WakeOnLan, magic_packet, neighbour
from clustercontroller.settings import Settings
from eucalyptus.settings import BadSettings, build

ARP = """IP address       HW type     Flags       HW address            Mask     Device
10.1.1.1         0x1         0x2         02:00:00:00:00:01     *        eth0
10.1.1.2         0x1         0x0         00:00:00:00:00:00     *        eth0
"""
HAS = Resources(memory_max=1024, memory_free=1024)


def test_the_magic_packet() -> None:
    """Six bytes of ones, sixteen times the address: 102 bytes."""
    packet = magic_packet("02:00:00:00:00:01")
    assert len(packet) == 102 and packet[:6] == b"\xff" * 6
    assert packet[6:] == bytes.fromhex("020000000001") * 16
    with pytest.raises(ValueError, match="MAC"):
        magic_packet("02:00")


def test_the_neighbour_table() -> None:
    """Complete entries give a MAC, incomplete and unknown ones nothing."""
    assert neighbour(ARP, "10.1.1.1") == "02:00:00:00:00:01"
    assert neighbour(ARP, "10.1.1.2") is None and neighbour(ARP, "10.1.1.3") is None


def test_sleepers_outlive_the_daemon(tmp_path: Path) -> None:
    """Written down with MAC and room; a damaged file is as good as none."""
    arp = tmp_path / "arp"
    arp.write_text(ARP)
    power = WakeOnLan(tmp_path / "sleepers", {}, neighbours=arp)
    power.remember("10.1.1.1", HAS)
    with pytest.raises(CannotWake, match="NODE_MACS"):
        power.remember("10.1.1.2", HAS)
    again = WakeOnLan(tmp_path / "sleepers", {}, neighbours=tmp_path / "none")
    assert again.sleepers() == {"10.1.1.1": HAS}
    again.awake("10.1.1.1")
    assert WakeOnLan(tmp_path / "sleepers", {}).sleepers() == {}
    (tmp_path / "sleepers").write_text("{")
    assert WakeOnLan(tmp_path / "sleepers", {}).sleepers() == {}
    with pytest.raises(CannotWake):
        again.wake("10.1.1.9")


def test_a_packet_really_leaves(tmp_path: Path) -> None:
    """wake() sends the packet by UDP to the configured broadcast address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(5)
        macs = {"n": "02:00:00:00:00:07"}
        WakeOnLan(tmp_path / "sleepers", macs, target=ear.getsockname()).wake("n")
        assert ear.recv(200) == magic_packet("02:00:00:00:00:07")


def question() -> Question:
    return Question(
        instance_id="i-0000000a", platform="linux", needs=Needs(memory=1, disk=2, cores=3),
        nodes="idx=1,ip=a\n", instances="id=i\n",
    )  # fmt: skip


def test_a_policy_program_gets_the_originals_arguments(tmp_path: Path, spin: Any) -> None:
    """Two files, three figures, id, data file, platform; the exit code comes back."""
    program = tmp_path / "policy"
    program.write_text(f'#!/bin/sh\necho "$3 $4 $5 $6 $7 $8" > {tmp_path}/said\n'
                       f'cat "$1" "$2" >> {tmp_path}/said\nexit 2\n')  # fmt: skip
    program.chmod(0o755)
    assert spin(ProgramPlacer(tmp_path).ask(str(program), question())) == 2
    assert (tmp_path / "said").read_text().splitlines() == [
        f"1 2 3 i-0000000a {tmp_path}/schedpolicy.data linux", "idx=1,ip=a", "id=i",
    ]  # fmt: skip
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith("sched")] == []


def test_a_policy_program_that_fails_names_nobody(tmp_path: Path, spin: Any) -> None:
    """A program that is not there or is killed gives no node."""
    assert spin(ProgramPlacer(tmp_path).ask(str(tmp_path / "none"), question())) == 0
    program = tmp_path / "policy"
    program.write_text("#!/bin/sh\nkill -9 $$\n")
    program.chmod(0o755)
    assert spin(ProgramPlacer(tmp_path).ask(str(program), question())) < 0


def test_the_document_is_private_and_whole(tmp_path: Path) -> None:
    """Mode 0600, replaced at once, absent is empty."""
    file = DocumentFile(tmp_path / "doc.xml")
    assert file.load() == b""
    file.save(b"one")
    file.save(b"two")
    assert file.load() == b"two"
    assert (tmp_path / "doc.xml").stat().st_mode & 0o777 == 0o600


def test_settings() -> None:
    """Floors and ceilings, node URLs, policies; every mistake at once."""
    settings = build(Settings, {"NODES": "10.1.1.1 10.1.1.2:9000", "SCHEDPOLICY": "odd",
                                "INSTANCE_TIMEOUT": "1", "MAX_INSTANCES_PER_CC": "99999",
                                "NODE_MACS": "10.1.1.1=02:00:00:00:00:01"}, Path("x"))  # fmt: skip
    path = "/axis2/services/EucalyptusNC"
    assert list(settings.node_urls().values()) == [
        f"http://10.1.1.1:8775{path}", f"http://10.1.1.2:9000{path}",
    ]  # fmt: skip
    assert (settings.policy_name, settings.forget_after, settings.ceiling) == ("GREEDY", 30, 4096)
    assert settings.macs() == {"10.1.1.1": "02:00:00:00:00:01"}
    assert Settings(policy="/nowhere/policy").policy_name == "GREEDY"
    with pytest.raises(BadSettings, match=r"NC_FANOUT=999.*NODE_MACS"):
        build(Settings, {"NC_FANOUT": "999", "NODE_MACS": "x"}, Path("x"))


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"NODES": "file:///etc/passwd"}, id="N-16 a file"),
        pytest.param({"NODES": "http://169.254.169.254/"}, id="N-16 a URL"),
        pytest.param({"NODES": "10.1.1.1:8775/x?y"}, id="N-16 a path"),
        pytest.param({"NODES": "evil@10.1.1.1"}, id="N-16 a user"),
        pytest.param({"NODES": "10.1.1.1:port"}, id="N-16 no port"),
        pytest.param({"NODES": "10.1.1.1 10.1.1.1"}, id="N-16 twice"),
        pytest.param({"CLC_URL": "file:///etc/passwd"}, id="N-16 the cloud in a file"),
        pytest.param({"CLC_URL": "http://evil@h/"}, id="N-16 the cloud with a user"),
    ],
)
def test_only_hosts_are_nodes(told: dict[str, str]) -> None:
    """Whoever is registered is asked by HTTP at a path of ours, and nothing else is fetched."""
    good = {"NODES": "10.1.1.1 node-2.example:9000", "CLC_URL": "http://10.1.1.9:8773"}
    urls = build(Settings, good, Path("x")).node_urls().values()
    assert all(url.startswith("http://") and url.endswith("/EucalyptusNC") for url in urls)
    with pytest.raises(BadSettings, match=r"NODES|CLC_URL"):
        build(Settings, good | told, Path("x"))
