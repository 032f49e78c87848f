# SPDX-License-Identifier: BSD-2-Clause
"""A body as it arrives: decoded, counted, digested, and at its end held against its promises."""

from __future__ import annotations

from collections.abc import Collection

from eucalyptus.contracts.s3 import INCOMPLETE_BODY, TOO_LARGE
from walrus.core import content
from walrus.core.checksums import ALGORITHMS
from walrus.core.chunked import Decoder
from walrus.core.content import Content


class Arriving:
    """One body; ``also`` names checksums to compute beside those that were promised."""

    def __init__(self, promised: Content, also: Collection[str] = ()) -> None:
        self.promised, self.size = promised, 0
        self._decoder = Decoder(promised.chunks) if promised.chunks else None
        names = promised.algorithms | set(also)
        self._sums = {name: ALGORITHMS[name].begin() for name in names}

    def feed(self, piece: bytes) -> bytes:
        """The plain bytes in the next piece of the body; raises Refused."""
        plain = self._decoder.feed(piece) if self._decoder else piece
        self.size += len(plain)
        if self.promised.length is not None and self.size > self.promised.length:
            raise TOO_LARGE(limit=self.promised.length)
        for running in self._sums.values():
            running.update(plain)
        return plain

    def finish(self) -> dict[str, bytes]:
        """The digests by algorithm, of a body that is what was promised; raises Refused."""
        if self._decoder:
            self._decoder.finish()
        if self.promised.length not in (None, self.size):
            raise INCOMPLETE_BODY(promised=self.promised.length, received=self.size)
        digests = {name: running.digest() for name, running in self._sums.items()}
        content.check(self.promised, digests, self._decoder.trailers if self._decoder else {})
        return digests
