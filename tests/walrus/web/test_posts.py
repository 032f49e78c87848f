# SPDX-License-Identifier: BSD-2-Clause
"""Browsers post files, signed by a policy or anonymous."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

import pytest

from eucalyptus.access.principals import AccessKey
from eucalyptus.wire.dates import format_basic
from eucalyptus.wire.signable import Signable
from eucalyptus.wire.sigv4_making import Signing, authorize
from tests.walrus.serving import ALICE, BOB, Served, blocking
from tests.walrus.web.test_boto3 import code_of

CONDITIONS: list[Any] = [
    {"bucket": "first"}, ["starts-with", "$key", "up"], ["content-length-range", 0, 1000],
    ["starts-with", "$success_action_status", ""], ["starts-with", "$success_action_redirect", ""],
    ["starts-with", "$x-amz-meta-colour", ""],
]  # fmt: skip
ALL = {"success_action_status": "", "success_action_redirect": "", "x-amz-meta-colour": "blue"}


@pytest.fixture
def bucket(served: Served) -> Served:
    """A Walrus with a bucket."""
    blocking(lambda: served.boto3().create_bucket(Bucket="first"))
    return served


def policy(conditions: list[Any] = CONDITIONS, seconds: int = 600) -> str:
    """A policy's text in base64."""
    ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
    document = {"expiration": ends, "conditions": conditions}
    return base64.b64encode(json.dumps(document).encode()).decode()


def signed(key: AccessKey = ALICE, text: str | None = None) -> dict[str, str]:
    """The fields that sign a policy with version 2."""
    text = policy() if text is None else text
    seal = hmac.digest(key.secret.encode(), text.encode(), "sha1")
    return {
        "AWSAccessKeyId": key.key_id,
        "policy": text,
        "signature": base64.b64encode(seal).decode(),
    }


def post(served: Served, fields: Mapping[str, str], file: bytes = b"bytes") -> Any:
    """The answer to a form, of which refusals are answers, too."""
    lines = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    last = '--b\r\nContent-Disposition: form-data; name="file"; filename="f.txt"\r\n\r\n'
    body = (lines + last).encode() + file + b"\r\n--b--\r\n"
    request = urllib.request.Request(
        f"{served.url}/first", body, {"Content-Type": "multipart/form-data; boundary=b"}
    )
    opener = urllib.request.build_opener(NoRedirects)

    def send() -> Any:
        try:
            return opener.open(request, timeout=10)
        except urllib.error.HTTPError as answer:
            return answer

    answer = blocking(send)
    answer.text = blocking(answer.read).decode()
    return answer


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """Shows a redirection instead of following it."""

    def redirect_request(self, *args: Any) -> None:
        """Do not."""


def got(served: Served, key: str = "up/f.txt") -> tuple[bytes, dict[str, str]]:
    """Bytes and metadata of an object."""
    s3 = served.boto3()
    answer = blocking(lambda: s3.get_object(Bucket="first", Key=key))
    return bytes(blocking(answer["Body"].read)), answer["Metadata"]


def test_version_2(bucket: Served) -> None:
    """The file is stored with its metadata under its own name; nothing more is said."""
    answer = post(bucket, {"key": "up/${filename}", **signed(), **ALL})
    assert (answer.status, answer.text) == (204, ""), answer.text
    assert answer.headers["ETag"] == f'"{hashlib.md5(b"bytes").hexdigest()}"'
    assert got(bucket) == (b"bytes", {"colour": "blue"})


def test_version_4(bucket: Served) -> None:
    """As boto3 makes it, for 200 and 201."""
    form = bucket.boto3().generate_presigned_post(
        "first", "up/f.txt", Conditions=CONDITIONS[3:], Fields=ALL
    )
    for status, tag in (("200", ""), ("201", "<Key>up/f.txt</Key>"), ("404", "")):
        answer = post(bucket, {**form["fields"], "success_action_status": status})
        wanted = 204 if status == "404" else int(status)
        assert answer.status == wanted, answer.text
        assert tag in answer.text
    wrong = {**form["fields"], "x-amz-signature": "0" * 64}
    assert "SignatureDoesNotMatch" in post(bucket, wrong).text


