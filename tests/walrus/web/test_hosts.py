# SPDX-License-Identifier: BSD-2-Clause
"""Buckets in the Host header: at the root, below the mount, signed in both versions."""

from __future__ import annotations

import base64
import hmac
from email.utils import formatdate
from urllib.parse import urlsplit

import pytest

from tests.walrus.serving import ALICE, Served, blocking
from tests.walrus.signing import presigned

HOST = "first.s3.localhost"


@pytest.fixture
def bucket(served: Served) -> Served:
    """A Walrus with two buckets, and keys that look like paths of services."""
    s3 = served.boto3()

    def talk() -> None:
        for name in ("first", "second"):
            s3.create_bucket(Bucket=name)
            for key in ("k", "services/compute/x", "image/x", "second/k"):
                s3.put_object(Bucket=name, Key=key, Body=f"{name} {key}".encode())

    blocking(talk)
    return served


def get(served: Served, path: str, host: str = HOST, lines: str = "") -> str:
    """The answer to a GET of this very path and Host."""
    head = f"GET {path} HTTP/1.1\nHost: {host}\nConnection: close\n{lines}\n"
    return served.raw(head).decode("latin-1")


def signed_v2(resource: str, host: str = HOST) -> str:
    """Header lines that sign a GET of a resource with version 2."""
    date = formatdate(usegmt=True)
    text = f"GET\n\n\n{date}\n{resource}"
    seal = base64.b64encode(hmac.digest(ALICE.secret.encode(), text.encode(), "sha1")).decode()
    return f"Date: {date}\nAuthorization: AWS {ALICE.key_id}:{seal}\n"


@pytest.mark.parametrize("mount", ["", "/services/Walrus", "/services/objectstorage"])
@pytest.mark.parametrize("key", ["k", "services/compute/x", "image/x", "second/k"])
def test_version_4(bucket: Served, mount: str, key: str) -> None:
    """What stands before the store's name is the bucket; all of the path is the key."""
    url = urlsplit(presigned(f"http://{HOST}{mount}/{key}", ALICE))
    assert get(bucket, f"{url.path}?{url.query}").endswith(f"\r\n\r\nfirst {key}")
    other = get(bucket, f"{url.path}?{url.query}", HOST.replace("first", "second"))
    assert "SignatureDoesNotMatch" in other


@pytest.mark.parametrize("mount", ["", "/services/Walrus"])
def test_version_2(bucket: Served, mount: str) -> None:
    """Signs the bucket with the key; the Host, which it does not sign, cannot change either."""
    lines = signed_v2("/first/k")
    assert get(bucket, f"{mount}/k", lines=lines).endswith("first k")
    assert get(bucket, f"{mount}/first/k", "s3.localhost", lines).endswith("first k")
    listed = get(bucket, f"{mount}/", lines=signed_v2("/first/"))
    assert "<ListBucketResult" in listed
    assert "<ListBucketResult" in get(bucket, f"{mount}/", lines=signed_v2("/first"))
    for host, path, resource in (
        ("second.s3.localhost", "/k", "/first/k"),
        (HOST, "/k", "/k"),
        (HOST, "/second/k", "/second/k"),
        ("s3.localhost", "/second/k", "/k"),
    ):
        said = get(bucket, mount + path, host, signed_v2(resource))
        assert "SignatureDoesNotMatch" in said, (host, path, resource)


def test_hosts_that_are_none(bucket: Served) -> None:
    """Mean what the path says."""
    url = urlsplit(presigned("http://first.example.com/services/Walrus/second/k", ALICE))
    said = get(bucket, f"{url.path}?{url.query}", "first.example.com")
    assert said.endswith("second k")
    assert get(bucket, "/second/k", "first.example.com").startswith("HTTP/1.1 404")


@pytest.mark.parametrize(
    ("host", "says"),
    [
        pytest.param("FIRST.S3.localhost", "AccessDenied", id="S-01 capitals are none"),
        pytest.param("..s3.localhost", "NoSuchBucket", id="S-01 dot"),
        pytest.param("a_b.s3.localhost", "NoSuchBucket", id="S-01 underscore"),
        pytest.param("services.s3.localhost", "NoSuchBucket", id="S-01 mount"),
        pytest.param("a/b.s3.localhost", "400", id="S-01 slash"),
        pytest.param("%2e%2e.s3.localhost", "400", id="S-01 escapes"),
    ],
)
def test_hosts_with_odd_buckets(bucket: Served, host: str, says: str) -> None:
    """Name nothing, or are refused by the front."""
    assert says in get(bucket, "/k", host)
