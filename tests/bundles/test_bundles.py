# SPDX-License-Identifier: BSD-2-Clause
"""Bundles open again, whoever made them, and are refused when anything is off."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eucalyptus.bundles import text
from eucalyptus.bundles.manifest import BadManifest, Manifest, Part
from eucalyptus.bundles.opening import unseal, unwrap
from eucalyptus.wire.certificates import make_key
from tests.bundles.making import Bundle, Keys, ours, theirs

KEYS = Keys(make_key(), make_key())
IMAGE = bytes(range(256)) * 100 + b"\0" * 50_000 + b"end"


def opened(bundle: Bundle, manifest: Manifest | None = None) -> bytes:
    """The image of a bundle."""
    read = manifest or text.read(bundle.document, [KEYS.user.public_key()])
    out = bytearray()

    def parts(part: Part) -> Iterator[bytes]:
        piece = bundle.parts[part.filename]
        for at in range(0, len(piece), 1000):
            yield piece[at : at + 1000]

    unseal(read, unwrap(read, KEYS.cloud), parts, out.extend)
    return bytes(out)


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=1, max_size=30_000), st.integers(16, 9000))
def test_what_we_bundle_opens(image: bytes, part_size: int) -> None:
    """Any image, any size of part."""
    assert opened(ours(image, KEYS, part_size)) == image


@pytest.mark.parametrize("pretty", [False, True])
def test_what_others_bundle_opens(tmp_path: Path, pretty: bool) -> None:
    """Made with tar (sparse), gzip and openssl; also when indented after it was signed."""
    bundle = theirs(IMAGE, KEYS, tmp_path, pretty)
    manifest = text.read(bundle.document, [make_key().public_key(), KEYS.user.public_key()])
    assert (manifest.kind, manifest.size, manifest.name) == ("machine", len(IMAGE), "disk.img")
    assert opened(bundle) == IMAGE


def test_kernels_are_known_by_their_ids() -> None:
    """Kernel id "true" makes a kernel; a machine image names its kernel."""
    keys = [KEYS.user.public_key()]
    kernel = text.read(ours(b"x", KEYS, kernel_id="true").document, keys)
    assert (kernel.kind, kernel.kernel_id) == ("kernel", "")
    machine = text.read(ours(b"x", KEYS, kernel_id="eki-1", ramdisk_id="eri-1").document, keys)
    assert (machine.kernel_id, machine.ramdisk_id) == ("eki-1", "eri-1")


def _edited(*pairs: tuple[str, str]) -> Callable[[bytes], bytes]:
    def edit(document: bytes) -> bytes:
        for old, new in pairs:
            assert re.search(old.encode(), document), old
            document = re.sub(old.encode(), new.encode(), document, count=1)
        return document

    return edit


UNTRUSTED = {
    "size changed": _edited(("<size>[0-9]+</size>", "<size>7</size>")),
    "signature gone": _edited(("<signature>[0-9a-f]+</signature>", "")),
    "signature empty": _edited(("<signature>[0-9a-f]+<", "<signature><")),
    "signature of nothing": _edited(("<signature>..", "<signature>00")),
    "signature of another user": lambda document: (
        ours(IMAGE, Keys(make_key(), KEYS.cloud)).document
    ),
    "a million parts": _edited(("</part>", "</part>" + "<part/>" * 1_000_000)),
    "two signatures": _edited(("</manifest>", "<signature>00</signature></manifest>")),
    "other version": _edited(("2007-10-10", "2006-01-01")),
    "doctype": _edited(("<manifest>", "<!DOCTYPE manifest [<!ENTITY a 'b'>]><manifest>")),
    "not xml": lambda _: b"<manifest>",
    "other root": lambda _: b"<image/>",
    "empty": lambda _: b"",
    "huge": lambda document: document + b" " * 5_000_000,
}


@pytest.mark.parametrize("edit", UNTRUSTED.values(), ids=[f"G-10 {name}" for name in UNTRUSTED])
def test_a_manifest_that_was_touched_is_refused(edit: Callable[[bytes], bytes]) -> None:
    """Any change of what is signed, and any structure that is not the format's."""
    with pytest.raises(BadManifest):
        text.read(edit(ours(IMAGE, KEYS).document), [KEYS.user.public_key()])


