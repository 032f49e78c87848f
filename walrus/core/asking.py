# SPDX-License-Identifier: BSD-2-Clause
"""One request as Walrus understands it: who asks for which action on what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from eucalyptus.access.principals import Principal
from eucalyptus.contracts.s3 import (
    ACTIONS,
    INVALID_ARGUMENT,
    INVALID_URI,
    METHOD_NOT_ALLOWED,
    NOT_IMPLEMENTED,
    OBJECT,
    QUALIFIERS,
    SUBRESOURCES,
    VERSION,
    Action,
)
from walrus.core.keys import Target

METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE"})
_IMAGE = Action("GetImage", "s3:GetObject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request after its signature was found good.

    Header names are lower case; ``query`` maps decoded parameter names to their values; ``who``
    is None for an anonymous request; ``body`` is the document sent, never an object's content.
    """

    action: Action
    target: Target
    request_id: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    who: Principal | None = None
    body: bytes = field(default=b"", repr=False)

    @property
    def version(self) -> str | None:
        """The version of the object that is asked about, None for the latest."""
        return self.query.get(VERSION)


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
        return _IMAGE
    named = sorted(SUBRESOURCES - QUALIFIERS & query.keys())
    found = ACTIONS.get((target.level, method, named[0] if named else ""))
    if len(named) <= 1 and found:
        return _qualified(found, query)
    if named:
        raise NOT_IMPLEMENTED(what=f"{method[:20]} ?{'&'.join(named)}")
    if method == "POST":
        raise NOT_IMPLEMENTED(what=f"POST on a {target.level}")
    raise METHOD_NOT_ALLOWED(method=method[:20])


def _qualified(found: Action, query: Mapping[str, str]) -> Action:
    if VERSION in query and not found.versioned:
        raise INVALID_ARGUMENT(name=VERSION, value=query[VERSION][:80], wanted="taken here")
    return found
