# SPDX-License-Identifier: BSD-2-Clause
"""Bundles for tests, made by our bundler or, independently, by tar, gzip and openssl."""

from __future__ import annotations

import hashlib
import io
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from eucalyptus.bundles import text
from eucalyptus.bundles.making import Bundling, Secret, Wanted
from eucalyptus.bundles.manifest import Manifest
from eucalyptus.wire.certificates import key_pem

SECRET = Secret(key=bytes(range(16)), iv=bytes(range(16, 32)))


@dataclass
class Bundle:
    """A manifest with the bytes of its parts."""

    document: bytes
    parts: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Keys:
    """The user's and the cloud's private keys."""

    user: RSAPrivateKey
    cloud: RSAPrivateKey


def ours(image: bytes, keys: Keys, part_size: int = 4096, **facts: str) -> Bundle:
    """A bundle as our own bundler makes it."""
    wanted = Wanted(name="disk.img", size=len(image), modified=1_700_000_000, part_size=part_size)
    bundling = Bundling(io.BytesIO(image), wanted, SECRET, "disk")
    parts = {part.filename: piece for part, piece in bundling.parts()}
    manifest = Manifest(
        **{"name": "disk", "account_id": "1" * 12, "kind": "machine", "architecture": "x86_64"}
        | facts,  # type: ignore[arg-type]
        digest=bundling.digest, size=len(image), bundled_size=bundling.bundled_size,
        for_cloud=SECRET.wrap(keys.cloud.public_key()),
        for_user=SECRET.wrap(keys.user.public_key()), parts=tuple(bundling.done),
    )  # fmt: skip
    return Bundle(text.write(manifest, text.signer(keys.user)), parts)


def _openssl(directory: Path, *argv: str, feed: bytes = b"") -> bytes:
    done = subprocess.run(["openssl", *argv], input=feed, capture_output=True, cwd=directory)
    assert done.returncode == 0, done.stderr
    return done.stdout


def theirs(image: bytes, keys: Keys, directory: Path, pretty: bool = False) -> Bundle:
    """A bundle made after the format's description with tar, gzip and openssl alone."""
    (directory / "disk.img").write_bytes(image)
    (directory / "user.pem").write_bytes(key_pem(keys.user))
    for name, pair in (("user", keys.user), ("cloud", keys.cloud)):
        public = pair.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (directory / f"{name}.pub").write_bytes(public)
    tar = subprocess.run(
        ["tar", "-chS", "disk.img"], cwd=directory, capture_output=True, check=True
    ).stdout
    key, iv = "00112233445566778899aabbccddeeff", "0f0e0d0c0b0a09080706050403020100"
    packed = subprocess.run(["gzip", "-c"], input=tar, capture_output=True, check=True).stdout
    sealed = _openssl(directory, "enc", "-e", "-aes-128-cbc", "-K", key, "-iv", iv, feed=packed)
    cut = [sealed[at : at + 5000] for at in range(0, len(sealed), 5000)]
    parts = {f"disk.img.part.{number:02d}": piece for number, piece in enumerate(cut)}

    def wrap(name: str, secret: str) -> str:
        argv = ("pkeyutl", "-encrypt", "-pubin", "-inkey", f"{name}.pub",
                "-pkeyopt", "rsa_padding_mode:pkcs1")  # fmt: skip
        return _openssl(directory, *argv, feed=secret.encode()).hex()

    listed = "".join(
        f'<part index="{index}"><filename>{name}</filename>'
        f'<digest algorithm="SHA1">{hashlib.sha1(piece).hexdigest()}</digest></part>'
        for index, (name, piece) in enumerate(parts.items())
    )
    told = {
        "name": "disk.img", "user": "1" * 12, "type": "machine",
        'digest algorithm="SHA1"': hashlib.sha1(tar).hexdigest(),
        "size": len(image), "bundled_size": len(sealed),
        'ec2_encrypted_key algorithm="AES-128-CBC"': wrap("cloud", key),
        'user_encrypted_key algorithm="AES-128-CBC"': wrap("user", key),
        "ec2_encrypted_iv": wrap("cloud", iv), "user_encrypted_iv": wrap("user", iv),
    }  # fmt: skip
    facts = "".join(f"<{name}>{value}</{name.split()[0]}>" for name, value in told.items())
    body = f'<image>{facts}<parts count="{len(parts)}">{listed}</parts></image>'
    return Bundle(_document(directory, body, pretty), parts)


def _document(directory: Path, body: str, pretty: bool) -> bytes:
    machine = "<machine_configuration><architecture>x86_64</architecture></machine_configuration>"
    signed = (machine + body).encode()
    signature = _openssl(directory, "dgst", "-sha1", "-sign", "user.pem", feed=signed).hex()
    if pretty:
        machine, body = machine.replace("><", ">\n  <"), body.replace("><", ">\n  <")
    return (
        '<?xml version="1.0"?><manifest><version>2007-10-10</version><bundler><name>x</name>'
        f"</bundler>{machine}{body}<signature>{signature}</signature></manifest>"
    ).encode()
