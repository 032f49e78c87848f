# SPDX-License-Identifier: BSD-2-Clause
"""Policies of forms: read strictly, and each condition holds or the form is refused."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from eucalyptus.contracts.refusals import Refused
from walrus.core import posting
from walrus.core.posting import Policy

LARGEST = 1000
FIELDS = {"bucket": "b", "key": "photos/1", "content-type": "image/png", "policy": "…",
          "signature": "…", "x-ignore-this": "x", "x-amz-checksum-crc32": "…"}  # fmt: skip
CONDITIONS: list[Any] = [
    {"bucket": "b"}, ["starts-with", "$key", "photos/"], ["EQ", "$Content-Type", "image/png"],
    ["content-length-range", 5, 10],
]  # fmt: skip


def policy(conditions: Any = CONDITIONS, expiration: Any = "2026-01-01T00:00:00Z") -> Policy:
    """A policy as the wire brings it, read."""
    return read({"expiration": expiration, "conditions": conditions})


def read(document: Any) -> Policy:
    """A document, or text, in base64 and back."""
    text = document if isinstance(document, str) else json.dumps(document)
    return posting.read(base64.b64encode(text.encode()).decode(), LARGEST)


def test_a_form_that_is_allowed() -> None:
    """The twin of all that follow."""
    policy().check(FIELDS, 1.7e9)
    assert (policy().least, policy().most) == (5, 10)
    policy([*CONDITIONS, ["starts-with", "$acl", ""]]).check(FIELDS, 1.7e9)
    policy().check_size(5, ended=True)
    assert (policy(CONDITIONS[:3]).least, policy(CONDITIONS[:3]).most) == (0, LARGEST)
    twice = policy([["content-length-range", 1, 9], ["content-length-range", 5, 10**9]])
    assert (twice.least, twice.most) == (5, 9)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        pytest.param({"bucket": "other"}, "failed", id="S-50 CVE-2023-43040 other bucket"),
        pytest.param({"key": "private/1"}, "failed", id="S-50 other key"),
        pytest.param({"key": None}, "failed", id="S-50 field of a condition missing"),
        pytest.param({"content-type": "text/html"}, "failed", id="S-50 other type"),
        pytest.param({"acl": "public-read"}, "Extra input", id="S-50 extra field"),
        pytest.param({"x-amz-meta-a": "b"}, "Extra input", id="S-50 extra metadata"),
    ],
)
def test_forms_that_are_not_allowed(changed: dict[str, str | None], says: str) -> None:
    """Every condition holds and every field has one."""
    fields = {name: value for name, value in {**FIELDS, **changed}.items() if value is not None}
    with pytest.raises(Refused, match=says):
        policy().check(fields, 1.7e9)


def test_s50_no_condition_on_the_bucket() -> None:
    """The bucket is a field that every form has."""
    with pytest.raises(Refused, match="Extra input fields: bucket"):
        policy(CONDITIONS[1:]).check(FIELDS, 1.7e9)


def test_s50_expired() -> None:
    """To the second."""
    policy().check(FIELDS, 1767225600)
    with pytest.raises(Refused, match="expired"):
        policy().check(FIELDS, 1767225600.5)


@pytest.mark.parametrize(("size", "says"), [(11, "may have 10"), (4, "at least 5")])
def test_s50_sizes(size: int, says: str) -> None:
    """Too much is said while it comes, too little at the end."""
    policy().check_size(4, ended=False)
    with pytest.raises(Refused, match=says):
        policy().check_size(size, ended=True)


WRONG = {
    "S-50 no expiration": {"conditions": CONDITIONS},
    "S-50 no conditions": {"expiration": "2026-01-01T00:00:00Z"},
    "S-50 more": {"expiration": "2026-01-01T00:00:00Z", "conditions": [], "x": 1},
    "S-50 a list": [],
    "S-50 conditions no list": {"expiration": "2026-01-01T00:00:00Z", "conditions": {}},
    "S-50 date": {"expiration": "2026-01-01 00:00:00", "conditions": []},
    "S-50 date of another type": {"expiration": 5, "conditions": []},
    "S-50 name twice": '{"expiration": "2026-01-01T00:00:00Z", "conditions": [], "conditions": []}',
    "S-50 not JSON": "{",
    "S-50 NaN": '{"expiration": NaN, "conditions": []}',
    "S-50 deep": "[" * 5000,
    "S-50 many": {"expiration": "2026-01-01T00:00:00Z", "conditions": [{"a": "b"}] * 201},
}


@pytest.mark.parametrize("document", [pytest.param(d, id=name) for name, d in WRONG.items()])
def test_documents_that_are_no_policy(document: Any) -> None:
    """InvalidPolicyDocument."""
    with pytest.raises(Refused) as caught:
        read(document)
    assert caught.value.refusal.code == "InvalidPolicyDocument"


def test_not_base64() -> None:
    """InvalidPolicyDocument, too."""
    with pytest.raises(Refused, match="base64"):
        posting.read("*", LARGEST)


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param({}, id="S-50 empty"),
        pytest.param({"bucket": "b", "key": "k"}, id="S-50 several in one"),
        pytest.param({"bucket": 5}, id="S-50 number"),
        pytest.param(["eq", "key", "k"], id="S-50 no dollar"),
        pytest.param(["in", "$key", "k"], id="S-50 unknown"),
        pytest.param(["eq", "$key"], id="S-50 short"),
        pytest.param(["eq", "$key", None], id="S-50 null"),
        pytest.param("key", id="S-50 text"),
        pytest.param(["content-length-range", 0], id="S-50 one size"),
        pytest.param(["content-length-range", -1, 5], id="S-50 negative size"),
        pytest.param(["content-length-range", 5, 1], id="S-50 sizes turned round"),
        pytest.param(["content-length-range", "0", "5"], id="S-50 sizes in text"),
        pytest.param(["content-length-range", False, True], id="S-50 sizes that are truths"),
    ],
)
def test_conditions_that_are_none(condition: Any) -> None:
    """InvalidPolicyDocument, whatever stands beside it."""
    with pytest.raises(Refused) as caught:
        policy([*CONDITIONS, condition])
    assert caught.value.refusal.code == "InvalidPolicyDocument"


@pytest.mark.parametrize(
    ("filename", "key"),
    [
        pytest.param("a.txt", "up/a.txt", id="S-50 plain"),
        pytest.param("../../etc/passwd", "up/passwd", id="S-50 folders"),
        pytest.param("C:\\Files\\a.txt", "up/a.txt", id="S-50 folders of Windows"),
        pytest.param('a"\r\nb', 'up/a"\r\nb', id="S-50 quotes and line ends"),
        pytest.param("${filename}", "up/${filename}", id="S-50 once"),
    ],
)
def test_keys_from_file_names(filename: str, key: str) -> None:
    """A key is opaque, so any is good; folders are not the browser's to say."""
    assert posting.key({"key": "up/${filename}"}, filename) == key


