# SPDX-License-Identifier: BSD-2-Clause
"""Names, keys, ranges and headers that a careless server trips over, as they go over the wire."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from urllib.parse import quote

import pytest
from lxml import etree

from tests.walrus.serving import Served, blocking
from tests.walrus.web.test_wire import Head
from walrus.core.keys import MOUNTS

EMPTY = hashlib.sha256(b"").hexdigest()


@pytest.fixture
def bucket(served: Served) -> Served:
    """A Walrus with two buckets."""
    s3 = served.boto3()
    blocking(lambda: [s3.create_bucket(Bucket=name) for name in ("first", "second")])
    return served


def send(served: Served, method: str, path: str, body: bytes = b"", **headers: str) -> str:
    """The answer to a signed request for this very path below the mount."""
    head = Head(served, hashlib.sha256(body).hexdigest(), method, **headers)
    head.path, _, head.query = f"{MOUNTS[0]}{path}".partition("?")
    return served.raw(head.text(f"content-length: {len(body)}\n"), body).decode("latin-1")


def there(served: Served) -> set[str]:
    """Every file of the state directory, but for the names of blobs."""
    names = (path.relative_to(served.root.parent) for path in served.root.parent.rglob("*"))
    return {str(name) for name in names if len(name.name) != 32}


BUCKETS = ["..", ".", "a", "a" * 64, "Abc", "a_b", "192.168.1.1", "xn--abc", "a..b", "a.-b", "abc.",
           "abc-", "%2e%2e", "a%2fb", "abc%00", "%C3%BCber", "services", "latest", "image",
           "internal", "%ff%fe%fd", "abc%20"]  # fmt: skip


def test_s01_bucket_names(bucket: Served) -> None:
    """Refused by name, and nothing made anywhere; a good name is taken."""
    before = there(bucket)
    for name in BUCKETS:
        said = send(bucket, "PUT", f"/{name}")
        assert said.startswith("HTTP/1.1 400"), (name, said)
    assert send(bucket, "PUT", "/con").startswith("HTTP/1.1 200")
    listed = [one["Name"] for one in blocking(bucket.boto3().list_buckets)["Buckets"]]
    assert listed == ["con", "first", "second"]
    assert there(bucket) == before


KEYS = ["../../x", "a/../../b", "%2e%2e%2fx", "..%5cx", "/", "//", "./", "/lead", "a/./b", ".",
        "..", "incoming/x", "objects/00/x", "0" * 32, "../second/k", "%252e%252e/x"]  # fmt: skip


def test_s02_keys_are_not_paths(bucket: Served) -> None:
    """Each is stored as it stands and read back, in its own bucket, under a name of ours."""
    before = there(bucket)
    for number, key in enumerate(KEYS):
        said = send(bucket, "PUT", f"/first/{key}", f"body {number}".encode())
        assert said.startswith("HTTP/1.1 200"), (key, said)
    for number, key in enumerate(KEYS):
        assert send(bucket, "GET", f"/first/{key}").endswith(f"\r\n\r\nbody {number}"), key
    assert "NoSuchKey" in send(bucket, "GET", "/second/k")
    s3 = bucket.boto3()
    assert blocking(lambda: s3.list_objects_v2(Bucket="first"))["KeyCount"] == len(KEYS)
    assert there(bucket) == before


GOOD_KEYS = ["k" * 1024, "%0a", "%0d%0a", "%01%1f", "e%CC%81", "%C3%A9", "x%20", "x%20%20",
             "%F0%9F%90%A8", "a+b", "a%2Bb%2B", "a%20b", "%3Fq", "%23h", "%7f"]  # fmt: skip
BAD_KEYS = {"k" * 1025: "KeyTooLong", "%F0%9F%90%A8" * 1024: "KeyTooLong", "a%00": "InvalidURI",
            "%ff": "InvalidURI", "%ed%a0%80": "InvalidURI", "%c0%af": "InvalidURI"}  # fmt: skip


def test_s03_every_character(bucket: Served) -> None:
    """All that UTF-8 can say but NUL, twins kept apart; the listing is XML and says the same."""
    for number, key in enumerate(GOOD_KEYS):
        said = send(bucket, "PUT", f"/first/{key}", f"body {number}".encode())
        assert said.startswith("HTTP/1.1 200"), (key, said)
    for number, key in enumerate(GOOD_KEYS):
        assert send(bucket, "GET", f"/first/{key}").endswith(f"\r\n\r\nbody {number}"), key
    for key, says in BAD_KEYS.items():
        said = send(bucket, "PUT", f"/first/{key}", b"x")
        assert "400" in said[:20] and says in said, (key, said)
    said = send(bucket, "GET", "/first?encoding-type=url")
    keys = etree.fromstring(said.partition("\r\n\r\n")[2].encode()).findall("{*}Contents/{*}Key")
    assert len(keys) == len(GOOD_KEYS)
    assert {quote("é"), quote("e\u0301"), "a%20b", "a%2Bb"} <= {key.text for key in keys}


RANGES: Mapping[str, tuple[int, str]] = {
    "bytes=0-": (206, "0123456789"), "bytes=-1": (206, "9"), "bytes=-20": (206, "0123456789"),
    "bytes=3-4": (206, "34"), "bytes= 3 - 4 ": (206, "34"), "bytes=9-99": (206, "9"),
    "bytes=-0": (416, ""), "bytes=10-": (416, ""), "bytes=999999999999999999-": (416, ""),
    "bytes=5-2": (200, "0123456789"), "bytes=0-0,1-1": (200, "0123456789"),
    "bytes=0-5,3-9": (200, "0123456789"), "bytes=a-b": (200, "0123456789"),
    "items=0-1": (200, "0123456789"), "bytes=": (200, "0123456789"), "": (200, "0123456789"),
    "bytes=99999999999999999999-": (200, "0123456789"), "bytes=--1": (200, "0123456789"),
    "bytes=" + ",".join(["0-0"] * 1000): (200, "0123456789"),
}  # fmt: skip


def test_s10_ranges(bucket: Served) -> None:
    """One well-formed range, 416 outside the object, all else is no range at all."""
    send(bucket, "PUT", "/first/k", b"0123456789")
    send(bucket, "PUT", "/first/empty")
    for header, (status, bytes_) in RANGES.items():
        said = send(bucket, "GET", "/first/k", range=header)
        assert said.startswith(f"HTTP/1.1 {status}"), (header, said)
        assert status == 416 or said.endswith(f"\r\n\r\n{bytes_}"), (header, said)
    assert send(bucket, "GET", "/first/empty", range="bytes=0-").startswith("HTTP/1.1 416")


def test_s71_nothing_is_run(bucket: Served) -> None:
    """Pages are not sniffed, errors echo keys escaped, answers' headers are checked."""
    send(bucket, "PUT", "/first/k", b"<script>", content_type="text/html")
    assert "X-Content-Type-Options: nosniff" in send(bucket, "GET", "/first/k")
    said = send(bucket, "GET", "/first/%3Cscript%3E%26")
    assert "NoSuchKey" in said and "<script>" not in said
    for name in ("type", "disposition", "language", "encoding"):
        for value in ("a%0d%0aSet-Cookie:%20b", "a%0ab", "a%7f", "%C3%BC"):
            said = send(bucket, "GET", f"/first/k?response-content-{name}={value}")
            assert said.startswith("HTTP/1.1 400"), (name, value, said)
            assert "Set-Cookie" not in said.partition("\r\n\r\n")[0]
    said = send(bucket, "GET", "/first/k?response-content-type=text%2Fplain")
    assert "Content-Type: text/plain\r\n" in said


def test_s72_metadata(bucket: Served) -> None:
    """Two thousand bytes of any names and values, told again as they came."""
    kept = {"x_amz_meta___proto__": "1", "x_amz_meta_b": "=?utf-8?q?=0d=0a?=",
            "x_amz_meta_c": "\xfc\xe9"}  # fmt: skip
    assert send(bucket, "PUT", "/first/k", b"x", **kept).startswith("HTTP/1.1 200")
    said = send(bucket, "GET", "/first/k").partition("\r\n\r\n")[0].lower()
    for name, value in kept.items():
        assert f"\r\n{name.replace('_', '-')}: {value}".lower() in said, said
    assert "MetadataTooLarge" in send(bucket, "PUT", "/first/k", b"y", x_amz_meta_a="v" * 2048)
    for many in (
        {f"x_amz_meta_{number}": "v" for number in range(1000)},
        {"x_amz_meta_a": "v" * 20_000},
    ):
        assert send(bucket, "PUT", "/first/k", b"y", **many)[9] == "4"
    assert send(bucket, "GET", "/first/k").endswith("\r\n\r\nx")
