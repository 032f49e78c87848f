# SPDX-License-Identifier: BSD-2-Clause
"""The documents that tell of versions: a bucket's versioning, listings, many deletions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import (
    ILLEGAL_VERSIONING,
    KEY_TOO_LONG,
    MALFORMED_XML,
    NOT_IMPLEMENTED,
)
from walrus.core import markup
from walrus.core.conditions import http_date
from walrus.core.documents import Listing, listed, moment
from walrus.core.expected import Expected, whole_number
from walrus.core.keys import LONGEST_KEY
from walrus.core.listing import VersionEntry
from walrus.core.markup import content, element, flag, parts
from walrus.core.versions import ENABLED, SUSPENDED

MOST_DELETIONS = 1000


# --- a bucket's versioning -----------------------------------------------------------------------


def versioning(status: str) -> bytes:
    """VersioningConfiguration; ``status`` is "" for a bucket that never was versioned."""
    return markup.root("VersioningConfiguration", [element("Status", status)] if status else [])


def wanted_versioning(document: bytes) -> str:
    """ENABLED or SUSPENDED; raises MALFORMED_XML, ILLEGAL_VERSIONING or NOT_IMPLEMENTED."""
    root = markup.read(document, "VersioningConfiguration")
    found = parts(root, frozenset(), {"Status", "MfaDelete", "MFADelete"})
    for name in ("MfaDelete", "MFADelete"):
        if name in found and content(found[name]) != "Disabled":
            raise NOT_IMPLEMENTED(what="MFA delete")
    if "Status" not in found:
        raise ILLEGAL_VERSIONING()
    status = content(found["Status"])
    if status not in (ENABLED, SUSPENDED):
        raise MALFORMED_XML(reason="Status is Enabled or Suspended")
    return status


# --- listings ------------------------------------------------------------------------------------


def listing(shown: Listing) -> bytes:
    """ListVersionsResult; the page's entries are versions."""
    return listed("ListVersionsResult", shown, _versions(shown))


def _versions(shown: Listing) -> Iterator[str]:
    for entry in shown.page.entries:
        assert isinstance(entry, VersionEntry)  # page_of_versions makes no others
        yield _version(shown.name(entry.key), entry)


def _version(key: str, entry: VersionEntry) -> str:
    inside = element("Key", key) + element("VersionId", entry.version)
    inside += element("IsLatest", flag(entry.latest))
    inside += element("LastModified", moment(entry.modified))
    if entry.delete_marker:
        return f"<DeleteMarker>{inside}{markup.owner(entry.owner)}</DeleteMarker>"
    inside += f'<ETag>"{entry.etag}"</ETag>' + element("Size", entry.size)
    inside += markup.owner(entry.owner) + "<StorageClass>STANDARD</StorageClass>"
    return f"<Version>{inside}</Version>"


# --- many deletions ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """One of many objects to be deleted: a version of it (None: as readers see it), if it is as
    ``expected``."""

    key: str
    version: str | None
    expected: Expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """What became of it. ``marker`` is the version of the delete marker that came or went, "" if
    none did; ``refused`` why nothing was done."""

    deletion: Deletion
    marker: str = ""
    refused: Refused | None = None


def deletions(document: bytes) -> tuple[tuple[Deletion, ...], bool]:
    """What a Delete document asks for, and whether to keep quiet of what was done.

    Raises MALFORMED_XML, or KEY_TOO_LONG.
    """
    root = markup.read(document, "Delete")
    quiet, wanted = False, []
    for child in root:
        if markup.local(child) == "Quiet":
            quiet = content(child).lower() == "true"
        elif markup.local(child) == "Object":
            wanted.append(_deletion(child))
        else:
            raise MALFORMED_XML(reason=f"{markup.local(child)[:40]} is not expected in Delete")
    if not 1 <= len(wanted) <= MOST_DELETIONS:
        raise MALFORMED_XML(reason=f"it names 1 to {MOST_DELETIONS} objects")
    return tuple(wanted), quiet


def _deletion(found: etree._Element) -> Deletion:
    given = parts(found, {"Key"}, {"VersionId", "ETag", "LastModifiedTime", "Size"})
    # Blanks belong to a key.
    key = given["Key"].text or ""
    if not key or len(given["Key"]):
        raise MALFORMED_XML(reason="a Key is empty")
    if len(key.encode()) > LONGEST_KEY:
        raise KEY_TOO_LONG(limit=LONGEST_KEY, size=len(key.encode()))
    texts = {name: content(child) for name, child in given.items() if name != "Key"}
    return Deletion(key=key, version=texts.get("VersionId") or None, expected=_expected(texts))


def _expected(texts: Mapping[str, str]) -> Expected:
    modified, size = texts.get("LastModifiedTime"), texts.get("Size")
    if modified is not None and http_date(modified) is None:
        raise MALFORMED_XML(reason="LastModifiedTime is no date")
    if size is not None and not whole_number(size):
        raise MALFORMED_XML(reason="Size is no number")
    return Expected(
        etag=texts.get("ETag"),
        modified=http_date(modified) if modified else None,
        size=int(size) if size else None,
    )


def deleted(results: Iterable[Deleted], quiet: bool) -> bytes:
    """DeleteResult."""
    shown = (_result(result) for result in results if result.refused or not quiet)
    return markup.root("DeleteResult", shown)


def _result(result: Deleted) -> str:
    inside = element("Key", result.deletion.key)
    if result.deletion.version is not None:
        inside += element("VersionId", result.deletion.version)
    if result.refused:
        inside += element("Code", result.refused.refusal.code)
        return f"<Error>{inside}{element('Message', result.refused.message)}</Error>"
    if result.marker:
        inside += element("DeleteMarker", flag(True))
        inside += element("DeleteMarkerVersionId", result.marker)
    return f"<Deleted>{inside}</Deleted>"