def test_a_large_file_streams(bucket: Served) -> None:
    """Larger than what is held at once."""
    text = policy([*CONDITIONS[:2], ["starts-with", "$x-amz-meta-colour", ""]])
    file = b"0123456789\r\n--" * 300_000
    fields = {"key": "up/f.txt", "x-amz-meta-colour": "red", **signed(text=text)}
    assert post(bucket, fields, file).status == 204
    assert got(bucket)[0] == file


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        pytest.param("http://h/p?q=1#f", "http://h/p?q=1&", id="S-50 kept"),
        pytest.param("javascript:alert(1)", "", id="S-50 script"),
        pytest.param("//h/p", "", id="S-50 no scheme"),
        pytest.param("http://h/\r\nset-cookie: a", "", id="S-50 line end"),
        pytest.param("http://[h", "", id="S-50 no address"),
        pytest.param("http:h", "", id="S-50 no host"),
    ],
)
def test_redirections(bucket: Served, wanted: str, goes: str) -> None:
    """Only to the web, and told what was stored."""
    answer = post(bucket, {"key": "up/a b", **signed(), **ALL, "success_action_redirect": wanted})
    if not goes:
        assert answer.status == 204
        assert answer.headers["Location"] == "/first/up/a%20b"
        return
    assert answer.status == 303
    etag = hashlib.md5(b"bytes").hexdigest()
    assert answer.headers["Location"] == f"{goes}bucket=first&key=up%2Fa%20b&etag=%22{etag}%22"


