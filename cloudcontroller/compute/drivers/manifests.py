# SPDX-License-Identifier: BSD-2-Clause
"""Bundled images in the object store: their manifests, and where nodes fetch them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Protocol

from eucalyptus.access.principals import Principal
from eucalyptus.contracts.refusals import INVALID_MANIFEST


class Manifests(Protocol):
    """The object store as registering and launching see it. A location is ``bucket/key``."""

    async def read(self, location: str, who: Principal) -> bytes:
        """The manifest at ``location``, checked by the store, as ``who`` may read it.

        Raises INVALID_MANIFEST with the reason, UNAVAILABLE when the store does not answer.
        """
        ...

    async def digest(self, location: str) -> str:
        """The digest of the image's manifest as the store has it now; "" when it does not say."""
        ...

    def image_url(self, location: str, now: float, digest: str) -> str:
        """The URL from which a node may fetch the image, decrypted and whole, for a long time.

        A node that has the image with this ``digest`` need not ask for it; "": it always does.
        """
        ...


class FakeManifests:
    """Manifests in a dict, for rehearsals and tests."""

    def __init__(self, documents: Mapping[str, bytes]) -> None:
        self.documents = dict(documents)

    async def read(self, location: str, who: Principal) -> bytes:
        """The document at ``location``."""
        if location not in self.documents:
            raise INVALID_MANIFEST(location=location, reason="there is no such object")
        return self.documents[location]

    async def digest(self, location: str) -> str:
        """Of the document at ``location``."""
        found = self.documents.get(location)
        return hashlib.sha256(found).hexdigest() if found is not None else ""

    def image_url(self, location: str, now: float, digest: str) -> str:
        """A URL that nobody answers."""
        return f"http://walrus.invalid:8773/services/objectstorage/image/{location}#{digest}"
