# SPDX-License-Identifier: BSD-2-Clause
"""URLs signed with version 4: what they allow, and that they allow no more."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from eucalyptus.wire import signatures
from eucalyptus.wire.signable import Signable
from tests.wire.signatures.peers import (
    S3,
    boto_request,
    changed,
    outcome,
    v4_url,
    with_header,
)


def good_url(expires: int = 300) -> Signable:
    return v4_url(boto_request(url="http://h:8773/b/k?acl="), "s3", expires, token="TOKEN")


def url_with(old: str, new: str) -> Signable:
    request = good_url()
    assert old in request.query
    return changed(request, query=request.query.replace(old, new))


Q22: dict[str, Callable[[], Signable]] = {
    **{
        f"Q-22 {n}": partial(url_with, "Expires=300", f"Expires={n}")
        for n in ("0", "-1", "604801", "1e3", "", "99999999")
    },
    "Q-22 absent": lambda: url_with("X-Amz-Expires=300&", ""),
    "algorithm": lambda: url_with("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512"),
    "date": lambda: url_with("X-Amz-Date=2", "X-Amz-Date=x"),
    "S-20 copy source": lambda: with_header(good_url(), "x-amz-copy-source", "/b/k"),
    "S-20 digest": lambda: with_header(good_url(), "x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
    "S-21 sub-resource": lambda: url_with("acl=&", "policy=&"),
    "S-21 added": lambda: url_with("acl=&", "acl=&partNumber=1&"),
    "S-21 dropped": lambda: url_with("acl=&", ""),
    "S-21 value": lambda: url_with("acl=&", "acl=x&"),
    "S-21 HEAD": lambda: changed(good_url(), method="HEAD"),
    "S-21 key": lambda: changed(good_url(), path="/b/k2"),
    "S-21 token": lambda: url_with("TOKEN", "TOKEM"),
    "digest word": lambda: url_with("acl=&", "acl=&X-Amz-Content-Sha256=x&"),
    "header too": lambda: with_header(good_url(), "authorization", "AWS a:b"),
}


@pytest.mark.parametrize("row", Q22)
def test_signed_urls_allow_what_they_say_and_no_more(row: str) -> None:
    assert outcome(good_url(), S3) == ""
    assert signatures.parse(good_url(), S3).token == "TOKEN"
    assert outcome(Q22[row](), S3), row


def test_a_url_may_claim_its_payload() -> None:
    digest = "0" * 64
    request = v4_url(boto_request(url=f"http://h/b/k?X-Amz-Content-Sha256={digest}"), "s3")
    assert signatures.parse(request, S3).payload == digest
    signed = v4_url(boto_request(headers={"x-amz-content-sha256": digest}), "s3")
    assert signatures.parse(signed, S3).payload == digest
