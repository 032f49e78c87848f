# SPDX-License-Identifier: BSD-2-Clause
"""boto 2, the client of this cloud's first decade, signs; we verify. No network is touched."""

from __future__ import annotations

import hashlib
import sys
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from typing import Any

import pytest
from boto.ec2.connection import EC2Connection
from boto.ec2.regioninfo import RegionInfo
from boto.s3.connection import OrdinaryCallingFormat, S3Connection

from eucalyptus.wire.signable import Signable, pairs
from tests.wire.signatures.peers import EC2, KEY, S3, SECRET, outcome


def find_spec(importer: Any, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
    """What the finder protocol of today asks, by the one of yesterday."""
    return spec_from_loader(name, importer) if importer.find_module(name) else None


def mend() -> None:
    """Teach boto's own copy of six the protocol by which pytest asks every importer."""
    for importer in sys.meta_path:
        kind: Any = type(importer)
        if kind.__module__ == "boto.vendored.six" and not hasattr(kind, "find_spec"):
            kind.find_spec = find_spec


mend()
HOST = "s3.cloud.example"
PARAMETERS = {
    "Action": "DescribeInstances",
    "Filter.1.Value.1": "a b&c=é*~",
    "Version": "2013-02-01",
}


class Ec2V4(EC2Connection):  # type: ignore[misc]
    """Signs with version 4, as boto does for a region it does not know."""

    def _required_auth_capability(self) -> list[str]:
        return ["hmac-v4"]


class Ec2V2(EC2Connection):  # type: ignore[misc]
    """Signs with version 2, as boto does when told EC2_USE_SIGV4 is off."""

    def _required_auth_capability(self) -> list[str]:
        return ["ec2"]


class S3V4(S3Connection):  # type: ignore[misc]
    """Signs with version 4."""

    def _required_auth_capability(self) -> list[str]:
        return ["hmac-v4-s3"]


def s3(kind: type = S3Connection) -> Any:
    return kind(
        KEY,
        SECRET,
        is_secure=False,
        port=8773,
        path="/services/objectstorage",
        host=HOST,
        calling_format=OrdinaryCallingFormat(),
    )


def sent(connection: Any, request: Any, host: str = HOST) -> Signable:
    """What goes over the wire when boto has authorized a request."""
    request.authorize(connection=connection)
    path, _, query = request.path.partition("?")
    body = request.body.encode() if isinstance(request.body, str) else request.body
    form = body.decode("latin-1") if "form" in request.headers.get("Content-Type", "") else ""
    headers = {name.lower(): (str(value),) for name, value in request.headers.items()}
    return Signable(
        method=request.method, path=path, query=query, parameters=pairs(query, form), port=8773,
        headers={"host": (f"{host}:8773",), **headers},
        body_sha256=hashlib.sha256(body).hexdigest(),
    )  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("kind", [Ec2V4, Ec2V2])
def test_ec2_by_address(method: str, kind: type) -> None:
    region = RegionInfo(name="eucalyptus", endpoint="127.0.0.1")
    connection = kind(
        KEY, SECRET, is_secure=False, port=8773, path="/services/compute", region=region
    )
    request = connection.build_base_http_request(
        method, "/", None, dict(PARAMETERS), {}, "", "127.0.0.1"
    )
    signable = sent(connection, request, "127.0.0.1")
    assert dict(signable.parameters).items() >= PARAMETERS.items()
    assert outcome(signable, EC2) == ""
    assert outcome(signable, EC2, secret="other") == "AuthFailure"


@pytest.mark.parametrize("kind", [S3Connection, S3V4])
@pytest.mark.parametrize("key", ["k", "a b/c+d", "é", "~*'()"])
def test_s3_by_address(key: str, kind: type) -> None:
    connection = s3(kind)
    request = connection.build_base_http_request(
        "PUT",
        connection.calling_format.build_path_base("bucket", key) + "?acl",
        connection.calling_format.build_auth_path("bucket", key) + "?acl",
        {},
        {"x-amz-acl": "private", "Content-Type": "text/plain", "x-amz-meta-a": " b  c "},
        "body",
        HOST,
    )
    signable = sent(connection, request)
    assert outcome(signable, S3) == ""
    assert outcome(signable, S3, secret="other") == "AuthFailure"


def test_s3_urls() -> None:
    url = s3().generate_url(300, "GET", "bucket", "a b", query_auth=True)
    path, _, query = url.partition(f"{HOST}:8773")[2].partition("?")
    request = Signable(method="GET", path=path, query=query, headers={"host": (f"{HOST}:8773",)})
    assert outcome(request, S3) == ""
