# SPDX-License-Identifier: BSD-2-Clause
"""The signatures of an aws-chunked body (signature version 4)."""

from __future__ import annotations

import hmac

from eucalyptus.wire.signable import EMPTY_SHA256, Signed, denied
from eucalyptus.wire.sigv4_text import ALGORITHM, signing_key


class ChunkChain:
    """The signatures of an aws-chunked body: each covers its chunk and the signature before it.

    Made from a request that passed ``check``. Data may be used as it comes, but nothing of it
    counts before the last, empty chunk (and the trailer, where there is one) was checked.
    """

    def __init__(self, signed: Signed, secret: str) -> None:
        if signed.scope is None or signed.version != 4:
            raise ValueError("only version 4 signs chunks")
        self._key = signing_key(secret, signed.scope)
        self._head = f"{signed.date}\n{signed.scope}"
        self._previous = signed.signature

    def next(self, content_sha256: str) -> str:
        """The signature of the next chunk, whose data has this hex digest."""
        said = f"{ALGORITHM}-PAYLOAD\n{self._head}\n{self._previous}\n{EMPTY_SHA256}\n"
        self._previous = self._hmac(said + content_sha256)
        return self._previous

    def trailer(self, content_sha256: str) -> str:
        """The signature of the trailer, whose ``name:value\\n`` lines have this hex digest."""
        said = f"{ALGORITHM}-TRAILER\n{self._head}\n{self._previous}\n"
        return self._hmac(said + content_sha256)

    def _hmac(self, text: str) -> str:
        return hmac.digest(self._key, text.encode(), "sha256").hex()

    def check(self, content_sha256: str, signature: str) -> None:
        """Raises AUTH_FAILURE unless the next chunk has this signature."""
        _compare(self.next(content_sha256), signature)

    def check_trailer(self, content_sha256: str, signature: str) -> None:
        """Raises AUTH_FAILURE unless the trailer has this signature."""
        _compare(self.trailer(content_sha256), signature)


def _compare(wanted: str, given: str) -> None:
    if not hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace")):
        raise denied("a chunk or the trailer has a wrong signature")
