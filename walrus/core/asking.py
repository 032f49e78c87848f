# SPDX-License-Identifier: BSD-2-Clause
"""One request as Walrus understands it: who asks for which action on what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from eucalyptus.access.principals import Principal
from eucalyptus.contracts.s3 import (
    ACTIONS,
    GET_IMAGE,
    INVALID_ARGUMENT,
    INVALID_URI,
    METHOD_NOT_ALLOWED,
    NO_SUCH_BUCKET,
    NO_SUCH_KEY,
    NOT_IMPLEMENTED,
    OBJECT,
    SUBRESOURCES,
    Action,
)
from walrus.core.keys import Target
from walrus.core.records import Access, Bucket, Stored

METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request after its signature was found good.

    Header names are lower case; ``query`` maps decoded parameter names to their values; ``who``
    is None for an anonymous request; ``body`` is the document sent, never an object's content.
    ``bucket`` and ``stored`` are what the address names, as far as the action is about them and
    they are there; ``access`` is who will own an object that is to be made, and its ACL. All three
    are found when the request is authorised.
    """

    action: Action
    target: Target
    request_id: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    who: Principal | None = None
    body: bytes = field(default=b"", repr=False)
    bucket: Bucket | None = None
    stored: Stored | None = None
    access: Access | None = None

    @property
    def the_bucket(self) -> Bucket:
        """The bucket; raises NO_SUCH_BUCKET."""
        if self.bucket is None:
            raise NO_SUCH_BUCKET(bucket=self.target.bucket)
        return self.bucket

    @property
    def new_access(self) -> Access:
        """The owner and the ACL of the object to be made."""
        if self.access is None:
            raise RuntimeError(f"{self.action.name} makes no object")
        return self.access

    @property
    def the_object(self) -> Stored:
        """The object; raises NO_SUCH_KEY."""
        if self.stored is None:
            raise NO_SUCH_KEY(key=self.target.key)
        return self.stored


def parameters(raw: str) -> dict[str, str]:
    """A raw query string as a dict; raises INVALID_URI for text that is not UTF-8 and
    INVALID_ARGUMENT for a parameter given twice, since two readers could disagree on it."""
    found: dict[str, str] = {}
    for piece in raw.split("&"):
        name, _, value = piece.partition("=")
        if not name:
            continue
        try:
            decoded = (_plain(name), _plain(value))
        except UnicodeDecodeError as wrong:
            raise INVALID_URI(reason="a parameter is not UTF-8") from wrong
        if decoded[0] in found:
            raise INVALID_ARGUMENT(name=decoded[0][:80], value=decoded[1][:80], wanted="given once")
        found[decoded[0]] = decoded[1]
    return found


def _plain(text: str) -> str:
    decoded = unquote_to_bytes(text.replace("+", " ").encode("latin-1")).decode("utf-8")
    if "\0" in decoded:
        raise INVALID_URI(reason="a parameter contains NUL")
    return decoded


def action(method: str, target: Target, query: Mapping[str, str]) -> Action:
    """The action that a request asks for; raises METHOD_NOT_ALLOWED or NOT_IMPLEMENTED."""
    if target.image:
        if method != "GET" or target.level != OBJECT:
            raise METHOD_NOT_ALLOWED(method=method[:20])
        return GET_IMAGE
    named = sorted(SUBRESOURCES & query.keys())
    found = ACTIONS.get((target.level, method, named[0] if named else ""))
    if len(named) <= 1 and found:
        return found
    if named:
        raise NOT_IMPLEMENTED(what=f"{method[:20]} ?{'&'.join(named)}")
    if method == "POST":
        raise NOT_IMPLEMENTED(what=f"POST on a {target.level}")
    raise METHOD_NOT_ALLOWED(method=method[:20])
