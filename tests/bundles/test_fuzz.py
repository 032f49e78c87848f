# SPDX-License-Identifier: BSD-2-Clause
"""Fuzzers of bundles: manifests that somebody signed, and archives that somebody made."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import tarfile
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cloudcontroller.compute.core import manifest as registering
from eucalyptus.bundles import text
from eucalyptus.bundles.manifest import BadManifest, Manifest, Part
from eucalyptus.bundles.opening import unseal
from eucalyptus.contracts.refusals import Refused
from eucalyptus.wire.certificates import make_key
from tests.bundles.making import SECRET, Keys, ours
from tests.cloudcontroller.compute.street import manifest
from tests.fixtures.cpu import cpu_seconds
from tests.fuzzing import fuzzed, mutants

KEYS = Keys(make_key(), make_key())
BUNDLE = ours(b"image" * 2000, KEYS, kernel_id="eki-1")
SIGNED = re.compile(rb"<machine_configuration>.*</image>", re.DOTALL)


def signed(document: bytes) -> bytes:
    """The same manifest, signed again over what it says now, as an evil user would."""
    found = SIGNED.search(document)
    octets = found.group() if found else b""
    value = text.signer(KEYS.user)(octets).hex().encode()
    return re.sub(rb"<signature>[^<]*", b"<signature>" + value, document)


def read(document: bytes) -> Manifest | None:
    """The manifest, or None when it is refused as it must be."""
    try:
        return text.read(document, [KEYS.user.public_key()])
    except BadManifest:
        return None


@fuzzed(500)
@given(mutants(BUNDLE.document))
@example(BUNDLE.document.replace(b"<size>", "<size>²".encode()))
@example(BUNDLE.document.replace(b"<size>", b"<size>" + b"9" * 5000))
def test_a_signed_manifest_is_read_or_refused(document: bytes) -> None:
    """Whatever its signer made it say; and what is taken names plain files only."""
    read(document)
    found = read(signed(document))
    if found is not None:
        assert all("/" not in part.filename and part.filename[:1] != "\0" for part in found.parts)


@fuzzed(400)
@given(mutants(manifest(), BUNDLE.document))
@example(manifest().replace(b"<size>", "<size>²".encode()).replace(b"67108864", b""))
@example(manifest().replace(b"<size>", b"<size>" + b"9" * 5000))
def test_a_manifest_is_registered_or_refused(document: bytes) -> None:
    """By the other reader of manifests, which looks at sizes and kinds."""
    try:
        found = registering.parse("bucket/x.manifest.xml", document)
    except Refused as refused:
        assert refused.refusal.code == "InvalidManifest"
        return
    assert 0 < found.size < 10**15 and found.parts > 0


def archive(name: str = "disk.img", image: bytes = b"x" * 600, **facts: object) -> bytes:
    """A tar archive with one member."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as made:
        member = tarfile.TarInfo(name)
        member.size = len(image)
        for fact, value in facts.items():
            setattr(member, fact, value)
        made.addfile(member, io.BytesIO(image))
    return out.getvalue()


def sealed(plain: bytes, size: int) -> tuple[Manifest, bytes]:
    """An archive, however broken, in a bundle whose every digest is right."""
    cipher = SECRET.cipher().encryptor()
    packed = gzip.compress(plain)
    pad = 16 - len(packed) % 16
    octets = cipher.update(packed + bytes([pad]) * pad) + cipher.finalize()
    good = text.read(BUNDLE.document, [KEYS.user.public_key()])
    part = Part(filename="x.part.0", sha1=hashlib.sha1(octets).hexdigest())
    made = replace(
        good, parts=(part,), size=size, bundled_size=len(octets),
        digest=hashlib.sha1(plain).hexdigest(),
    )  # fmt: skip
    return made, octets


def unsealed(plain: bytes, size: int) -> bytes | None:
    """The image, or None when it is refused as it must be."""
    made, octets = sealed(plain, size)
    out = bytearray()
    try:
        unseal(made, SECRET, lambda _: [octets], out.extend)
    except BadManifest:
        return None
    return bytes(out)


@st.composite
def archives(draw: st.DrawFn) -> bytes:
    """Archives with odd members, and with odd bytes in their headers."""
    kinds = st.sampled_from(
        [
            tarfile.REGTYPE,
            tarfile.SYMTYPE,
            tarfile.LNKTYPE,
            tarfile.CHRTYPE,
            tarfile.DIRTYPE,
            tarfile.GNUTYPE_LONGNAME,
            b"x",
            b"g",
            b"S",
            b"\0",
        ]
    )
    names = st.sampled_from(["disk.img", "../x", "/etc/passwd", "a" * 90, "."])
    made = bytearray(b"".join(
        archive(draw(names), type=draw(kinds), linkname=draw(names))[:1536]
        for _ in range(draw(st.integers(1, 3)))
    ))  # fmt: skip
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(made) - 1))
        made[at] = draw(st.integers(0, 255))
    return bytes(made) + bytes(draw(st.integers(0, 3)) * 512)


@fuzzed(600)
@given(archives(), st.integers(1, 2000))
def test_an_archive_gives_one_file_or_is_refused(plain: bytes, size: int) -> None:
    """Of exactly the size that the manifest names."""
    image = unsealed(plain, size)
    assert image is None or len(image) == size


def test_the_seeds_are_honest() -> None:
    """Or the mutants would not come far."""
    assert read(BUNDLE.document) == read(signed(BUNDLE.document)) is not None
    assert registering.parse("x", manifest()).parts == 1
    assert unsealed(archive(), 600) == b"x" * 600


@pytest.mark.parametrize("inside", [b"<machine_configuration>", b"<image>"])
def test_a_manifest_full_of_beginnings_is_refused_soon(inside: bytes) -> None:
    """They begin everywhere and end nowhere: as text, where no parser counts them."""
    honest = BUNDLE.document
    text_of_them = b"<![CDATA[" + inside * 49_000 + b"x" * 2_000_000 + b"]]></bundler>"
    document = honest.replace(b"</bundler>", text_of_them, 1)
    assert cpu_seconds(lambda: read(document), 0.25) <= 0.25
