# SPDX-License-Identifier: BSD-2-Clause
"""Metadata: pairs in SOAP, headers in REST.

SOAP has one list for what describes the content (``Content-Type`` and its like) and what the user
noted. Text beyond ASCII travels in headers as UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from eucalyptus.contracts.s3 import INVALID_ARGUMENT
from eucalyptus.contracts.s3_soap.buckets import MetadataEntry

DESCRIBES = {
    name.lower(): name
    for name in (
        "Content-Type", "Content-Disposition", "Content-Encoding", "Content-Language",
        "Cache-Control", "Expires",
    )
}  # fmt: skip
"""Headers of HTTP that describe an object's content, as SOAP calls them."""
_META = "x-amz-meta-"
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}")
_CONTROL = re.compile("[\x00-\x1f\x7f]")


def as_headers(entries: Iterable[MetadataEntry]) -> dict[str, str]:
    """The headers that say the same; raises INVALID_ARGUMENT for what no header can say."""
    said: dict[str, list[str]] = {}
    for entry in entries:
        if not _NAME.fullmatch(entry.name):
            raise INVALID_ARGUMENT(name="Name", value=entry.name[:80], wanted="a header's name")
        if _CONTROL.search(entry.value):
            raise INVALID_ARGUMENT(name="Value", value=entry.value[:80], wanted="a line of text")
        name = entry.name.lower()
        header = name if name in DESCRIBES else _META + name
        said.setdefault(header, []).append(entry.value.encode().decode("latin-1"))
    return {name: ",".join(values) for name, values in said.items()}


def from_headers(headers: Mapping[str, str]) -> tuple[MetadataEntry, ...]:
    """The entries that the headers of an answer say."""
    found = {DESCRIBES[name]: value for name, value in headers.items() if name in DESCRIBES}
    found |= {
        name.removeprefix(_META): value for name, value in headers.items() if name.startswith(_META)
    }
    return tuple(MetadataEntry(name=name, value=_text(value)) for name, value in found.items())


def _text(value: str) -> str:
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value
