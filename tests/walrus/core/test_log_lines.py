# SPDX-License-Identifier: BSD-2-Clause
"""Lines of logs: one a request, 26 fields, whatever was sent."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eucalyptus.contracts.s3 import ACTIONS, OBJECT
from walrus.core.keys import LONGEST_KEY, Target
from walrus.core.log_documents import LogTarget
from walrus.core.log_lines import Entry, line, operation
from walrus.core.records import Owner

OWNER = Owner(account_id="1" * 12, canonical_id="c" * 64, name="a")
ENTRY = Entry(
    bucket="b", owner=OWNER, target=Target(bucket="b", key="k"),
    at=datetime(2026, 11, 21, 12, 3, 4, tzinfo=UTC), source="::1", who=None, request_id="r",
    operation="REST.GET.OBJECT", uri="GET /b/k HTTP/1.1", status=200,
)  # fmt: skip
OCTETS = st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=60)


def test_a_line() -> None:
    """As S3 documents it."""
    assert line(ENTRY) == (
        f'{"c" * 64} b [21/Nov/2026:12:03:04 +0000] ::1 - r REST.GET.OBJECT k "GET /b/k HTTP/1.1" '
        '200 - - - 0 - "-" "-" - r - - - - - - -'
    )
    much = replace(
        ENTRY, sent=5, size=0, milliseconds=9, thinking=7, agent="an agent", version="v",
        signature="AWS", cipher="C", signed_in="REST-QUERY-STRING", host="h:1", tls="TLSv1.3",
        by_acl=True,
    )  # fmt: skip
    wanted = '200 - 5 0 9 7 "-" "an agent" v r SigV2 C QueryString h:1 TLSv1.3 - Yes'
    assert line(much).endswith(wanted)


@given(OCTETS, OCTETS, st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_what_is_sent_stays_in_its_field(agent: str, host: str, key: str) -> None:
    """S-73: nobody ends a field or a line."""
    made = line(replace(ENTRY, agent=agent, referrer=agent, host=host, uri=agent,
                        target=Target(bucket="b", key=key)))  # fmt: skip
    assert made.isascii() and made.isprintable()
    assert len(shlex.split(made.replace("[", '"').replace("]", '"'))) == 26


@pytest.mark.parametrize("name", ["X-Amz-Signature", "Signature", "x-amz-security-token"])
def test_signatures_are_not_told(name: str) -> None:
    """A reader of the log could use the address as well."""
    made = line(replace(ENTRY, uri=f"GET /b/k?{name}=secret&X-Amz-Expires=9 HTTP/1.1"))
    assert "secret" not in made and f"{name}=-&X-Amz-Expires=9 HTTP/1.1" in made


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("PUT", "UploadPart", "k", "uploadId"), "REST.PUT.PART"),
        (("POST", "CompleteMultipartUpload", "k", "uploadId"), "REST.POST.UPLOAD"),
        (("PUT", "CopyObject", "k", ""), "REST.COPY.OBJECT"),
        (("PUT", "PutObjectLegalHold", "k", "legal-hold"), "REST.PUT.LEGAL_HOLD"),
        (("PUT", "PutObjectRetention", "k", "retention"), "REST.PUT.RETENTION"),
        (("DELETE", "DeleteObjectTagging", "k", "tagging"), "REST.DELETE.OBJECT_TAGGING"),
        (("GET", "GetBucketTagging", "", "tagging"), "REST.GET.TAGGING"),
        (("OPTIONS", "Preflight", "k", ""), "REST.OPTIONS.PREFLIGHT"),
        (("GE T", "", "k", "acl"), "REST.GE%20T.OBJECT"),
        (("GET", "", "", ""), "REST.GET.BUCKET"),
    ],
)
def test_operations(asked: tuple[str, str, str, str], words: str) -> None:
    """Named as S3 names them."""
    method, action, key, parameter = asked
    assert operation(method, action, Target(bucket="b", key=key), {parameter: ""}) == words


def test_every_action_is_named() -> None:
    """No two of one method and level have the same name, but those that S3 names alike."""
    names: dict[str, str] = {}
    for (level, method, parameters), action in ACTIONS.items():
        target = Target(bucket="b", key="k" if level == OBJECT else "")
        named = operation(method, action.name, target, dict.fromkeys(parameters.split("&"), ""))
        if level != "service" and action.name != "PostObject":
            names.setdefault(f"{level} {named}", action.name)
            assert names[f"{level} {named}"] == action.name


def test_names_of_log_objects() -> None:
    """Simple ones, and in folders."""
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    simple = LogTarget(bucket="t", prefix="p/")
    assert simple.key(("1", "b"), moment, "AB") == "p/2026-01-02-03-04-05-AB"
    folders = replace(simple, date="EventTime").key(("1", "b"), moment, "AB")
    assert folders == "p/1/eucalyptus/b/2026/01/02/2026-01-02-03-04-05-AB"
    longest = LogTarget(bucket="t", prefix="p" * 800, date="EventTime")
    assert len(longest.key(("1" * 12, "b" * 63), moment, "A" * 16)) <= LONGEST_KEY
