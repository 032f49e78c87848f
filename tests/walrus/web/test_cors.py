# SPDX-License-Identifier: BSD-2-Clause
"""CORS over HTTP: the rules of a bucket, preflights, and headers on every answer."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.walrus.serving import Served, blocking
from tests.walrus.web.test_boto3 import code_of

RULES: dict[str, Any] = {
    "CORSRules": [
        {
            "AllowedOrigins": ["http://*.example.com"],
            "AllowedMethods": ["GET"],
            "AllowedHeaders": ["x-one"],
        }
    ]
}


@pytest.fixture
def bucket(served: Served) -> Served:
    """A Walrus with a bucket with rules and a public object."""
    s3 = served.boto3()

    def talk() -> None:
        s3.create_bucket(Bucket="first")
        s3.put_object(Bucket="first", Key="k", Body=b"x", ACL="public-read")
        s3.put_bucket_cors(Bucket="first", CORSConfiguration=RULES)

    blocking(talk)
    return served


def ask(served: Served, method: str, path: str, **headers: str) -> tuple[int, Any, str]:
    """Status, headers and text of an answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"{served.url}/{path}", headers=named, method=method)

    def send() -> tuple[int, Any, str]:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.headers, answer.read().decode()

    return blocking(send)


def test_rules_come_and_go(bucket: Served) -> None:
    """Put, get, delete; a wrong document changes nothing."""
    s3 = bucket.boto3()

    def talk() -> None:
        assert s3.get_bucket_cors(Bucket="first")["CORSRules"] == RULES["CORSRules"]
        wrong = {"CORSRules": [{"AllowedOrigins": ["*"], "AllowedMethods": ["PATCH"]}]}
        assert code_of(s3.put_bucket_cors, Bucket="first", CORSConfiguration=wrong) == (
            "InvalidRequest"
        )
        assert s3.get_bucket_cors(Bucket="first")["CORSRules"] == RULES["CORSRules"]
        s3.delete_bucket_cors(Bucket="first")
        assert code_of(s3.get_bucket_cors, Bucket="first") == "NoSuchCORSConfiguration"

    blocking(talk)


def test_answers_to_scripts(bucket: Served) -> None:
    """Good ones and refusals say who may see them; who asks from nowhere hears nothing of it."""
    for path, status in (("first/k", 200), ("first/none", 403), ("first", 403)):
        got, headers, _ = ask(bucket, "GET", path, Origin="http://a.example.com")
        assert (got, headers["Access-Control-Allow-Origin"]) == (status, "http://a.example.com")
        for other in ({}, {"Origin": "http://evil"}):
            assert ask(bucket, "GET", path, **other)[1]["Access-Control-Allow-Origin"] is None


@pytest.mark.parametrize(
    ("path", "headers", "status", "says"),
    [
        ("first/k", {"Origin": "http://a.example.com"}, 400, "BadRequest"),
        ("first/k", {"Access_Control_Request_Method": "GET"}, 400, "BadRequest"),
        ("first", {"Origin": "http://evil", "Access_Control_Request_Method": "GET"}, 403,
         "AccessForbidden"),
        ("nothere/k", {"Origin": "http://a.example.com", "Access_Control_Request_Method": "GET"},
         404, "NoSuchBucket"),
        ("first/k?X-Amz-Signature=0", {"Origin": "http://a.example.com",
         "Access_Control_Request_Method": "GET", "Access_Control_Request_Headers": "X-One"},
         200, ""),
    ],
)  # fmt: skip
def test_preflights(
    bucket: Served, path: str, headers: dict[str, str], status: int, says: str
) -> None:
    """A browser that asks before is nobody, and an address signed for GET does not hinder it."""
    got, told, text = ask(bucket, "OPTIONS", path, **headers)
    assert (got, says in text) == (status, True), text
    origin = headers.get("Origin") if status == 200 else None
    assert told["Access-Control-Allow-Origin"] == origin
