# SPDX-License-Identifier: BSD-2-Clause
"""Manifests in Walrus, over its public S3 service: read as the caller, signed for nodes."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from twisted.logger import Logger

from eucalyptus.access.principals import AccessKey, Principal
from eucalyptus.contracts.refusals import INVALID_MANIFEST, UNAVAILABLE, Refused
from eucalyptus.services import OBJECT_STORAGE
from eucalyptus.web.connections import Connections, HttpAnswer, Unreachable
from eucalyptus.wire.documents import parse
from eucalyptus.wire.signable import Signable
from eucalyptus.wire.sigv4_making import Signing, authorize, presign

PATH = OBJECT_STORAGE.path
PATIENCE, BRIEFLY = 20.0, 2.0
"""Seconds that the store may take, and that a launch waits for it."""
URL_LIFE = 7 * 86400
"""Seconds for which a node may fetch an image by the URL it was given: the longest there is."""

_log = Logger()

_WHY = {
    403: "you may not read it",
    404: "there is no such object",
}


def _reason(answer: HttpAnswer) -> str:
    """Why the store refused: its own sentence for a manifest, ours for the rest."""
    if answer.status == 400:
        said = parse(answer.body).findtext("Message")
        said = (said or "the object store cannot read it").rstrip(".")
        return said.removeprefix("The image manifest is refused: ")
    return _WHY.get(answer.status, f"the object store answers {answer.status}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WalrusManifests:
    """``front`` is ``http://HOST:8773``; ``key_of`` finds an access key of a user.

    ``own`` is the cloud's key, by which nodes are let in; None where no URLs are made.
    """

    front: str
    connections: Connections
    key_of: Callable[[Principal], Awaitable[AccessKey | None]]
    clock: Callable[[], float]
    own: AccessKey | None = None

    async def read(self, location: str, who: Principal) -> bytes:
        """The manifest at ``location``, as ``who`` may read it."""
        key = await self.key_of(who)
        if key is None:
            reason = f"user {who.user_name} has no access key to read it with"
            raise INVALID_MANIFEST(location=location, reason=reason)
        # Asked to describe it, the store checks the manifest's signature and its parts.
        for path, query in (("/image", "describe="), ("", "")):
            answer = await self._get(f"{PATH}{path}/{quote(location)}", query, key)
            if answer.status >= 500:
                raise UNAVAILABLE(reason="The object store does not answer.")
            if answer.status != 200:
                raise INVALID_MANIFEST(location=location, reason=_reason(answer))
        return answer.body

    async def digest(self, location: str) -> str:
        """See Manifests. The store checks the manifest and its parts for that, as for a node."""
        try:
            path = f"{PATH}/image/{quote(location)}"
            answer = await self._get(path, "describe=", self._own(), BRIEFLY)
            return str(json.loads(answer.body)["digest"]) if answer.status == 200 else ""
        except (Refused, ValueError, KeyError, TypeError) as wrong:
            _log.info("{location} is for each node to ask about: {why}", location=location,
                      why=str(wrong))  # fmt: skip
            return ""

    def image_url(self, location: str, now: float, digest: str) -> str:
        """The signed URL of the image behind a manifest; its fragment, which is never sent to the
        store, is the digest."""
        own = self._own()
        signing = Signing(key_id=own.key_id, secret=own.secret, service="s3")
        url = presign(f"{self.front}{PATH}/image/{quote(location)}", signing, now, URL_LIFE)
        return f"{url}#{digest}" if digest else url

    def _own(self) -> AccessKey:
        if self.own is None:
            raise RuntimeError("image URLs are made by the daemon that has the cloud's key")
        return self.own

    async def _get(
        self, path: str, query: str, key: AccessKey, patience: float = PATIENCE
    ) -> HttpAnswer:
        place = urlsplit(self.front)
        signing = Signing(key_id=key.key_id, secret=key.secret, service="s3")
        host = {"host": (place.netloc,)}
        unsigned = Signable(method="GET", path=path, query=query, headers=host)
        headers = {"host": place.netloc, **authorize(unsigned, signing, self.clock())}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        target = f"{path}?{query}" if query else path
        request = f"GET {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")
        address = (place.hostname or "localhost", place.port or 80)
        try:
            # A new connection each time: registering is rare, and a kept one may have gone stale.
            return await self.connections.exchange(address, request, patience, fresh=True)
        except Unreachable as silent:
            raise UNAVAILABLE(reason="The object store does not answer.") from silent
