# SPDX-License-Identifier: BSD-2-Clause
"""Keys, rules, filters, manifests, image ids and metadata: texts in, values out."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from cloudcontroller.compute.core import groups, images, manifest, metadata
from cloudcontroller.compute.core.groups import Flat, Rule
from cloudcontroller.compute.core.instance import GroupRef, Instance, canonical_id, reason_text
from cloudcontroller.compute.core.keys import colons, created, imported
from cloudcontroller.compute.core.lifecycle import Reason, VmState
from cloudcontroller.compute.core.types import DEFAULTS
from eucalyptus.contracts.ec2.groups import IpPermission, IpRangeItem
from eucalyptus.contracts.refusals import Refused

KEY = generate_private_key(public_exponent=65537, key_size=1024)
PUBLIC = KEY.public_key()
DER = PUBLIC.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
LINE = PUBLIC.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
PEM = PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _ssh2() -> bytes:
    body = LINE.split()[1]
    lines = [body[i : i + 70] for i in range(0, len(body), 70)]
    return b"\n".join(
        [b"---- BEGIN SSH2 PUBLIC KEY ----", b'Comment: "a key that\\', b'goes on"', *lines,
         b"---- END SSH2 PUBLIC KEY ----"]
    )  # fmt: skip


@pytest.mark.parametrize("text", [LINE, LINE + b" me@here\n", PEM, DER, _ssh2()])
def test_every_form_of_a_public_key_is_the_same_key(text: bytes) -> None:
    """OpenSSH, PKCS#8 in PEM and DER, SSH2; fingerprint: MD5 of the DER."""
    pair = imported("a", "n", base64.b64encode(text).decode())
    assert pair.public_key == LINE.decode() + " n"
    assert pair.fingerprint == colons(hashlib.md5(DER).digest())


def test_material_that_is_not_encoded_is_taken_too() -> None:
    """Some clients forget the base64."""
    assert imported("a", "n", LINE.decode()).public_key == LINE.decode() + " n"


def test_ed25519_keys_are_taken() -> None:
    """With EC2's fingerprint for them."""
    line = Ed25519PrivateKey.generate().public_key()
    text = line.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    pair = imported("a", "n", base64.b64encode(text).decode())
    assert pair.fingerprint.endswith("=") and len(pair.fingerprint) == 44


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda b: base64.b64encode(b).decode()))
def test_garbage_is_no_key(material: str) -> None:
    """Refused, never an accident."""
    with pytest.raises(Refused):
        imported("a", "n", material)


def test_a_created_keys_fingerprint_is_of_the_private_key() -> None:
    """SHA-1 of its PKCS#8 DER."""
    made = created(KEY, "n")
    der = KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert made.fingerprint == colons(hashlib.sha1(der).digest())


# --- rules -------------------------------------------------------------------------------------
def nobody(source: groups.Source) -> tuple[str, str]:
    """No test here names a group."""
    raise AssertionError(source)


def rule(protocol: str, first: int | None, last: int | None, cidr: str = "1.2.3.0/24") -> Any:
    """The rules of one permission."""
    permission = IpPermission(
        ip_protocol=protocol, from_port=first, to_port=last, ip_ranges=(IpRangeItem(cidr_ip=cidr),)
    )
    return groups.rules((permission,), nobody)


@given(st.sampled_from(["tcp", "udp", "icmp", "-1", "TCP", "17", "gre", ""]),
       st.none() | st.integers(-3, 70000), st.none() | st.integers(-3, 70000))  # fmt: skip
def test_rules_are_canonical_or_refused(protocol: str, first: int | None, last: int | None) -> None:
    """Ports within 0-65535, ICMP within -1-255, protocols by name."""
    try:
        made = rule(protocol, first, last)
    except Refused as refused:
        assert refused.refusal.code == "InvalidPermission.Malformed"
        return
    for one in made:
        assert one.protocol in groups.ALL_PROTOCOLS
        if one.protocol == "icmp":
            assert -1 <= one.first <= 255 and -1 <= one.last <= 255
        else:
            assert 0 <= one.first <= one.last <= 65535


def test_rules_say_what_was_meant() -> None:
    """Examples."""
    assert rule("tcp", 22, 22, "10.1.2.3") == (
        Rule(protocol="tcp", first=22, last=22, cidr="10.1.2.3/32"),
    )
    assert [r.protocol for r in rule("-1", -1, -1)] == ["tcp", "udp", "icmp"]
    assert rule("icmp", 8, -1)[0].last == -1
    assert str(rule("tcp", 1, 2)[0]) == "tcp 1-2 from 1.2.3.0/24"
    flat = Flat(protocol=None, first=None, last=None, cidr="1.2.3.4/32", source_name=None,
                source_owner=None)  # fmt: skip
    with pytest.raises(Refused, match="names no protocol"):
        groups.permissions_of((), flat)


# --- images ------------------------------------------------------------------------------------
@given(st.binary(max_size=200))
def test_garbage_is_no_manifest(document: bytes) -> None:
    """Refused, never an accident."""
    with pytest.raises(Refused, match="cannot be used"):
        manifest.parse("b/k", document)


