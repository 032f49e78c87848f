# SPDX-License-Identifier: BSD-2-Clause
"""Bundles of certified users whose archive is not one plain file: nothing of it is used."""

from __future__ import annotations

import gzip
import hashlib
import io
import resource
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping

import pytest
from cryptography.hazmat.primitives.padding import PKCS7

from eucalyptus.bundles import text
from eucalyptus.bundles.manifest import BadManifest, Manifest, Part
from eucalyptus.bundles.opening import unseal, unwrap
from eucalyptus.wire.certificates import make_key
from tests.bundles.making import SECRET, Bundle, Keys

KEYS = Keys(make_key(), make_key())
SIZE = 4096
MIB = 2**20

Fill = Callable[[tarfile.TarFile], object]


def member(name: str = "disk.img", size: int = SIZE, **facts: object) -> tarfile.TarInfo:
    """The header of a member."""
    made = tarfile.TarInfo(name)
    made.size = size
    for fact, value in facts.items():
        setattr(made, fact, value)
    return made


def plain(archive: tarfile.TarFile) -> None:
    """One file, as it should be."""
    archive.addfile(member(), io.BytesIO(b"\x07" * SIZE))


def special(kind: bytes, target: str = "") -> Fill:
    """One member that is no file."""
    return lambda archive: archive.addfile(member(size=0, type=kind, linkname=target))


def linked(archive: tarfile.TarFile) -> None:
    """A link to a folder, then a file through it."""
    archive.addfile(member("x", 0, type=tarfile.SYMTYPE, linkname="/etc"))
    archive.addfile(member("x/cron.d/evil"), io.BytesIO(b"\x07" * SIZE))


def two(archive: tarfile.TarFile) -> None:
    """Two files."""
    plain(archive)
    archive.addfile(member("second"), io.BytesIO(b"\x08" * SIZE))


def many(archive: tarfile.TarFile) -> None:
    """A file and very many empty ones."""
    plain(archive)
    for number in range(2000):
        archive.addfile(member(f"n{number}", 0))


