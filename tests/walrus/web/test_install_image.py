# SPDX-License-Identifier: BSD-2-Clause
"""euca-install-image against a real Walrus and a compute service that takes notes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from twisted.internet import reactor
from twisted.internet.defer import maybeDeferred
from twisted.web.resource import Resource
from twisted.web.server import Site

from eucalyptus.cli.install_image import main
from eucalyptus.wire.certificates import key_pem
from tests.fixtures.reactor import spin
from tests.walrus.serving import ALICE, ALICE_PAIR, CLOUD, CLOUD_PAIR, Served, blocking
from tests.walrus.signing import presigned

IMAGE = os.urandom(3_000_000) + b"\0" * 2_000_000


@dataclass
class Compute(Resource):
    """Answers RegisterImage, or refuses it; keeps what was asked."""

    port: int = 0
    refuses: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    isLeaf = True

    def __hash__(self) -> int:
        return id(self)

    def render_POST(self, request: Any) -> bytes:
        """One registration."""
        self.asked.append({k.decode(): v[0].decode() for k, v in request.args.items()})
        if self.refuses:
            request.setResponseCode(400)
            return (
                b"<Response><Errors><Error><Code>InvalidAMIName.Duplicate</Code><Message>taken"
                b"</Message></Error></Errors><RequestID>r</RequestID></Response>"
            )
        return b'<RegisterImageResponse xmlns="x"><imageId>emi-1</imageId></RegisterImageResponse>'


@pytest.fixture
def compute() -> Iterator[Compute]:
    """The note-taking service on a loopback port."""
    made = Compute()
    Resource.__init__(made)
    loop: Any = reactor
    listening = loop.listenTCP(0, Site(made), interface="127.0.0.1")
    made.port = listening.getHost().port
    yield made
    spin(maybeDeferred(listening.stopListening))


@pytest.fixture
def sourced(
    served: Served, compute: Compute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """An environment as eucarc makes it; gives the image's file."""
    served.people.certificates.append(ALICE_PAIR.of(ALICE))

    def keep(name: str, key: RSAPrivateKey, pem: bytes) -> None:
        (tmp_path / f"{name}-pk.pem").write_bytes(key_pem(key))
        (tmp_path / f"{name}-cert.pem").write_bytes(pem)

    keep("user", ALICE_PAIR.key, ALICE_PAIR.pem)
    keep("cloud", CLOUD_PAIR.key, CLOUD_PAIR.pem)
    for name, value in {
        "S3_URL": served.url, "EC2_URL": f"http://127.0.0.1:{compute.port}/services/compute",
        "AWS_ACCESS_KEY_ID": ALICE.key_id, "AWS_SECRET_ACCESS_KEY": ALICE.secret,
        "EC2_USER_ID": ALICE.principal.account_id, "EC2_CERT": f"{tmp_path}/user-cert.pem",
        "EC2_PRIVATE_KEY": f"{tmp_path}/user-pk.pem",
        "EUCALYPTUS_CERT": f"{tmp_path}/cloud-cert.pem", "EUCA_CONFIG_PATH": "/nowhere",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    image = tmp_path / "disk.img"
    image.write_bytes(IMAGE)
    return image


def test_bundle_upload_register(
    served: Served, compute: Compute, sourced: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twice the same: the bucket may be there already; then a node gets the very image."""
    argv = [str(sourced), "-b", "images/debian", "-n", "deb", "--virtualization-type", "hvm",
            "--part-size", "1", "--json"]  # fmt: skip

    def talk() -> bytes:
        import urllib.request

        main(argv)
        main(argv)
        url = f"{served.url}/image/images/debian/disk.img.manifest.xml"
        with urllib.request.urlopen(presigned(url, CLOUD)) as reply:
            return bytes(reply.read())

    assert blocking(talk) == IMAGE
    said = capsys.readouterr()
    facts = json.loads(said.out[said.out.rindex("{") :])
    assert facts["image_id"] == "emi-1" and facts["type"] == "machine" and facts["parts"] >= 3
    assert "uploaded images/debian/disk.img.manifest.xml" in said.err
    assert compute.asked[0] == {
        "Action": "RegisterImage", "Version": "2013-02-01", "Name": "deb",
        "ImageLocation": "images/debian/disk.img.manifest.xml", "Architecture": "x86_64",
        "VirtualizationType": "hvm",
    }  # fmt: skip


def test_a_kernel(served: Served, compute: Compute, sourced: Path) -> None:
    """``--kernel true`` makes the image one; a machine image names its kernel."""
    import urllib.request

    def describe() -> Any:
        url = f"{served.url}/image/images/disk.img.manifest.xml"
        with urllib.request.urlopen(presigned(url, CLOUD, "describe=")) as reply:
            return json.load(reply)

    def talk() -> None:
        main([str(sourced), "-b", "images", "-n", "k", "--kernel", "true"])
        assert describe()["type"] == "kernel"
        main([str(sourced), "-b", "images", "-n", "m", "--kernel", "eki-1", "--ramdisk", "eri-1"])
        assert (describe()["kernel"], describe()["ramdisk"]) == ("eki-1", "eri-1")

    blocking(talk)
    assert "KernelId" not in compute.asked[0]
    assert compute.asked[1]["KernelId"] == "eki-1"


def _ends(argv: list[str]) -> str:
    def talk() -> str:
        with pytest.raises(SystemExit) as ended:
            main(argv)
        return str(ended.value.code)

    return blocking(talk)


def test_what_can_go_wrong_is_said(
    compute: Compute, sourced: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refusals, missing files, missing credentials: one sentence, no traceback."""
    compute.refuses = True
    basic = [str(sourced), "-b", "images", "-n", "x"]
    assert "InvalidAMIName.Duplicate: taken" in _ends(basic)
    assert "InvalidBucketName" in _ends([str(sourced), "-b", "No", "-n", "x"])
    assert "No such file" in _ends(["/nowhere/disk", "-b", "images", "-n", "x"])
    assert _ends(["-b", "images", "-n", "x"]) == "2"
    assert _ends([*basic, "--kernel", "true", "--ramdisk", "true"]) == "2"
    (sourced.parent / "empty").touch()
    assert "is empty" in _ends([f"{sourced.parent}/empty", "-b", "images", "-n", "x"])
    monkeypatch.setenv("EC2_PRIVATE_KEY", f"{sourced.parent}/cloud-pk.pem")
    assert "does not belong" in _ends(basic)
    monkeypatch.delenv("EC2_CERT")
    assert "EC2_CERT" in _ends(basic)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    monkeypatch.delenv("S3_URL")
    assert "S3_URL" in _ends(basic)
