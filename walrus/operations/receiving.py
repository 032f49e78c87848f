# SPDX-License-Identifier: BSD-2-Clause
"""The content of an object on its way in: decoded, counted, digested, written. Blocking."""

from __future__ import annotations

from collections.abc import Iterable

from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import INTERNAL, STORAGE_FULL, UNAVAILABLE
from walrus.core.arriving import Arriving
from walrus.core.content import Content, Digests
from walrus.core.records import Encryption
from walrus.drivers.stores.store import Store, StoreAway, StoreFailed, Writing


def refusal_of(failure: StoreFailed) -> Refused:
    """What the caller hears of a failed store."""
    if isinstance(failure, StoreAway):
        return UNAVAILABLE(reason=str(failure))
    return STORAGE_FULL() if failure.full else INTERNAL()


class Receiving:
    """One object's content. Its methods are called one after the other, from any thread.

    ``encryption`` says how the store encrypts it.
    """

    def __init__(
        self, promised: Content, store: Store, blob: str, encryption: Encryption | None = None
    ) -> None:
        self.blob, self.encryption = blob, encryption
        self.promised, self._store = promised, store
        names = ("md5", "sha256", promised.checksum, *filter(None, [promised.also]))
        self._arriving = Arriving(promised, names)
        self._writing: Writing | None = None

    def take(self, pieces: Iterable[bytes]) -> None:
        """Take the next pieces of the body; raises Refused."""
        for piece in pieces:
            self._write(self._arriving.feed(piece))

    def _write(self, plain: bytes) -> None:
        try:
            if self._writing is None:
                self._writing = self._store.begin(self.blob)
            self._writing.write(plain)
        except StoreFailed as failure:
            raise refusal_of(failure) from failure

    def keep(self) -> Digests:
        """The body has ended: check every promise, then make the content durable.

        Raises Refused when a promise is broken or the store fails.
        """
        digests = self._arriving.finish()
        found = Digests(
            size=self._arriving.size,
            md5=digests["md5"],
            sha256=digests["sha256"],
            checksum=digests[self.promised.checksum],
            also=digests.get(self.promised.also, b""),
        )
        self._write(b"")
        assert self._writing is not None  # _write began it
        try:
            self._writing.keep()
        except StoreFailed as failure:
            raise refusal_of(failure) from failure
        return found

    def release(self) -> None:
        """Let go of the store; what was not kept is removed."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.release()