@pytest.mark.parametrize(
    "body",
    ["", "<image/>", "<image><size>x</size></image>", "<image><size>0</size></image>",
     "<image><size>5</size><parts/></image>"],
)  # fmt: skip
def test_incomplete_manifests(body: str) -> None:
    """Each with its reason; a DOCTYPE is never read."""
    with pytest.raises(Refused):
        manifest.parse("b/k", f"<manifest>{body}</manifest>".encode())
    with pytest.raises(Refused, match="not a manifest"):
        manifest.parse("b/k", b"<!DOCTYPE a [<!ENTITY b 'c'>]><manifest/>")


def test_ids_are_canonical() -> None:
    """Upper case and Amazon's prefixes are taken."""
    assert images.canonical_id(" EMI-0A1B2C3D ") == "emi-0a1b2c3d"
    assert images.canonical_id("ami-0a1b2c3d") == "emi-0a1b2c3d"
    assert canonical_id("I-0A1B2C3D") == "i-0a1b2c3d"
    for wrong in ("", "emi-", "emi-0a1b2c3", "vol-0a1b2c3d", "emi-0a1b2c3d; drop"):
        with pytest.raises(Refused):
            images.canonical_id(wrong)
        with pytest.raises(Refused):
            canonical_id(wrong)


# --- metadata ----------------------------------------------------------------------------------
ONE = Instance(
    instance_id="i-00000001", uuid="u", reservation_id="r-1", account_id="1", user_id="u",
    client_token="", state=VmState.RUNNING, reason=Reason.NORMAL, says="", image_id="emi-1",
    manifest="b/k", kernel_id="", ramdisk_id="", architecture="x86_64", platform="",
    virtualization="hvm", root_device="/dev/sda", type=DEFAULTS[0], zone="one", key_name="mine",
    public_key="ssh-rsa AAAA mine", user_data=b"\x00data", launch_index=3, monitoring=False,
    private_ip="10.0.0.5", mac="d0:0d:00:00:00:01", created=0.0, changed=0.0, reported=None,
    expires=None, node="", guest="", reachable=True, asked=None, heard=False,
    groups=(GroupRef(group_id="sg-1", name="default"), GroupRef(group_id="sg-2", name="web")),
)  # fmt: skip
FACTS = metadata.Facts(instance=ONE)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", b"dynamic\nmeta-data\nuser-data"),
        ("user-data", b"\x00data"),
        ("meta-data/instance-id", b"i-00000001"),
        ("meta-data/ami-launch-index", b"3"),
        ("meta-data/security-groups", b"default\nweb"),
        ("meta-data/public-keys", b"0=mine"),
        ("meta-data/public-keys/", b"0=mine"),
        ("meta-data/public-keys/0", b"openssh-key"),
        ("meta-data/public-keys/0/openssh-key", b"ssh-rsa AAAA mine"),
        ("meta-data/placement/", b"availability-zone"),
        ("meta-data/mac", b"D0:0D:00:00:00:01"),
        ("meta-data/network/interfaces/macs/", b"d0:0d:00:00:00:01/"),
        ("meta-data/block-device-mapping/root", b"/dev/sda"),
        ("meta-data//local-ipv4", b"10.0.0.5"),
        ("dynamic/fws/instance-monitoring", b"disabled"),
        ("meta-data/kernel-id", None),
        ("meta-data/nothing", None),
        ("meta-data/instance-id/more", None),
        ("../../etc/passwd", None),
    ],
)
def test_metadata(path: str, expected: bytes | None) -> None:
    """Leaves, folders and what is not there."""
    assert metadata.read(FACTS, path) == expected


def test_every_listed_name_can_be_read() -> None:
    """A walk from the top finds every leaf, as cloud-init does it."""

    def walk(folder: str) -> set[str]:
        listed = metadata.read(FACTS, folder)
        assert listed is not None
        found: set[str] = set()
        for name in listed.decode().split("\n"):
            path = f"{folder}{name}"
            found |= walk(path) if name.endswith("/") else {path}
        return found

    leaves = {p for p in metadata.tree(FACTS) if p.startswith("meta-data/")}
    walked = walk("meta-data/")
    assert leaves - walked == {"meta-data/public-keys/0/openssh-key"}


def test_without_key_and_user_data() -> None:
    """Nothing is listed that is not there."""
    bare = metadata.Facts(instance=replace(ONE, public_key="", user_data=b"", kernel_id="eki-1"))
    assert metadata.read(bare, "") == b"dynamic\nmeta-data"
    assert metadata.read(bare, "user-data") is None
    assert metadata.read(bare, "meta-data/public-keys") is None
    assert metadata.read(bare, "meta-data/block-device-mapping/swap") == b"sda3"


def test_versions() -> None:
    """The listed ones, and any date."""
    assert all(metadata.is_version(v) for v in (*metadata.VERSIONS, "2021-03-23"))
    assert not any(metadata.is_version(v) for v in ("", "services", "2021-3-23", "latest2"))


def test_reasons_read_as_ec2s() -> None:
    """ "" while nothing happened."""
    assert reason_text(ONE) == ""
    ended = replace(ONE, reason=Reason.USER_TERMINATED, says="x")
    assert reason_text(ended) == "User initiated (1970-01-01 00:00:00 GMT)"
