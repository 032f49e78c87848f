# SPDX-License-Identifier: BSD-2-Clause
"""One request as Walrus understands it: who asks for which action on what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import unquote_to_bytes

from eucalyptus.access.principals import Principal
from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import (
    ACTIONS,
    COPY,
    GET_IMAGE,
    INVALID_ARGUMENT,
    INVALID_URI,
    METHOD_NOT_ALLOWED,
    NO_SUCH_BUCKET,
    NO_SUCH_KEY,
    NO_SUCH_VERSION,
    NOT_IMPLEMENTED,
    OBJECT,
    PART_NUMBER,
    PREFLIGHT,
    QUALIFIERS,
    SUBRESOURCES,
    VERSION,
    Action,
    RefusedWithHeaders,
)
from walrus.core.keys import Target
from walrus.core.records import Access, Bucket, Stored
from walrus.core.versions import DELETE_MARKER, VERSION_ID

METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How a request came: when, from which address (the peer's own), whether over TLS; and how it
    is signed, in the words of policies: where, by which version, and (version 4) with which date.
    """

    at: datetime | None = None
    source: str = ""
    secure: bool = False
    signed_in: str = ""
    signature: str = ""
    dated: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request after its signature was found good.

    Header names are lower case; ``query`` maps decoded parameter names to their values; ``who``
    is None for an anonymous request; ``body`` is the document sent, never an object's content.
    ``bucket`` and ``stored`` are what the address names, as far as the action is about them and
    they are there; ``access`` is who will own an object that is to be made, and its ACL. All three
    are found when the request is authorised. ``tags`` are those of a document that was read.
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
    arrival: Arrival = Arrival()
    tags: Mapping[str, str] | None = None

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
        """The object or the version of it that is asked about; raises NO_SUCH_KEY or
        NO_SUCH_VERSION, and METHOD_NOT_ALLOWED for the version of a delete marker."""
        if self.stored is None or self.stored.delete_marker:
            raise _missing(self.target.key, self.version, self.stored)
        return self.stored

    @property
    def version(self) -> str | None:
        """The version of the object that is asked about, None for the latest."""
        return self.query.get(VERSION)


def _missing(key: str, version: str | None, marker: Stored | None) -> Refused:
    """What is said of an object that is not there, or of the marker that stands for it."""
    if marker is None and version is not None:
        return NO_SUCH_VERSION(version=version)
    headers = {DELETE_MARKER: "true" if marker else "false"}
    if marker is not None:
        modified = marker.modified.replace(microsecond=0)
        headers |= {VERSION_ID: marker.version, "last-modified": format_datetime(modified, True)}
    if version is None:
        return RefusedWithHeaders(NO_SUCH_KEY(key=key), headers)
    refused = METHOD_NOT_ALLOWED(method="Anything but DELETE")
    return RefusedWithHeaders(refused, headers | {"allow": "DELETE"})


def parameters(raw: str) -> dict[str, str]:
    """A raw query string as a dict; raises INVALID_URI for text that is not UTF-8 and
    INVALID_ARGUMENT for a parameter given twice, since two readers could disagree on it."""
    found: dict[str, str] = {}
    for name, value in parameter_pairs(raw):
        if name in found:
            raise INVALID_ARGUMENT(name=name[:80], value=value[:80], wanted="given once")
        found[name] = value
    return found


def parameter_pairs(raw: str) -> Iterator[tuple[str, str]]:
    """The names and values of a raw query string, decoded; raises INVALID_URI."""
    for piece in raw.split("&"):
        name, _, value = piece.partition("=")
        if not name:
            continue
        try:
            yield _plain(name), _plain(value)
        except UnicodeDecodeError as wrong:
            raise INVALID_URI(reason="a parameter is not UTF-8") from wrong


def _plain(text: str) -> str:
    decoded = unquote_to_bytes(text.replace("+", " ").encode("latin-1")).decode("utf-8")
    if "\0" in decoded:
        raise INVALID_URI(reason="a parameter contains NUL")
    return decoded


def action(method: str, target: Target, query: Mapping[str, str], copies: bool = False) -> Action:
    """The action that a request asks for, ``copies`` telling whether it names the source of a
    copy; raises METHOD_NOT_ALLOWED or NOT_IMPLEMENTED."""
    if method == "OPTIONS":
        return PREFLIGHT
    if target.image:
        if method != "GET" or target.level != OBJECT:
            raise METHOD_NOT_ALLOWED(method=method[:20])
        return GET_IMAGE
    named = sorted(SUBRESOURCES - QUALIFIERS & query.keys())
    if named == [PART_NUMBER] and method in ("GET", "HEAD"):
        named = []
    named += [COPY] if copies and method == "PUT" else []
    found = ACTIONS.get((target.level, method, "&".join(named)))
    if found:
        return _qualified(found, query)
    if named:
        raise NOT_IMPLEMENTED(what=f"{method[:20]} ?{'&'.join(named)}")
    if method == "POST":
        raise NOT_IMPLEMENTED(what=f"POST on a {target.level}")
    raise METHOD_NOT_ALLOWED(method=method[:20])


def _qualified(found: Action, query: Mapping[str, str]) -> Action:
    if VERSION in query and not found.of_version:
        raise INVALID_ARGUMENT(name=VERSION, value=query[VERSION][:80], wanted="taken here")
    return found
