# SPDX-License-Identifier: BSD-2-Clause
"""boto3, the AWS CLI and boto 2 as they are, but for the socket: their requests go to a town."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import boto3
from awscli.clidriver import create_clidriver
from boto.ec2.connection import EC2Connection
from boto.ec2.regioninfo import RegionInfo
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from eucalyptus.services import COMPUTE
from eucalyptus.web.arrivals import Arrived, Reply
from tests.fixtures.reactor import spin
from tests.street.town import Key, Town
from tests.wire.signatures.test_boto import mend

mend()
URL = f"http://127.0.0.1:8773{COMPUTE.path}"
REGION = "eucalyptus"
CONFIG = Config(retries={"total_max_attempts": 1})


def deliver(town: Town, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
    """A request as it would have gone over the wire; a slash at the path's end finds it, too."""
    path, _, query = target.partition("?")
    arrived = Arrived(
        method=method,
        path=path,
        query=query,
        headers={name.lower(): (str(value),) for name, value in headers.items()},
        body=body,
        request_id=str(uuid.uuid4()),
        source="127.0.0.1",
        local="127.0.0.1",
        port=8773,
    )
    reply: Reply = spin(town.worker.endpoints[path.rstrip("/")].respond(arrived))
    return reply


class _Raw(io.BytesIO):
    """A body as botocore reads it."""

    def stream(self, **_: Any) -> Any:
        yield self.read()


class ToTown:
    """Takes what botocore would have sent; keeps the last parameters."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self.sent = ""

    def __call__(self, request: Any, **_: Any) -> AWSResponse:
        """Called before a request is sent; what is given back is the answer."""
        url = urlsplit(request.url)
        headers = {"host": url.netloc} | {
            name: value.decode() if isinstance(value, bytes) else value
            for name, value in request.headers.items()
        }
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        self.sent = body.decode()
        target = f"{url.path}?{url.query}" if url.query else url.path
        reply = deliver(self._town, request.method, target, headers, body)
        return AWSResponse(request.url, reply.status, {}, _Raw(reply.body))


def boto3_client(town: Town, key: Key, version: str | None = None) -> Any:
    """A boto3 client of EC2 in an API version that botocore knows."""
    client = boto3.client(
        "ec2", region_name=REGION, endpoint_url=URL, aws_access_key_id=key.id,
        aws_secret_access_key=key.secret, api_version=version, config=CONFIG,
    )  # fmt: skip
    client.meta.events.register("before-send.ec2", ToTown(town))
    return client


class Cli:
    """The AWS CLI, run in this process."""

    def __init__(self, town: Town, key: Key, capsys: Any) -> None:
        self._driver, self._capsys = create_clidriver(), capsys
        self._driver.session.set_credentials(key.id, key.secret)
        self._driver.session.register("before-send.ec2", ToTown(town))

    def __call__(self, *words: str) -> Any:
        """What a command prints, as it printed it; fails when the command does."""
        around = ["--endpoint-url", URL, "--region", REGION, "--output", "json"]
        self._capsys.readouterr()
        code = self._driver.main(["ec2", *words, *around])
        printed = self._capsys.readouterr()
        assert code == 0, printed.err
        return json.loads(printed.out) if printed.out.strip() else {}


class _Answer(io.BytesIO):
    """An answer as boto 2 reads it."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.body)
        self.status, self.reason = reply.status, "as the town says"
        self._length = len(reply.body)

    def getheader(self, name: str, default: Any = None) -> Any:
        """The only header that matters."""
        return str(self._length) if name.lower() == "content-length" else default

    def getheaders(self) -> list[tuple[str, str]]:
        """All headers."""
        return [("content-length", str(self._length))]

    msg: Mapping[str, str] = {}


class _Connection:
    """A connection of boto 2's that leads to a town."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._reply: Reply | None = None

    def request(self, method: str, path: str, body: Any = "", headers: Any = None) -> None:
        """Send."""
        text = body.encode() if isinstance(body, str) else body or b""
        headers = {"host": "127.0.0.1:8773", **(headers or {})}
        self._reply = deliver(self._town, method, path, headers, text)

    def getresponse(self) -> _Answer:
        """Receive."""
        assert self._reply is not None
        return _Answer(self._reply)

    def close(self) -> None:
        """Nothing is open."""


class _Boto2(EC2Connection):  # type: ignore[misc]
    town: Town
    capability = "hmac-v4"

    def _required_auth_capability(self) -> list[str]:
        return [self.capability]

    def get_http_connection(self, host: str, port: int, is_secure: bool) -> _Connection:
        """What boto would open a socket for."""
        return _Connection(self.town)


class _Boto2V2(_Boto2):
    capability = "ec2"


def boto2_client(town: Town, key: Key, *, sigv4: bool = True, version: str = "2013-02-01") -> Any:
    """A boto 2.49 connection that signs with version 4 or 2."""
    kind = type("Boto2", (_Boto2 if sigv4 else _Boto2V2,), {"town": town})
    return kind(
        key.id, key.secret, is_secure=False, port=8773, path=COMPUTE.path, api_version=version,
        region=RegionInfo(name=REGION, endpoint="127.0.0.1"),
    )  # fmt: skip
