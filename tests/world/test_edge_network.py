# SPDX-License-Identifier: BSD-2-Clause
"""eucanetd for real: a host and guests as namespaces, with nft, dnsmasq and a DHCP client."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from eucalyptus.wire.networkinfo import World, write
from tests.eucanetd.worlds import guest, world

Turn = Callable[[Callable[[], bool], float], None]
ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("ip", "nft", "dnsmasq", "busybox")
pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {TOOLS}"),
]
HOST = f"eucl-h{os.getpid()}"
GUEST, OTHER = guest(0xA), guest(0xB)

ECHO = """
import http.server, sys
class Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        said = f"{self.client_address[0]} {self.path}".encode()
        self.send_response(200); self.send_header("Content-Length", str(len(said)))
        self.end_headers(); self.wfile.write(said)
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Echo).serve_forever()
"""
FETCH = """
import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1], timeout=3).read().decode())
"""
INSPECT = """
import json, sys
from pathlib import Path
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from eucanetd.inspection import inspect
def show(found):
    print(json.dumps(sorted([each.kind, each.id] for each in found.seen)))
work = Deferred.fromCoroutine(inspect(Path(sys.argv[1])))
work.addCallback(show).addBoth(lambda _: reactor.callLater(0, reactor.stop))
reactor.run()
"""
LEASE = """#!/bin/sh
case "$1" in bound|renew)
  ip addr flush dev eth0; ip addr add $ip/$mask dev eth0; ip route replace default via $router
  echo "$ip $mask $router $dns $domain" ;;
