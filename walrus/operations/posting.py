# SPDX-License-Identifier: BSD-2-Clause
"""An object that a browser posts: a form's file instead of a request's body."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode, urlsplit

from walrus.core import documents
from walrus.core.asking import Asked
from walrus.core.content import Content, Digests
from walrus.core.forms import FilePart
from walrus.core.posting import Policy
from walrus.core.records import Encryption
from walrus.drivers.stores.store import Store
from walrus.operations.objects import put_object
from walrus.operations.receiving import Receiving
from walrus.operations.world import XML, Answer, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A form whose file is still to come: what it is decoded with, its policy, its fields."""

    part: FilePart
    policy: Policy
    fields: Mapping[str, str]
    encryption: Encryption | None


class ReceivingFile(Receiving):
    """The file of a form, of a size that its policy allows."""

    def __init__(self, promised: Content, store: Store, blob: str, posted: Posted) -> None:
        super().__init__(promised, store, blob, posted.encryption)
        self.posted, self._came = posted, 0

    def take(self, pieces: Iterable[bytes]) -> None:
        """Take the next pieces of the whole form; raises Refused."""
        super().take(self._of_file(pieces))

    def _of_file(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            plain = self.posted.part.feed(piece)
            self._came += len(plain)
            self.posted.policy.check_size(self._came, ended=False)
            if plain:
                yield plain

    def keep(self) -> Digests:
        """The form has ended: see that it did, then as for any content."""
        self.posted.part.finish()
        self.posted.policy.check_size(self._came, ended=True)
        return super().keep()


async def post_object(world: World, asked: Asked, receiving: ReceivingFile) -> Answer:
    """Store the file; answers as the form wishes."""
    put = await put_object(world, asked, receiving)
    fields, etag = receiving.posted.fields, put.headers["etag"]
    named = {"bucket": asked.target.bucket, "key": asked.target.key, "etag": etag}
    onward = _redirection(fields, named)
    if onward:
        return replace(put, status=303, headers={**put.headers, "location": onward})
    location = f"/{asked.target.bucket}/{quote(asked.target.key)}"
    headers = {**put.headers, "location": location}
    wanted = fields.get("success_action_status", "")
    if wanted == "201":
        told = documents.posted(location, named)
        return replace(put, status=201, headers={**headers, **XML}, body=told)
    return replace(put, status=200 if wanted == "200" else 204, headers=headers)


def _redirection(fields: Mapping[str, str], named: Mapping[str, str]) -> str:
    """Where the form wants the browser to go, "" unless it is an address of the web."""
    wanted = fields.get("success_action_redirect", fields.get("redirect", ""))
    if not wanted.isascii() or not wanted.isprintable() or " " in wanted:
        return ""
    try:
        address = urlsplit(wanted)
    except ValueError:
        return ""
    if address.scheme not in ("http", "https") or not address.netloc:
        return ""
    query = "&".join(filter(None, (address.query, urlencode(named, quote_via=quote))))
    return address._replace(query=query, fragment="").geturl()
