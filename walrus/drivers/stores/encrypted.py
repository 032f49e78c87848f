# SPDX-License-Identifier: BSD-2-Clause
"""A store whose blobs are encrypted by one object's key: the same calls, plain bytes outside.

A blob is cut into chunks; each is sealed by AES-256-GCM with the blob's key and the chunk's number
for a nonce. So chunks can be read in any order, and one that was changed or moved is noticed. A
chunk with its tag is one stretch of a file's seal (``sealed.py``), so a range costs no more than
one stretch too many. A file that was cut short has another size than its record.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from walrus.core.encryption import of_blob
from walrus.drivers.stores.sealed import STRETCH
from walrus.drivers.stores.store import Damaged, Reading, Store, Writing

TAG = 16
CHUNK = STRETCH - TAG
"""Plain bytes of a chunk."""


def encrypted_size(size: int) -> int:
    """How many bytes the blob of ``size`` plain ones has."""
    return size + TAG * -(-size // CHUNK)


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


class EncryptedWriting:
    """One blob being written."""

    def __init__(self, inner: Writing, key: bytes) -> None:
        self.blob = inner.blob
        self._inner, self._box = inner, AESGCM(key)
        self._held, self._number = bytearray(), 0

    def write(self, data: bytes) -> None:
        """Append ``data``; raises StoreFailed."""
        self._held += data
        while len(self._held) >= CHUNK:
            self._seal(bytes(self._held[:CHUNK]))
            del self._held[:CHUNK]

    def _seal(self, chunk: bytes) -> None:
        self._inner.write(self._box.encrypt(_nonce(self._number), chunk, None))
        self._number += 1

    def keep(self) -> None:
        """Write the last chunk and make all durable; raises StoreFailed."""
        if self._held:
            self._seal(bytes(self._held))
            self._held.clear()
        self._inner.keep()

    def release(self) -> None:
        """Let go."""
        self._inner.release()


class EncryptedReading:
    """One blob being read; every chunk is checked."""

    sealed = True

    def __init__(self, inner: Reading, key: bytes) -> None:
        self._inner, self._box = inner, AESGCM(key)
        chunks = -(-inner.size // STRETCH)
        self.size = inner.size - TAG * chunks

    def piece(self, first: int, end: int) -> bytes:
        """Bytes from ``first`` up to ``end`` or the end of a chunk; raises Damaged."""
        number, inside = divmod(first, CHUNK)
        plain = self._chunk(number)
        return plain[inside : inside + end - first]

    def _chunk(self, number: int) -> bytes:
        at, end = number * STRETCH, min((number + 1) * STRETCH, self._inner.size)
        read = bytearray()
        while at + len(read) < end:
            read += self._inner.piece(at + len(read), end)
        try:
            return self._box.decrypt(_nonce(number), bytes(read), None)
        except InvalidTag as wrong:
            raise Damaged(f"chunk {number} is not what was encrypted") from wrong

    def close(self) -> None:
        """Let go."""
        self._inner.close()


class EncryptedStore:
    """The blobs of one object, whose key is ``secret``, in another store."""

    def __init__(self, inner: Store, secret: bytes) -> None:
        self._inner, self._secret = inner, secret

    def prepare(self) -> None:
        """Make the store usable; raises StoreFailed."""
        self._inner.prepare()

    def begin(self, blob: str) -> Writing:
        """Start to write a new blob."""
        return EncryptedWriting(self._inner.begin(blob), of_blob(self._secret, blob))

    def open(self, blob: str) -> Reading:
        """The blob's plain bytes; raises NoBlob, Damaged or StoreFailed."""
        return EncryptedReading(self._inner.open(blob), of_blob(self._secret, blob))

    def remove(self, blob: str) -> None:
        """Remove a blob if it is there."""
        self._inner.remove(blob)

    def sweep(self, named: Callable[[Collection[str]], Collection[str]]) -> int:
        """Remove what crashes left."""
        return self._inner.sweep(named)