esac
"""


def sh(*argv: str, check: bool = True, **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, check=check, text=True, capture_output=True, timeout=20, **more)  # type: ignore[call-overload,no-any-return]


def inside(namespace: str, *argv: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return sh("ip", "netns", "exec", namespace, *argv, check=check, env=env)


def ended(process: subprocess.Popen[bytes]) -> Callable[[], bool]:
    return lambda: process.poll() is not None


class Street:
    """A host with eucanetd, an outside world behind it, and guests on taps."""

    def __init__(self, at: Path, turn: Turn) -> None:
        self.at, self.turn = at, turn
        self.namespaces: list[str] = []
        self.processes: list[subprocess.Popen[bytes]] = []
        self.run = at / "run"
        self.run.mkdir()
        self.config = at / "eucalyptus.conf"
        self.config.write_text(f'EUCALYPTUS_STATE="{at}"\nVNET_BRIDGE="euclbr0"\n')
        self.namespace(HOST)
        outside = self.namespace(f"eucl-o{os.getpid()}")
        sh("ip", "-n", HOST, "link", "add", "up0", "type", "veth", "peer", "name", "eth0",
           "netns", outside)  # fmt: skip
        for name, device, address in ((HOST, "up0", "10.1.1.7"), (outside, "eth0", "10.1.1.9")):
            sh("ip", "-n", name, "addr", "add", f"{address}/24", "dev", device)
            sh("ip", "-n", name, "link", "set", device, "up")
        self.outside = outside
        self.serve(HOST, "0.0.0.0", "8773")
        self.serve(outside, "10.1.1.9", "80")

    def namespace(self, name: str) -> str:
        sh("ip", "netns", "add", name)
        self.namespaces.append(name)
        sh("ip", "-n", name, "link", "set", "lo", "up")
        return name

    def serve(self, namespace: str, address: str, port: str) -> None:
        self.begin(namespace, sys.executable, "-c", ECHO, address, port)

    def begin(self, namespace: str, *argv: str) -> subprocess.Popen[bytes]:
        log = (self.at / "log").open("ab")
        process = subprocess.Popen(
            ["ip", "netns", "exec", namespace, *argv], cwd=ROOT, stdout=log, stderr=log,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        self.processes.append(process)
        return process

    def eucanetd(self) -> subprocess.Popen[bytes]:
        code = "from eucanetd.service import main; main()"
        return self.begin(HOST, sys.executable, "-c", code, "--config", str(self.config))

    def give(self, made: World) -> None:
        fresh = self.run / "fresh"
        fresh.write_bytes(write(made))
        fresh.replace(self.run / "global_network_info.xml")

    def said(self) -> dict[str, object]:
        try:
            found: dict[str, object] = json.loads((self.run / "net/applied.json").read_text())
        except OSError:
            return {}
        return found

    def wait_for(self, made: World) -> None:
        self.turn(lambda: self.said().get("version") == made.version, 15)

    def guest(self, tap: str, mac: str) -> str:
        name = self.namespace(f"eucl-{tap[-4:]}{os.getpid()}")
        sh("ip", "-n", HOST, "link", "add", tap, "type", "veth", "peer", "name", "eth0",
           "address", mac, "netns", name)  # fmt: skip
        sh("ip", "-n", HOST, "link", "set", tap, "master", "euclbr0", "up")
        sh("ip", "-n", name, "link", "set", "eth0", "up")
        return name

    def lease(self, namespace: str) -> list[str]:
        script = self.at / "lease.sh"
        script.write_text(LEASE)
        script.chmod(0o755)
        done = inside(namespace, "busybox", "udhcpc", "-i", "eth0", "-n", "-q", "-f", "-t", "4",
                      "-T", "1", "-s", str(script), check=False)  # fmt: skip
        return done.stdout.split()

    def server(self) -> int:
        return int((self.run / "net/euca-dhcp.pid").read_text())

    def down(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait(10)
        pid = self.run / "net/euca-dhcp.pid"
        if pid.exists():
            os.kill(int(pid.read_text()), signal.SIGKILL)
        for name in self.namespaces:
            sh("ip", "netns", "del", name, check=False)


@pytest.fixture
def street(tmp_path: Path, turn: Turn) -> Iterator[Street]:
    made = Street(tmp_path, turn)
    try:
        yield made
    finally:
        made.down()


def fetch(namespace: str, url: str) -> str:
    return inside(namespace, sys.executable, "-c", FETCH, url, check=False).stdout.strip()


def test_a_guest_gets_its_address_and_reaches_what_it_may(street: Street) -> None:
    """DHCP by MAC, metadata under its own address, the world under the host's, no spoofing."""
    street.eucanetd()
    made = world(GUEST, OTHER, clc="10.1.1.7")
    street.give(made)
    street.wait_for(made)
    assert street.said()["instances"] == ["i-0000000a", "i-0000000b"]
    first = street.guest("vn_i-0000000a", GUEST.mac_address)
    second = street.guest("vn_i-0000000b", OTHER.mac_address)
    stranger = street.guest("vn_i-0000000c", "d0:0d:00:00:00:0c")
    assert street.lease(first)[:3] == ["172.31.0.26", "20", "172.31.0.1"]
    assert street.lease(first)[3:] == ["10.1.1.1", "one.internal"]
    assert street.lease(second)[:1] == ["172.31.0.27"]
    assert street.lease(stranger) == []

    path = "/latest/meta-data/instance-id"
    assert fetch(first, f"http://169.254.169.254{path}") == f"172.31.0.26 {path}"
    assert fetch(first, "http://10.1.1.9/") == "10.1.1.7 /"
    assert inside(first, "busybox", "ping", "-c", "1", "-W", "2", "172.31.0.27").returncode == 0

    sh("ip", "-n", first, "addr", "add", "172.31.0.99/20", "dev", "eth0")
    spoof = ["busybox", "ping", "-c", "1", "-W", "1", "-I", "172.31.0.99", "172.31.0.27"]
    assert inside(first, *spoof, check=False).returncode != 0
    sh("ip", "-n", second, "link", "set", "eth0", "address", "d0:0d:00:00:00:99")
    assert inside(second, "busybox", "ping", "-c", "1", "-W", "1", "172.31.0.1",
                  check=False).returncode != 0  # fmt: skip


KNOCK = """
import socket, sys
line = socket.socket()
line.settimeout(2)
line.bind((sys.argv[1], 0))
try:
    line.connect(("169.254.169.254", 80))
except OSError:
    print("silence")
else:
    print("an answer")
"""


