# SPDX-License-Identifier: BSD-2-Clause
"""Make a bundle: tar, gzip, AES-128-CBC, cut into parts; never more than one part in memory."""

from __future__ import annotations

import hashlib
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from eucalyptus.bundles.manifest import Part, Wrapped

PART_SIZE = 10 * 1024 * 1024
_READ = 1024 * 1024
_RECORD = 10240
_FASTER = 4


class Readable(Protocol):
    """Whatever the image's bytes come from."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; none at the end."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """An AES-128 key and initialisation vector, 16 bytes each; ``repr`` shows neither."""

    key: bytes
    iv: bytes

    def __post_init__(self) -> None:
        if len(self.key) != 16 or len(self.iv) != 16:
            raise ValueError("the key and the initialisation vector have 16 bytes each")

    def __repr__(self) -> str:
        return "Secret()"

    def cipher(self) -> Cipher[CBC]:
        """The cipher of the format."""
        return Cipher(AES128(self.key), CBC(self.iv))

    def wrap(self, reader: rsa.RSAPublicKey) -> Wrapped:
        """Encrypt the key and vector, as hex text, so that only ``reader`` can open them."""
        return Wrapped(
            key=reader.encrypt(self.key.hex().encode(), padding.PKCS1v15()),
            iv=reader.encrypt(self.iv.hex().encode(), padding.PKCS1v15()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to bundle: the image's name inside the archive, its bytes, its time (POSIX seconds)."""

    name: str
    size: int
    modified: int
    part_size: int = PART_SIZE


class Bundling:
    """One bundle in the making: iterate over ``parts()`` once, then read the other facts."""

    def __init__(self, image: Readable, wanted: Wanted, secret: Secret, prefix: str) -> None:
        self._image, self._wanted, self._prefix = image, wanted, prefix
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self._gzip = zlib.compressobj(_FASTER, zlib.DEFLATED, 31)
        self._aes = secret.cipher().encryptor()
        self._pad = PKCS7(128).padder()
        self.done: list[Part] = []
        self.bundled_size = 0

    @property
    def digest(self) -> str:
        """The SHA-1 of the tar archive so far, in hex."""
        return self._sha1.hexdigest()

    def parts(self) -> Iterator[tuple[Part, bytes]]:
        """Every part with its bytes, in order."""
        held = bytearray()
        for sealed in self._sealed():
            held += sealed
            while len(held) >= self._wanted.part_size:
                yield self._cut(bytes(held[: self._wanted.part_size]))
                del held[: self._wanted.part_size]
        if held:
            yield self._cut(bytes(held))

    def _cut(self, piece: bytes) -> tuple[Part, bytes]:
        sha1 = hashlib.sha1(piece, usedforsecurity=False).hexdigest()
        part = Part(filename=f"{self._prefix}.part.{len(self.done)}", sha1=sha1)
        self.done.append(part)
        self.bundled_size += len(piece)
        return part, piece

    def _sealed(self) -> Iterator[bytes]:
        for piece in self._archive():
            self._sha1.update(piece)
            yield self._aes.update(self._pad.update(self._gzip.compress(piece)))
        tail = self._pad.update(self._gzip.flush()) + self._pad.finalize()
        yield self._aes.update(tail) + self._aes.finalize()

    def _archive(self) -> Iterator[bytes]:
        header = tarfile.TarInfo(self._wanted.name)
        header.size, header.mtime, header.mode = self._wanted.size, self._wanted.modified, 0o644
        start = header.tobuf(tarfile.GNU_FORMAT)
        yield start
        left = self._wanted.size
        while left:
            piece = self._image.read(min(left, _READ))
            if not piece:
                raise ValueError(f"the image ends {left} bytes early")
            left -= len(piece)
            yield piece
        written = len(start) + self._wanted.size
        fill = -written % tarfile.BLOCKSIZE + 2 * tarfile.BLOCKSIZE
        yield b"\0" * (fill + -(written + fill) % _RECORD)
