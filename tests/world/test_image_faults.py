# SPDX-License-Identifier: BSD-2-Clause
"""Images that are damaged, and a disk that fills up while one arrives: on a rehearsing node."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.internet import reactor
from twisted.internet.defer import maybeDeferred
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

from eucalyptus.contracts.internal import VirtualBootRecord, VirtualMachine
from eucalyptus.database.run import Database
from tests.bundles.making import Keys, ours
from tests.fixtures.reactor import spin
from tests.walrus.serving import (
    ALICE,
    ALICE_PAIR,
    CLOUD,
    CLOUD_PAIR,
    People,
    Served,
    blocking,
    serve,
)
from tests.walrus.signing import presigned
from tests.world.filling import fill, small_disk
from tests.world.node import RealNode

FIRST, SECOND = "i-00000001", "i-00000002"
MIB = 2**20
KEY = "images/disk.manifest.xml"


@pytest.fixture
def walrus(database: Database, tmp_path: Path) -> Iterator[Served]:
    """An object store that knows Alice's certificate."""
    people = People()
    people.certificates.append(ALICE_PAIR.of(ALICE))
    made, listening = serve(database, tmp_path, people)
    yield made
    spin(maybeDeferred(listening.stopListening))


@pytest.fixture
def state() -> Iterator[Path]:
    """A state directory."""
    made = Path(tempfile.mkdtemp(prefix="eucanc", dir="/tmp"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def machine(url: str, size: int) -> VirtualMachine:
    """A whole disk that comes from ``url``."""
    root = VirtualBootRecord(
        type="machine", guest_device_name="sda", resource_location=url, size=size, format="none",
        id="emi-1",
    )  # fmt: skip
    return VirtualMachine(name="m1", memory=64, cores=1, disk=1, virtual_boot_record=(root,))


def left(place: Path) -> list[str]:
    """What lies in the cache and the instances' folders."""
    files = [*place.glob("cache/**/*"), *place.glob("work/**/*")]
    return [str(p.relative_to(place)) for p in files if p.is_file()]


def test_an_image_damaged_after_its_registration(walrus: Served, state: Path) -> None:
    """A byte of a part flips on the object store's disk: the instance ends and says so; neither
    the node nor the object store keeps anything of it."""
    image = bytes(range(256)) * 1024
    bundle = ours(image, Keys(ALICE_PAIR.key, CLOUD_PAIR.key))

    def upload() -> None:
        s3 = walrus.boto3()
        s3.create_bucket(Bucket="first")
        for name, piece in bundle.parts.items():
            s3.put_object(Bucket="first", Key=f"images/{name}", Body=piece)
        s3.put_object(Bucket="first", Key=KEY, Body=bundle.document)

    blocking(upload)
    biggest = max((walrus.root / "objects").glob("*/*"), key=lambda p: p.stat().st_size)
    damaged = bytearray(biggest.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    biggest.write_bytes(damaged)

    node = RealNode(state, None)
    node.start()
    try:
        node.until(node.is_enabled, 40)
        url = presigned(f"{walrus.url}/image/first/{KEY}", CLOUD)
        node.run(FIRST, machine(url, MIB))
        node.until(lambda: node.is_over(FIRST), 30)
        said = node.states()[FIRST]
        assert "emi-1" in said and "manifest" in said.lower(), said
        assert left(state / "instances") == []
        assert list((walrus.root / "images").iterdir()) == []
    finally:
        node.close()


class Halting(Resource):
    """An image that stops half-way until ``go_on`` is called."""

    isLeaf = True

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size, self.waiting = size, list[Request]()

    def render_GET(self, request: Request) -> int:
        """Begin."""
        request.setHeader("Content-Length", str(self.size))
        request.write(b"x" * (self.size // 2))
        self.waiting.append(request)
        return NOT_DONE_YET

    def go_on(self) -> None:
        """Send the rest."""
        for request in self.waiting:
            request.write(b"x" * (self.size - self.size // 2))
            request.finish()


@pytest.fixture
def small() -> Iterator[Path]:
    """A small file system."""
    with small_disk() as place:
        yield place


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system")
def test_a_disk_that_fills_up_while_an_image_arrives(small: Path, state: Path) -> None:
    """That instance ends and says why; nothing of it is left; the other one runs on, over a
    restart too; with room again there are new ones."""
    image = Halting(8 * MIB)
    port = reactor.listenTCP(0, Site(image), interface="127.0.0.1")  # type: ignore[attr-defined]
    url = f"http://127.0.0.1:{port.getHost().port}/"
    plain = state / "plain"
    plain.write_bytes(b"x" * MIB)
    node = RealNode(state, None, INSTANCE_PATH=small, MONITORING_PERIOD=0.5, MAX_DISK=4)
    node.start()
    try:
        node.until(node.is_enabled, 40)
        node.run(FIRST, machine(plain.as_uri(), MIB))
        node.until(lambda: node.is_running(FIRST), 30)
        before = left(small)
        node.run(SECOND, machine(url + "image", 8 * MIB))
        node.until(lambda: bool(image.waiting), 30)
        fill(small)
        image.go_on()
        node.until(lambda: node.is_over(SECOND), 30)
        assert "disk of the node is full" in node.states()[SECOND]
        assert sorted(left(small)) == sorted(before)
        assert node.is_running(FIRST)
        (small / "filler").unlink()
        node.stop()
        node.start()
        node.until(lambda: node.is_running(FIRST), 40)
        assert node.is_over(SECOND)
    finally:
        node.close()
        spin(maybeDeferred(port.stopListening))