def test_m01_nobody_gets_the_metadata_of_another(street: Street) -> None:
    """The victim's address, as an alias and with its MAC, one that nobody has, an outsider's, the
    host's own: nothing comes back. The guest's own address is answered before and after."""
    street.eucanetd()
    made = world(GUEST, OTHER, clc="10.1.1.7")
    street.give(made)
    street.wait_for(made)
    first = street.guest("vn_i-0000000a", GUEST.mac_address)
    street.guest("vn_i-0000000b", OTHER.mac_address)
    assert street.lease(first)[:1] == ["172.31.0.26"]

    def knock(source: str) -> str:
        sh("ip", "-n", first, "addr", "add", f"{source}/20", "dev", "eth0", check=False)
        return inside(first, sys.executable, "-c", KNOCK, source).stdout.strip()

    assert knock("172.31.0.26") == "an answer"
    for source in ("172.31.0.27", "172.31.0.99", "10.1.1.9", "127.0.0.5"):
        assert knock(source) == "silence", source
    sh("ip", "-n", first, "link", "set", "eth0", "address", OTHER.mac_address)
    assert knock("172.31.0.27") == "silence"
    sh("ip", "-n", first, "link", "set", "eth0", "address", GUEST.mac_address)
    assert knock("172.31.0.26") == "an answer"


def test_it_survives_us_and_is_mended(street: Street, turn: Turn) -> None:
    """kill -9: rules and DHCP stay, are taken over, and what was broken meanwhile is mended."""
    process = street.eucanetd()
    made = world(GUEST, clc="10.1.1.7")
    street.give(made)
    street.wait_for(made)
    first = street.guest("vn_i-0000000a", GUEST.mac_address)
    server = street.server()

    process.kill()
    turn(ended(process), 5)
    assert street.lease(first)[:1] == ["172.31.0.26"]
    assert fetch(first, "http://169.254.169.254/x") == "172.31.0.26 /x"

    inside(HOST, "nft", "flush", "ruleset")
    (street.run / "net/applied.json").unlink()
    (street.run / "global_network_info.xml").write_bytes(b"<network-data")
    second = street.eucanetd()
    street.wait_for(made)
    assert street.server() == server
    assert "dport 80" in inside(HOST, "nft", "list", "ruleset").stdout

    refused = street.eucanetd()
    turn(ended(refused), 15)
    assert refused.returncode == 1 and second.poll() is None

    (street.run / "net/applied.json").unlink()
    os.kill(server, signal.SIGKILL)
    inside(HOST, "ip", "link", "del", "euclbr0")
    os.kill(second.pid, signal.SIGHUP)
    street.wait_for(made)
    assert street.server() != server
    assert "172.31.0.1/20" in inside(HOST, "ip", "addr", "show", "dev", "euclbr0").stdout
    assert fetch(first, "http://169.254.169.254/y") == "172.31.0.26 /y"

    second.terminate()
    turn(ended(second), 10)
    assert not (street.run / "eucanetd.pid").exists()


def test_everything_is_seen_by_the_inspection(street: Street) -> None:
    """euca-verify finds a guest's tap, rules and lease, the rule tables and the DHCP server."""
    street.eucanetd()
    made = world(GUEST)
    street.give(made)
    street.wait_for(made)
    street.guest("vn_i-0000000a", GUEST.mac_address)
    seen = json.loads(inside(HOST, sys.executable, "-c", INSPECT, str(street.config)).stdout)
    assert seen == [
        ["lease", "i-0000000a"], ["network", "dhcp-server"], ["network", "rules"],
        ["rule", "i-0000000a"], ["tap", "i-0000000a"],
    ]  # fmt: skip


def test_an_address_passes_to_a_new_guest(street: Street) -> None:
    """The former owner's lease does not keep the new one from getting the address."""
    street.eucanetd()
    street.give(world(GUEST))
    street.wait_for(world(GUEST))
    assert street.lease(street.guest("vn_i-0000000a", GUEST.mac_address))
    heir = replace(OTHER, private_ip=GUEST.private_ip)
    street.give(world(heir))
    street.wait_for(world(heir))
    second = street.guest("vn_i-0000000b", OTHER.mac_address)
    assert street.lease(second)[:1] == [str(GUEST.private_ip)]