@pytest.mark.parametrize("fields", [{}, {"key": ""}, {"key": "k\0"}, {"key": "k" * 1025}])
def test_keys_that_are_none(fields: dict[str, str]) -> None:
    """Missing, empty, with NUL, too long."""
    with pytest.raises(Refused):
        posting.key(fields, "f")


def test_headers() -> None:
    """What a PUT would have; what signs the form is not the object's."""
    fields = {"acl": "private", "content-type": "text/plain", "x-amz-meta-a": "ü",
              "x-amz-signature": "s", "success_action_status": "200", "key": "k"}  # fmt: skip
    assert posting.headers(fields) == {
        "x-amz-acl": "private", "content-type": "text/plain", "x-amz-meta-a": "Ã¼",
    }  # fmt: skip


@pytest.mark.parametrize(
    "field",
    [
        pytest.param({"x-amz-meta-a": "b\r\nset-cookie: c"}, id="S-50 S-72 line end in a value"),
        pytest.param({"x-amz-meta-a\n": "b"}, id="S-50 S-72 line end in a name"),
        pytest.param({"content-type": "text/html\x7f"}, id="S-50 control character"),
    ],
)
def test_fields_that_are_no_headers(field: dict[str, str]) -> None:
    """Nothing is injected into the answer of a later GET."""
    with pytest.raises(Refused, match="header"):
        posting.headers(field)
