# SPDX-License-Identifier: BSD-2-Clause
"""S3 requests as bytes, and the object stores to which they are sent: ours and its peers."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from measuring.cloud import Caller, Cloud

PATH = "/services/objectstorage"
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An object store: its address, the path before buckets, and who asks ("": nobody signs)."""

    address: tuple[str, int]
    path: str = ""
    key_id: str = ""
    secret: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        """Where an SDK is sent."""
        return f"http://{self.address[0]}:{self.address[1]}{self.path}"

    def client(self) -> Any:
        """A boto3 client that sends one request where one is asked for."""
        return boto3.client(
            "s3", endpoint_url=self.url, region_name="us-east-1",
            aws_access_key_id=self.key_id, aws_secret_access_key=self.secret,
            config=Config(
                s3={"addressing_style": "path"}, retries={"max_attempts": 0},
                max_pool_connections=64, read_timeout=300,
                request_checksum_calculation="when_required",
            ),
        )  # fmt: skip

    def request(
        self, method: str, name: str, body: bytes = b"", query: Mapping[str, str] | None = None
    ) -> bytes:
        """One request for ``bucket/key``, signed over its body where anybody signs."""
        asked = AWSRequest(
            method=method, url=f"{self.url}/{name}", params=dict(query or {}), data=body,
            headers={"x-amz-content-sha256": hashlib.sha256(body).hexdigest()},
        )  # fmt: skip
        if self.key_id:
            S3SigV4Auth(Credentials(self.key_id, self.secret), "s3", "us-east-1").add_auth(asked)
        sent = asked.prepare()
        target = "/" + sent.url.split("/", 3)[3]
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self.address[0]}:{self.address[1]}"]
        lines += [f"{n}: {v}" for n, v in sent.headers.items() if n.lower() != "content-length"]
        return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def of_cloud(on: Cloud, caller: Caller) -> Place:
    """The cloud's own object store."""
    return Place(address=on.address, path=PATH, key_id=caller.key_id, secret=caller.secret)


def puts(place: Place, prefix: str, count: int, body: bytes) -> list[bytes]:
    """``count`` PUTs of ``body`` to different keys."""
    return [place.request("PUT", f"{prefix}{number:06d}", body) for number in range(count)]


class Line:
    """One connection that a large body goes through, in either direction."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._socket = socket.create_connection(address, timeout=300)

    def ask(self, request: bytes) -> tuple[int, int]:
        """Send a request and read its answer to the end; gives status and length of the body."""
        self._socket.sendall(request)
        head, _, rest = self._head()
        lines = head.decode("latin-1").lower().split("\r\n")
        length = next(
            int(line.partition(":")[2]) for line in lines if line.startswith("content-length:")
        )
        left, kept = length - len(rest), bytearray(_PIECE)
        while left > 0:
            got = self._socket.recv_into(kept, min(_PIECE, left))
            if not got:
                raise ConnectionError("the answer ends too early")
            left -= got
        return int(lines[0].split(" ")[1]), length

    def _head(self) -> tuple[bytes, bytes, bytes]:
        said = b""
        while b"\r\n\r\n" not in said:
            piece = self._socket.recv(65536)
            if not piece:
                raise ConnectionError("no answer came")
            said += piece
        return said.partition(b"\r\n\r\n")

    def close(self) -> None:
        """End the connection."""
        self._socket.close()


def wanted(statuses: Iterable[int], status: int = 200) -> None:
    """Raise RuntimeError unless every answer was the one that is measured."""
    others = [one for one in statuses if one != status]
    if others:
        raise RuntimeError(f"{len(others)} answers had the status {others[0]}")
