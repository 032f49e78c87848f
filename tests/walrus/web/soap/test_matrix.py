# SPDX-License-Identifier: BSD-2-Clause
"""Who may do what is the same over SOAP as over REST: every operation, every caller."""

from __future__ import annotations

import re
import time
from hashlib import sha256
from urllib.parse import quote, urlencode

import pytest

from eucalyptus.access.principals import AccessKey
from eucalyptus.contracts.s3_soap.contract import S3_SOAP
from eucalyptus.wire.codec import codec_of
from eucalyptus.wire.documents import parse
from eucalyptus.wire.signable import Signable
from eucalyptus.wire.sigv4_making import Signing, authorize
from tests.walrus.serving import ALICE, Served
from tests.walrus.web.soap.speaking import element, message, post
from tests.walrus.web.test_matrix import CALLERS, filled
from walrus.core.keys import MOUNTS
from walrus.core.soap.wishes import Wish, wish

FLAGS = "<GetMetadata>true</GetMetadata><GetData>true</GetData><InlineData>true</InlineData>"
MINE, KEY = "<Bucket>mine</Bucket>", "<Bucket>mine</Bucket><Key>key</Key>"
COPY = (
    "<SourceBucket>mine</SourceBucket><SourceKey>key</SourceKey>"
    "<DestinationBucket>mine</DestinationBucket><DestinationKey>copy</DestinationKey>"
)
LIST = "<AccessControlList/>"
SAID = {
    "ListAllMyBuckets": "",
    "CreateBucket": MINE,
    "DeleteBucket": MINE,
    "ListBucket": MINE,
    "GetBucketLoggingStatus": MINE,
    "SetBucketLoggingStatus": MINE + "<BucketLoggingStatus/>",
    "GetBucketAccessControlPolicy": MINE,
    "SetBucketAccessControlPolicy": MINE + LIST,
    "GetObjectAccessControlPolicy": KEY,
    "SetObjectAccessControlPolicy": KEY + LIST,
    "GetObject": KEY + FLAGS,
    "GetObjectExtended": KEY + FLAGS,
    "PutObjectInline": KEY + "<Data>eA==</Data><ContentLength>1</ContentLength>",
    "CopyObject": COPY,
    "DeleteObject": KEY,
}
"""What is said of Alice's things; PutObject asks as PutObjectInline does, and brings the data
along (test_attachments)."""


def wanted(operation: str) -> Wish:
    """The REST request that asks the same."""
    declared = S3_SOAP.operation(operation)
    assert declared is not None
    ask = codec_of(S3_SOAP).read(declared.asks, parse(element(operation, SAID[operation])))
    return wish(ask)


def by_rest(served: Served, asked: Wish, key: AccessKey | None) -> str:
    """The code of what REST answers, "" for success."""
    body = asked.content or b""
    if "acl" in asked.query and asked.method == "PUT":
        owner = f"<Owner><ID>{ALICE.principal.canonical_id}</ID></Owner>"
        inside = f"{owner}<AccessControlList/>"
        body = element("AccessControlPolicy", inside)
    elif "logging" in asked.query and asked.method == "PUT":
        body = element("BucketLoggingStatus", "")
    path = f"{MOUNTS[0]}/{asked.target.bucket}"
    path = quote(f"{path}/{asked.target.key}" if asked.target.key else path)
    query = urlencode(dict(asked.query)).removesuffix("=")
    headers = {"host": (f"127.0.0.1:{served.port}",)} | {n: (v,) for n, v in asked.headers.items()}
    if key is not None:
        request = Signable(
            method=asked.method, path=path, query=query, headers=headers,
            body_sha256=sha256(body).hexdigest(),
        )  # fmt: skip
        signing = Signing(key_id=key.key_id, secret=key.secret, service="s3")
        headers |= {n: (v,) for n, v in authorize(request, signing, time.time()).items()}
    lines = "".join(f"{name}: {value[0]}\n" for name, value in headers.items())
    target = f"{path}?{query}" if query else path
    head = f"{asked.method} {target} HTTP/1.1\n{lines}Content-Length: {len(body)}\n"
    answer = served.raw(f"{head}Connection: close\n\n", body).decode("latin-1")
    code = re.search("<Code>(\\w+)<", answer)
    assert code or answer[9:12] in ("200", "204"), answer
    return code[1] if code else ""


@pytest.mark.parametrize("acl", ["private", "authenticated-read"])
@pytest.mark.parametrize("operation", [pytest.param(name, id=f"S-60 {name}") for name in SAID])
def test_s3_soap_matrix(served: Served, operation: str, acl: str) -> None:
    """The same answer or the same refusal; the owner comes last, since it may delete."""
    filled(served, acl)
    asked = wanted(operation)
    outcomes = set()
    for caller in sorted(CALLERS, key=lambda one: one == "owner"):
        key = CALLERS[caller]
        over_rest = by_rest(served, asked, key)
        over_soap = post(served, message(operation, SAID[operation], key))
        assert over_soap.code == over_rest, (caller, over_soap.why)
        assert over_soap.status == (500 if over_rest else 200)
        assert caller == "owner" or b"secret bytes" not in over_soap.body or not over_rest
        outcomes.add(over_rest)
    if acl == "private" and "NotImplemented" not in outcomes:
        assert "AccessDenied" in outcomes and len(outcomes) > 1


def test_every_operation_is_in_the_matrix() -> None:
    """Whatever the contract says, but for what is named above."""
    assert set(SAID) == {one.name for one in S3_SOAP.operations} - {"PutObject"}
