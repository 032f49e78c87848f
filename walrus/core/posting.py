# SPDX-License-Identifier: BSD-2-Clause
"""The policy of a browser's form: what its signer allows to be posted, and until when."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from eucalyptus.contracts.s3 import (
    ACCESS_DENIED,
    INVALID_ARGUMENT,
    INVALID_POLICY,
    TOO_LARGE,
    TOO_SMALL,
)
from eucalyptus.wire.dates import parse_iso
from walrus.core import tagging
from walrus.core.keys import check_key

_FREE = frozenset({"awsaccesskeyid", "signature", "x-amz-signature", "policy", "file"})
"""Fields that no condition need mention."""
_FREE_STARTS = ("x-ignore-", "x-amz-checksum-")
_EQUAL, _STARTS, _LENGTH = "eq", "starts-with", "content-length-range"
_MOST_CONDITIONS = 200
_HEADERS = {
    "acl": "x-amz-acl",
    **{name: name for name in ("cache-control", "content-type", "content-disposition",
                               "content-encoding", "content-language", "content-md5", "expires")},
}  # fmt: skip
_SIGNING = frozenset(
    {"x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature",
     "x-amz-security-token"}
)  # fmt: skip
_TOKEN = re.compile(r"[0-9a-z!#$%&'*+.^_`|~-]+")


@dataclass(frozen=True, slots=True)
class Condition:
    """One field, in lower case, must be, or start with, ``value``."""

    exactly: bool
    field: str
    value: str

    def holds(self, fields: Mapping[str, str]) -> bool:
        """Whether the fields of a form satisfy it."""
        said = fields.get(self.field)
        if said is None:
            # "Anything" is also nothing at all.
            return not self.exactly and not self.value
        return said == self.value if self.exactly else said.startswith(self.value)

    def __str__(self) -> str:
        return json.dumps([_EQUAL if self.exactly else _STARTS, f"${self.field}", self.value])


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Valid until ``ends`` (POSIX seconds) for files of ``least`` to ``most`` bytes."""

    ends: float
    conditions: tuple[Condition, ...]
    least: int
    most: int

    def check(self, fields: Mapping[str, str], now: float) -> None:
        """Raise ACCESS_DENIED unless the policy allows a form of these fields now."""
        if now > self.ends:
            raise ACCESS_DENIED(reason="Invalid according to Policy: Policy expired.")
        for condition in self.conditions:
            if not condition.holds(fields):
                raise ACCESS_DENIED(
                    reason=f"Invalid according to Policy: Policy Condition failed: {condition}"
                )
        covered = {condition.field for condition in self.conditions}
        extra = [n for n in fields if n not in covered | _FREE and not n.startswith(_FREE_STARTS)]
        if extra:
            raise ACCESS_DENIED(
                reason=f"Invalid according to Policy: Extra input fields: {extra[0][:80]}"
            )

    def check_size(self, size: int, *, ended: bool) -> None:
        """Raise TOO_LARGE or, when the file has ``ended``, TOO_SMALL."""
        if size > self.most:
            raise TOO_LARGE(limit=self.most)
        if ended and size < self.least:
            raise TOO_SMALL(least=self.least)


def key(fields: Mapping[str, str], filename: str) -> str:
    """The key that a form names; ``${filename}`` in it is the file's name without folders."""
    if not fields.get("key"):
        raise INVALID_ARGUMENT(name="key", value="", wanted="in the form, before the file")
    name = re.split(r"[/\\]", filename)[-1]
    found = fields["key"].replace("${filename}", name)
    check_key(found)
    return found


def headers(fields: Mapping[str, str]) -> dict[str, str]:
    """The headers that a PUT of the same object would have.

    Raises INVALID_ARGUMENT, or MALFORMED_XML or INVALID_TAG for the document of its tags.
    """
    found = {}
    if "tagging" in fields:
        tags = tagging.of_document(fields["tagging"].encode(), tagging.MOST_OF_OBJECT)
        found[tagging.HEADER] = urlencode(tags)
    for name, value in fields.items():
        header = name if name.startswith("x-amz-") else _HEADERS.get(name)
        if header is None or header in _SIGNING:
            continue
        if not _TOKEN.fullmatch(header) or any(ord(sign) < 32 or sign == "\x7f" for sign in value):
            raise INVALID_ARGUMENT(name=name[:80], value=value[:80], wanted="fit for a header")
        # A header's value is latin-1 text of its bytes everywhere.
        found[header] = value.encode().decode("latin-1")
    return found


def read(text: str, largest: int) -> Policy:
    """A policy from base64; ``largest`` is the most bytes without it. Raises INVALID_POLICY."""
    try:
        document = json.loads(
            base64.b64decode(text, validate=True), object_pairs_hook=_unique, parse_constant=_wrong
        )
    except (binascii.Error, ValueError, RecursionError) as wrong:
        raise INVALID_POLICY(reason="it is not JSON in base64") from wrong
    if not isinstance(document, dict) or set(document) != {"expiration", "conditions"}:
        raise INVALID_POLICY(reason="it has expiration and conditions and nothing else")
    listed = document["conditions"]
    if not isinstance(listed, list) or len(listed) > _MOST_CONDITIONS:
        raise INVALID_POLICY(reason="conditions is not a list, or too long a one")
    return Policy(
        ends=_moment(document["expiration"]),
        conditions=tuple(_condition(one) for one in listed if not _is_range(one)),
        **_sizes([one for one in listed if _is_range(one)], largest),
    )


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name came twice")
    return found


def _wrong(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


def _moment(said: object) -> float:
    try:
        return parse_iso(str(said))
    except ValueError as wrong:
        raise INVALID_POLICY(reason="expiration is not a time in ISO 8601, UTC") from wrong


def _condition(said: object) -> Condition:
    """``{"field": "value"}``, ``["eq", "$field", "value"]`` or ``["starts-with", …]``."""
    if isinstance(said, dict) and len(said) == 1:
        ((name, value),) = said.items()
        if isinstance(value, str):
            return Condition(True, name.lower(), value)
    if isinstance(said, list) and len(said) == 3 and all(isinstance(one, str) for one in said):
        how, name, value = said
        if how.lower() in (_EQUAL, _STARTS) and name.startswith("$"):
            return Condition(how.lower() == _EQUAL, name[1:].lower(), value)
    raise INVALID_POLICY(reason=f"this is no condition: {json.dumps(said)[:80]}")


def _is_range(said: object) -> bool:
    first = said[0] if isinstance(said, list) and said else None
    return isinstance(first, str) and first.lower() == _LENGTH


def _sizes(ranges: Iterable[list[object]], largest: int) -> dict[str, int]:
    least, most = 0, largest
    for said in ranges:
        bounds = [one for one in said[1:] if isinstance(one, int) and not isinstance(one, bool)]
        if len(said) != 3 or len(bounds) != 2 or not 0 <= bounds[0] <= bounds[1]:
            raise INVALID_POLICY(reason=f"{_LENGTH} takes two sizes, the smaller one first")
        least, most = max(least, bounds[0]), min(most, bounds[1])
    return {"least": least, "most": most}
