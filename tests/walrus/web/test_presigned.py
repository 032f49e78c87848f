# SPDX-License-Identifier: BSD-2-Clause
"""Addresses signed in advance are good for what they were signed for, and no more."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.walrus.serving import ALICE, Served, blocking
from tests.walrus.web.policing import FIRST, policy

VERSIONS = ("s3v4", "s3")


def status(url: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> int:
    """What a request without any other signature is answered."""
    body = b"x" if method == "PUT" else None
    request = urllib.request.Request(url, data=body, headers=dict(headers or {}), method=method)
    try:
        with urllib.request.urlopen(request, timeout=15) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def signed(served: Served, version: str) -> str:
    """An address to GET the object, good for ten minutes."""
    client = served.boto3(signature_version=version)
    params = {**FIRST, "Key": "k"}
    return str(client.generate_presigned_url("get_object", Params=params, ExpiresIn=600))


def clock(seconds: int) -> Callable[[], datetime]:
    """A clock that stands so many seconds from now."""
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    return lambda: moment


ADDED = (
    "acl", "tagging", "versionId=x", "response-content-type=text/html", "partNumber=1",
    "response-content-disposition=x", "uploadId=x", "retention", "legal-hold", "attributes",
    "torrent", "policy",
)  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("added", [pytest.param(one, id=f"S-21 &{one}") for one in ADDED])
def test_nothing_is_added(filled: Served, version: str, added: str) -> None:
    """Neither a sub-resource, nor a version, nor another header of the answer."""

    def talk() -> None:
        url = signed(filled, version)
        assert status(url) == 200
        # Objects have no policies, and torrents nobody: that is said before who asks is known.
        assert status(f"{url}&{added}") in (400, 403, 501)

    blocking(talk)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("old", "new", "method"),
    [
        pytest.param("/first/k?", "/first/other?", "GET", id="S-21 other key"),
        pytest.param("/first/k?", "/second/k?", "GET", id="S-21 other bucket"),
        pytest.param("/first/k?", "/first?", "GET", id="S-21 the bucket itself"),
        pytest.param("", "", "PUT", id="S-21 as PUT"),
        pytest.param("", "", "DELETE", id="S-21 as DELETE"),
        pytest.param("", "", "HEAD", id="S-21 as HEAD"),
    ],
)
def test_nothing_is_changed(filled: Served, version: str, old: str, new: str, method: str) -> None:
    """Neither the method nor the thing; which stays as it is."""
    alice = filled.boto3()

    def talk() -> None:
        alice.create_bucket(Bucket="second")
        alice.put_object(Bucket="second", Key="k", Body=b"2")
        alice.put_object(**FIRST, Key="other", Body=b"3")
        url = signed(filled, version)
        assert status(url) == 200
        assert status(url.replace(old, new, 1), method) == 403
        assert alice.get_object(**FIRST, Key="k")["Body"].read() == b"1"

    blocking(talk)


HEADERS = {
    "x-amz-acl": "public-read", "x-amz-grant-read": f"id={ALICE.principal.canonical_id}",
    "x-amz-copy-source": "/first/other", "x-amz-meta-colour": "red", "x-amz-tagging": "a=b",
    "x-amz-website-redirect-location": "/x", "x-amz-object-lock-mode": "GOVERNANCE",
    "x-amz-security-token": "t", "x-amz-server-side-encryption": "AES256",
}  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("header", [pytest.param(one, id=f"S-20 {one}") for one in HEADERS])
def test_no_header_is_slipped_in(filled: Served, version: str, header: str) -> None:
    """A PUT that was signed without it is refused with it."""
    alice = filled.boto3(signature_version=version)

    def talk() -> None:
        params = {**FIRST, "Key": "k"}
        url = alice.generate_presigned_url("put_object", Params=params)
        typed = {"Content-Type": ""}
        assert status(url, "PUT", {**typed, header: HEADERS[header]}) in (400, 403)
        assert alice.get_object(**params)["Body"].read() == b"1"
        assert status(url, "PUT", typed) == 200

    blocking(talk)


@pytest.mark.parametrize("version", VERSIONS)
def test_s22_an_address_ends(filled: Served, version: str) -> None:
    """With its time, with a policy that denies, with the key that signed it."""
    alice, door = filled.boto3(), filled.resource._door
    deny = policy(Effect="Deny", Principal="*")

    def talk() -> None:
        url = signed(filled, version)
        assert status(url) == 200
        for seconds, answered in ((590, 200), (602, 403), (0, 200)):
            filled.resource._door = replace(door, now=clock(seconds))
            assert status(url) == answered
        alice.put_bucket_policy(**FIRST, Policy=deny)
        assert status(url) == 403
        alice.delete_bucket_policy(**FIRST)
        assert status(url) == 200
        del filled.people.keys[ALICE.key_id]
        assert status(url) == 403

    blocking(talk)


@pytest.mark.parametrize(
    ("version", "old", "new"),
    [
        pytest.param("s3", "Expires=", "Expires=-", id="S-22 before the epoch"),
        pytest.param("s3", "Expires=", "Expires=9223372036854775808&x=", id="S-22 beyond 2^63"),
        pytest.param("s3", "Expires=", "Expires=1.5&x=", id="S-22 no whole number"),
        pytest.param("s3v4", "X-Amz-Expires=600", "X-Amz-Expires=604801", id="S-22 over a week"),
        pytest.param("s3v4", "X-Amz-Expires=600", "X-Amz-Expires=-1", id="S-22 less than none"),
        pytest.param("s3v4", "X-Amz-Expires=600", "X-Amz-Expires=6000", id="S-22 longer"),
    ],
)
def test_an_end_is_not_moved(filled: Served, version: str, old: str, new: str) -> None:
    """It is signed, and must be one."""

    def talk() -> None:
        url = signed(filled, version)
        assert old in url
        assert status(url.replace(old, new, 1)) in (400, 403)
        assert status(url) == 200

    blocking(talk)