REFUSED: Mapping[str, tuple[dict[str, str], str]] = {
    "S-50 another key": ({"key": "down"}, "AccessDenied"),
    "S-50 extra field": ({"acl": "public-read"}, "AccessDenied"),
    "S-50 wrong signature": ({"signature": "A" * 27 + "="}, "SignatureDoesNotMatch"),
    "S-50 unreadable signature": ({"signature": "x"}, "SignatureDoesNotMatch"),
    "S-50 unknown key id": ({"AWSAccessKeyId": "AKINOBODY"}, "InvalidAccessKeyId"),
    "S-50 two signatures": ({"x-amz-signature": "0" * 64}, "InvalidRequest"),
    "S-50 policy changed": ({"policy": policy([])}, "SignatureDoesNotMatch"),
    "S-50 no key": ({"key": ""}, "InvalidArgument"),
    "S-50 expired": (signed(text=policy(seconds=-5)), "AccessDenied"),
    "S-50 no policy at all": (signed(text=""), "InvalidPolicyDocument"),
    "S-50 another's bucket": (signed(BOB), "AccessDenied"),
    "S-50 token": ({"x-amz-security-token": "t"}, "AccessDenied"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_forms(bucket: Served, name: str) -> None:
    """Nothing is stored; the form unchanged is taken."""
    fields, says = {"key": "up/f.txt", **signed(), **ALL}, REFUSED[name]
    answer = post(bucket, {**fields, **says[0]})
    assert f"<Code>{says[1]}<" in answer.text, answer.text
    s3 = bucket.boto3()
    assert blocking(lambda: code_of(s3.get_object, Bucket="first", Key="up/f.txt")) == "NoSuchKey"
    assert not list((bucket.root / "incoming").iterdir())
    assert post(bucket, fields).status == 204


@pytest.mark.parametrize("name", ["policy", "signature"])
def test_s50_half_signed(bucket: Served, name: str) -> None:
    """A form is signed, or it is not."""
    fields = {"key": "up/f.txt", **signed()}
    assert "InvalidRequest" in post(bucket, {n: v for n, v in fields.items() if n != name}).text


def test_s50_sizes(bucket: Served) -> None:
    """One byte more than the policy allows, one less."""
    fields = {"key": "up/f.txt", **ALL}
    assert "EntityTooLarge" in post(bucket, {**fields, **signed()}, b"x" * 1001).text
    assert post(bucket, {**fields, **signed()}, b"x" * 1000).status == 204
    text = policy([*CONDITIONS, ["content-length-range", 10, 20]])
    assert "EntityTooSmall" in post(bucket, {**fields, **signed(text=text)}, b"x" * 9).text
    assert got(bucket)[0] == b"x" * 1000


def test_checksums_of_a_form(bucket: Served) -> None:
    """Are those of its file."""
    right = base64.b64encode(hashlib.sha256(b"bytes").digest()).decode()
    fields = {"key": "up/f.txt", **signed(), **ALL}
    assert "BadDigest" in post(bucket, {**fields, "x-amz-checksum-sha256": right[::-1]}).text
    assert post(bucket, {**fields, "x-amz-checksum-sha256": right}).status == 204


def test_tags_of_a_form(bucket: Served) -> None:
    """Come as a document."""
    tags = "<Tagging><TagSet><Tag><Key>a b</Key><Value>&amp;=</Value></Tag></TagSet></Tagging>"
    text = policy([*CONDITIONS[:3], ["starts-with", "$tagging", ""]])
    assert post(bucket, {"key": "up/f.txt", "tagging": tags, **signed(text=text)}).status == 204
    s3 = bucket.boto3()
    got = blocking(lambda: s3.get_object_tagging(Bucket="first", Key="up/f.txt"))
    assert got["TagSet"] == [{"Key": "a b", "Value": "&="}]
    wrong = post(bucket, {"key": "up/f.txt", "tagging": "<x/>", **signed(text=text)})
    assert "MalformedXML" in wrong.text


def test_bucket_policies_see_how_a_form_is_signed(bucket: Served) -> None:
    """By its policy, which is neither a header nor an URL."""
    statement = {
        "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::first/*", "Condition": {"StringEquals": {"s3:authType": "POST"}},
    }  # fmt: skip
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3 = bucket.boto3()
    blocking(lambda: (
        s3.put_bucket_policy(Bucket="first", Policy=document),
        s3.put_object(Bucket="first", Key="by header", Body=b"x"),
    ))  # fmt: skip
    assert "AccessDenied" in post(bucket, {"key": "up/f.txt", **signed(), **ALL}).text


def test_anonymous_forms(bucket: Served) -> None:
    """May what the bucket's ACL lets everybody do, which is nothing here."""
    assert "AccessDenied" in post(bucket, {"key": "up/f.txt"}).text


def test_version_4_is_for_this_service(bucket: Served) -> None:
    """A form signed for another service, or another day, is no form for S3."""
    text, date = policy(), format_basic(time.time())
    fields = {"key": "up/f.txt", "policy": text, "x-amz-signature": "0" * 64, "x-amz-date": date}
    scope = f"{ALICE.key_id}/{date[:8]}/eucalyptus/ec2/aws4_request"
    for more, says in (
        ({}, "InvalidRequest"),
        ({"x-amz-algorithm": "AWS4-HMAC-SHA256", "x-amz-credential": scope}, "AccessDenied"),
        ({"x-amz-algorithm": "AWS4-HMAC-SHA256", "x-amz-date": "now"}, "InvalidRequest"),
    ):
        assert f"<Code>{says}<" in post(bucket, {**fields, **more}).text


@pytest.mark.parametrize(
    ("head", "body", "says"),
    [
        pytest.param("Content-Type: text/plain\nContent-Length: 1", b"x", "Precondition",
                     id="S-50 no form"),
        pytest.param("Content-Type: multipart/form-data; boundary=b\nContent-Length: 6",
                     b"--b\r\n\r", "MalformedPOST", id="S-50 cut"),
        pytest.param("Content-Type: multipart/form-data; boundary=b\nTransfer-Encoding: chunked",
                     b"0\r\n\r\n", "MissingContentLength", id="S-50 no length"),
        pytest.param(f"Content-Type: multipart/form-data; boundary=b\nContent-Length: {6 << 30}",
                     b"", "EntityTooLarge", id="S-50 six gigabytes"),
        pytest.param("Content-Type: multipart/form-data; boundary=b\nContent-Length: 30000",
                     b"x" * 30000, "MaxPostPreDataLengthExceeded", id="S-50 preamble"),
    ],
)  # fmt: skip
def test_bodies_that_are_no_form(bucket: Served, head: str, body: bytes, says: str) -> None:
    """Are refused by name."""
    said = bucket.raw(
        f"POST /services/objectstorage/first HTTP/1.1\nHost: h\nConnection: close\n{head}\n\n", body
    )
    assert says.encode() in said, said


def test_a_form_signed_in_its_head_is_refused(bucket: Served) -> None:
    """Two signatures could disagree on who asks."""
    path = "/services/objectstorage/first"
    request = Signable(
        method="POST", path=path, query="", headers={"host": ("h",)},
        body_sha256=hashlib.sha256(b"").hexdigest(),
    )  # fmt: skip
    signing = Signing(key_id=ALICE.key_id, secret=ALICE.secret, service="s3")
    lines = "".join(f"{n}: {v}\n" for n, v in authorize(request, signing, time.time()).items())
    said = bucket.raw(
        f"POST {path} HTTP/1.1\nHost: h\nConnection: close\nContent-Length: 0\n{lines}\n"
    )
    assert b"a form is signed by its policy" in said, said