def tar(fill: Fill) -> bytes:
    """An archive."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        fill(archive)
    return out.getvalue()


def pax_sparse(size: int) -> bytes:
    """A sparse file by a PAX header that claims ``size`` bytes of data after it."""
    out = io.BytesIO()
    headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(size)}
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(member(size=512, pax_headers=headers), io.BytesIO(b"0\n".ljust(512, b"\0")))
    return out.getvalue()


def longname_loop() -> bytes:
    """Headers of long names, each naming the next, and never a file."""
    header = member("././@LongLink", 512, type=tarfile.GNUTYPE_LONGNAME)
    return (header.tobuf(tarfile.GNU_FORMAT) + b"a" * 512) * 20_000


def bundle(packed: bytes, archive: bytes, size: int = SIZE) -> Bundle:
    """A properly signed bundle of ``packed``, of which ``archive`` is said to be the content."""
    pad, aes = PKCS7(128).padder(), SECRET.cipher().encryptor()
    sealed = aes.update(pad.update(packed) + pad.finalize()) + aes.finalize()
    part = Part(filename="disk.part.0", sha1=hashlib.sha1(sealed).hexdigest())
    manifest = Manifest(
        name="disk", account_id="1" * 12, kind="machine", architecture="x86_64",
        digest=hashlib.sha1(archive).hexdigest(), size=size, bundled_size=len(sealed),
        for_cloud=SECRET.wrap(KEYS.cloud.public_key()),
        for_user=SECRET.wrap(KEYS.user.public_key()), parts=(part,),
    )  # fmt: skip
    return Bundle(text.write(manifest, text.signer(KEYS.user)), {part.filename: sealed})


def opened(made: Bundle) -> bytes:
    """The image of a bundle, as far as it was given out."""
    manifest = text.read(made.document, [KEYS.user.public_key()])
    out = bytearray()

    def parts(part: Part) -> Iterator[bytes]:
        yield made.parts[part.filename]

    unseal(manifest, unwrap(manifest, KEYS.cloud), parts, out.extend)
    return bytes(out)


ARCHIVES: Mapping[str, bytes] = {
    "G-11 path upward": tar(lambda a: a.addfile(member("../../etc/x", 0))),
    "G-11 symbolic link": tar(special(tarfile.SYMTYPE, "/etc/shadow")),
    "G-11 hard link": tar(special(tarfile.LNKTYPE, "/etc/shadow")),
    "G-11 file through a link": tar(linked),
    "G-11 device": tar(special(tarfile.BLKTYPE)),
    "G-11 pipe": tar(special(tarfile.FIFOTYPE)),
    "G-11 folder": tar(special(tarfile.DIRTYPE)),
    "G-11 two files": tar(two),
    "G-11 thousands of files": tar(many),
    "G-11 no file": tar(lambda archive: None),
    "G-11 nothing": b"",
    "G-11 no archive": b"\x07" * 20_480,
    "G-11 sparse file of petabytes": pax_sparse(2**50),
    "G-11 long names without end": longname_loop(),
    "G-11 size lies": tar(lambda a: a.addfile(member(size=512), io.BytesIO(b"\x07" * 512))),
    "G-11 cut short": tar(plain)[:2000],
}


@pytest.mark.parametrize("archive", ARCHIVES.values(), ids=ARCHIVES)
def test_an_archive_holds_one_plain_file(archive: bytes) -> None:
    """Anything else is refused, however well it is signed."""
    with pytest.raises(BadManifest):
        opened(bundle(gzip.compress(archive), archive))


@pytest.mark.parametrize("name", ["disk.img", "/etc/passwd", "../../x", "x" * 90])
def test_the_name_in_the_archive_names_no_place(name: str) -> None:
    """The twin: one plain file opens; what it calls itself is never used."""
    archive = tar(lambda a: a.addfile(member(name, mode=0o4755), io.BytesIO(b"\x07" * SIZE)))
    assert opened(bundle(gzip.compress(archive), archive)) == b"\x07" * SIZE


def bomb(content: bytes, repeat: int) -> bytes:
    """``content`` so many times over, compressed."""
    out, squeeze = bytearray(), zlib.compressobj(9, zlib.DEFLATED, 31)
    for _ in range(repeat):
        out += squeeze.compress(content)
    return bytes(out + squeeze.flush())


def swollen() -> bytes:
    """An honest header, then a gigabyte where 4 KiB were promised."""
    header = member(size=SIZE).tobuf(tarfile.GNU_FORMAT)
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    out = bytearray(squeeze.compress(header))
    for _ in range(256):
        out += squeeze.compress(bytes(4 * MIB))
    return bytes(out + squeeze.flush())


GOOD = gzip.compress(tar(plain))
PACKED: Mapping[str, bytes] = {
    "G-12 a gigabyte of nothing": bomb(bytes(4 * MIB), 256),
    "G-12 a gigabyte behind the file": swollen(),
    "G-12 two members": GOOD + GOOD,
    "G-12 rubbish behind it": GOOD + b"rubbish",
    "G-12 cut short": GOOD[:-9],
    "G-12 wrong checksum": GOOD[:-8] + bytes(8),
    "G-12 xz": b"\xfd7zXZ\0" + bytes(100),
    "G-12 not compressed": tar(plain),
}


@pytest.mark.parametrize("packed", PACKED.values(), ids=PACKED)
def test_what_is_compressed_is_bounded(packed: bytes) -> None:
    """It is let go of as soon as it is more than was promised: memory stays where it was."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadManifest):
        opened(bundle(packed, tar(plain)))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 32 * 1024, f"{grown} KiB more memory"


def test_the_twin_of_the_compressed_ones_opens() -> None:
    """Nothing else was wrong with them."""
    assert opened(bundle(GOOD, tar(plain))) == b"\x07" * SIZE