def test_only_the_signed_text_is_read() -> None:
    """A wrapped copy is not believed: what counts is the text under the signature."""
    honest = ours(IMAGE, KEYS).document
    evil = ours(b"evil", KEYS, name="evil").document
    image = re.search(b"<image>.*</image>", evil, re.DOTALL)
    assert image
    wrapped = honest.replace(b"<bundler>", b"<!-- " + image.group() + b" --><bundler>")
    with contextlib.suppress(BadManifest):
        assert text.read(wrapped, [KEYS.user.public_key()]).name == "disk"
    replaced = re.sub(b"<image>.*</image>", image.group(), honest, flags=re.DOTALL)
    hidden = re.search(b"<image>.*</image>", honest, re.DOTALL)
    assert hidden
    both = replaced.replace(b"<bundler>", b"<!--" + hidden.group() + b"--><bundler>")
    with contextlib.suppress(BadManifest):
        assert text.read(both, [KEYS.user.public_key()]).name == "disk"


@pytest.mark.parametrize(
    "filename",
    [
        "../../etc/cron.d/x",
        "/etc/x",
        "a/b",
        "",
        ".",
        "..",
        "a\\b",
        "x" * 256,
        "s3://other/x",
        "a\0b",
    ],
    ids=lambda name: f"G-10 part named {name[:20]!r}",
)
def test_names_of_parts_are_plain(filename: str) -> None:
    """Nothing that could name another place."""
    with pytest.raises(BadManifest):
        Part(filename=filename, sha1="0" * 40)


def _resigned(document: bytes) -> bytes:
    """Sign a changed manifest again, as a hostile but certified user would."""
    signed = b"".join(
        re.findall(b"<machine_configuration>.*</machine_configuration>|<image>.*</image>", document)
    )
    signature = text.signer(KEYS.user)(signed).hex().encode()
    return re.sub(
        b"<signature>.*</signature>", b"<signature>" + signature + b"</signature>", document
    )


SENSELESS = {
    "count lies": _edited(('count="[0-9]+"', 'count="99"')),
    "index twice": _edited(('index="1"', 'index="0"')),
    "negative size": _edited(("<size>[0-9]+<", "<size>-1<")),
    "endless size": _edited(("<size>[0-9]+<", "<size>99999999999999999999<")),
    "zero size": _edited(("<size>[0-9]+<", "<size>0<")),
    "kind unknown": _edited(("<type>machine<", "<type>toaster<")),
    "architecture unknown": _edited(("x86_64", "z80")),
    "other cipher": _edited(("AES-128-CBC", "ROT13")),
    "other digest": _edited(('digest algorithm="SHA1"', 'digest algorithm="MD5"')),
    "digest not hex": _edited(('algorithm="SHA1">..', 'algorithm="SHA1">zz')),
    "path in a part": _edited(("<filename>disk", "<filename>../disk")),
    "part twice": _edited(("disk.part.1<", "disk.part.0<")),
    "no image": _edited(("<name>disk</name>", "")),
}


@pytest.mark.parametrize("edit", SENSELESS.values(), ids=[f"G-10 {name}" for name in SENSELESS])
def test_a_signed_manifest_must_make_sense(edit: Callable[[bytes], bytes]) -> None:
    """A good signature does not excuse nonsense."""
    document = _resigned(edit(ours(IMAGE, KEYS, 100).document))
    with pytest.raises(BadManifest):
        text.read(document, [KEYS.user.public_key()])


WRONG = {
    "digest of all": _edited(('<digest algorithm="SHA1">..', '<digest algorithm="SHA1">00')),
    "size": _edited(("<size>[0-9]+<", "<size>7<")),
    "bundled size": _edited(("<bundled_size>[0-9]+<", "<bundled_size>7<")),
    "key of another cloud": _edited(
        ("<ec2_encrypted_key([^>]*)>....", r"<ec2_encrypted_key\1>0000")
    ),
}


@pytest.mark.parametrize("edit", WRONG.values(), ids=[f"G-10 {name}" for name in WRONG])
def test_a_signed_manifest_must_be_true(edit: Callable[[bytes], bytes]) -> None:
    """What it says of the image is compared with the image."""
    bundle = ours(IMAGE, KEYS)
    bundle.document = _resigned(edit(bundle.document))
    with pytest.raises(BadManifest):
        opened(bundle)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 255))
def test_a_flipped_bit_is_found(place: int, flip: int) -> None:
    """Any changed byte of any part."""
    bundle = ours(IMAGE, KEYS, 1000)
    name = sorted(bundle.parts)[place % len(bundle.parts)]
    piece = bytearray(bundle.parts[name])
    piece[place % len(piece)] ^= flip
    bundle.parts[name] = bytes(piece)
    with pytest.raises(BadManifest):
        opened(bundle)
