# SPDX-License-Identifier: BSD-2-Clause
"""Open a bundle: every part checked, decrypted, decompressed and taken out of its archive.

Nothing that comes out may be used before ``unseal`` has returned: the last digest is only known
at the end. Memory stays bounded whatever the parts hold.
"""

from __future__ import annotations

import hashlib
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import IO, cast

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.padding import PKCS7

from eucalyptus.bundles.making import Secret
from eucalyptus.bundles.manifest import BadManifest, Manifest, Part

_COPY = 256 * 1024
_INFLATE = 1024 * 1024
_OVERHEAD = 1024 * 1024
"""Bytes a tar archive may have beside the image: headers, a sparse map, padding."""

PartReader = Callable[[Part], Iterable[bytes]]
"""The bytes of one part, in pieces; raises BadManifest when there is no such part."""


def unwrap(manifest: Manifest, key: rsa.RSAPrivateKey) -> Secret:
    """The AES key and vector, opened with the cloud's private key."""
    return Secret(
        key=_unwrap(manifest.for_cloud.key, key, "key"),
        iv=_unwrap(manifest.for_cloud.iv, key, "initialisation vector"),
    )


def _unwrap(wrapped: bytes, key: rsa.RSAPrivateKey, what: str) -> bytes:
    try:
        opened = bytes.fromhex(key.decrypt(wrapped, padding.PKCS1v15()).decode("ascii"))
    except ValueError:
        opened = b""
    if len(opened) != 16:
        raise BadManifest(f"the {what} was not encrypted for this cloud")
    return opened


def unseal(
    manifest: Manifest, secret: Secret, parts: PartReader, take: Callable[[bytes], object]
) -> None:
    """Hand the image's bytes to ``take``, piece by piece; raises BadManifest when all is not well.

    Checked are the digest of every part, the bundled size, the padding, the archive (one plain
    file of the size the manifest names), and the digest of the archive.
    """
    plain = _Plain(_inflated(_decrypted(_checked(manifest, parts), secret)), manifest.size)
    try:
        with tarfile.open(fileobj=cast(IO[bytes], plain), mode="r|", bufsize=_COPY) as archive:
            member = archive.next()
            if member is None or not member.isreg() or member.size != manifest.size:
                raise BadManifest(
                    f"the archive does not begin with a file of {manifest.size} bytes"
                )
            plain.widen()
            image = archive.extractfile(member)
            assert image is not None  # isreg() was true
            _copy(image, manifest.size, take)
            if archive.next() is not None:
                raise BadManifest("the archive has a second member")
    except (tarfile.TarError, RecursionError) as wrong:
        # tarfile follows headers that name further headers by calling itself.
        raise BadManifest(f"the archive cannot be read: {wrong}") from wrong
    if plain.drain() != manifest.digest:
        raise BadManifest("the digest of the archive is not the manifest's")


def _copy(image: IO[bytes], size: int, take: Callable[[bytes], object]) -> None:
    left = size
    while left:
        piece = image.read(min(left, _COPY))
        if not piece:
            raise BadManifest(f"the image ends {left} bytes early")
        left -= len(piece)
        take(piece)


def _checked(manifest: Manifest, parts: PartReader) -> Iterator[bytes]:
    total = 0
    for part in manifest.parts:
        sha1 = hashlib.sha1(usedforsecurity=False)
        for piece in parts(part):
            sha1.update(piece)
            total += len(piece)
            yield piece
        if part.sha1 and sha1.hexdigest() != part.sha1:
            raise BadManifest(f"part {part.filename} does not have the digest in the manifest")
    if total != manifest.bundled_size:
        raise BadManifest(f"the parts have {total} bytes, not {manifest.bundled_size}")


def _decrypted(sealed: Iterable[bytes], secret: Secret) -> Iterator[bytes]:
    aes, pad = secret.cipher().decryptor(), PKCS7(128).unpadder()
    for piece in sealed:
        yield pad.update(aes.update(piece))
    try:
        yield pad.update(aes.finalize()) + pad.finalize()
    except ValueError as wrong:
        raise BadManifest("the parts do not decrypt with the manifest's key") from wrong


def _inflated(compressed: Iterable[bytes]) -> Iterator[bytes]:
    gunzip = zlib.decompressobj(31)
    try:
        for piece in compressed:
            while piece and not gunzip.eof:
                yield gunzip.decompress(piece, _INFLATE)
                piece = gunzip.unconsumed_tail
            if gunzip.eof and (gunzip.unused_data or piece):
                raise BadManifest("there is something behind the compressed archive")
    except zlib.error as wrong:
        raise BadManifest(f"the archive does not decompress: {wrong}") from wrong
    if not gunzip.eof:
        raise BadManifest("the compressed archive ends early")


class _Plain:
    """The tar archive as a file to read from once; counts, digests and sets bounds."""

    def __init__(self, pieces: Iterator[bytes], size: int) -> None:
        self._pieces, self._size = pieces, size
        self._held = bytearray()
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        # tarfile keeps headers in memory: let them be small until the image begins.
        self._allowed = _OVERHEAD

    def widen(self) -> None:
        """The headers are through: let the image and what follows it pass."""
        self._allowed += self._size + _OVERHEAD

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes, fewer only at the end."""
        while len(self._held) < size and self._fill():
            pass
        given = bytes(self._held[:size])
        del self._held[:size]
        self._allowed -= len(given)
        if self._allowed < 0:
            raise BadManifest("the archive is larger than the manifest says")
        return given

    def _fill(self) -> bool:
        piece = next(self._pieces, None)
        if piece is None:
            return False
        self._sha1.update(piece)
        self._held += piece
        return True

    def drain(self) -> str:
        """Read to the end, then the digest of all."""
        while self.read(_COPY):
            pass
        return self._sha1.hexdigest()
