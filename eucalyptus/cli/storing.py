# SPDX-License-Identifier: BSD-2-Clause
"""Put objects into the object store with http.client: signed, retried, blocking."""

from __future__ import annotations

import hashlib
import http.client
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from eucalyptus.cli.connection import Denied, Node, Unreachable
from eucalyptus.cli.profile import Profile
from eucalyptus.contracts.refusals import Refused
from eucalyptus.wire.documents import DocumentLimits, parse
from eucalyptus.wire.signable import Signable
from eucalyptus.wire.sigv4_making import Signing, authorize

TIMEOUT = 120.0
TRIES = 4
_LONGEST_ANSWER = 1 << 20
_THERE = ("BucketAlreadyOwnedByYou", "BucketAlreadyExists")
"""Not ours, perhaps; then putting something into it is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploads:
    """Where objects go. ``clock`` gives POSIX seconds; ``pause`` waits so many seconds."""

    profile: Profile
    clock: Callable[[], float]
    pause: Callable[[float], object]

    def make_bucket(self, bucket: str) -> None:
        """Create a bucket unless it is there; raises Denied and Unreachable."""
        try:
            self._put(f"/{quote(bucket, safe='')}", b"", {})
        except Denied as denied:
            if denied.code not in _THERE:
                raise

    def put(self, bucket: str, key: str, body: bytes) -> None:
        """Store an object readable by the cloud; raises Denied and Unreachable."""
        path = f"/{quote(bucket, safe='')}/{quote(key, safe='/~')}"
        self._put(path, body, {"x-amz-acl": "aws-exec-read"})

    def _put(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Try a few times: what is put twice is there once."""
        for attempt in range(TRIES):
            try:
                status, answer = self._send(path, body, headers)
            except (OSError, http.client.HTTPException) as failure:
                if attempt == TRIES - 1:
                    raise Unreachable(f"{self.profile.url} does not answer: {failure}") from failure
            else:
                if status < 500 or attempt == TRIES - 1:
                    self._read(status, answer)
                    return
            self.pause(0.5 * 2**attempt)

    def _send(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        target = urlsplit(self.profile.url)
        if target.scheme not in ("http", "https") or not target.hostname:
            raise Unreachable(f"{self.profile.url} is not an http URL")
        whole = target.path.rstrip("/") + path
        host = target.netloc.rpartition("@")[2]
        request = Signable(
            method="PUT", path=whole, query="",
            headers={"host": (host,), **{name: (value,) for name, value in headers.items()}},
            body_sha256=hashlib.sha256(body).hexdigest(),
        )  # fmt: skip
        signing = Signing(key_id=self.profile.key_id, secret=self.profile.secret, service="s3")
        signed = authorize(request, signing, self.clock())
        connection = _connection(target)
        try:
            connection.request("PUT", whole, body, {**headers, **signed, "Host": host})
            response = connection.getresponse()
            return response.status, response.read(_LONGEST_ANSWER)
        finally:
            connection.close()

    def _read(self, status: int, answer: bytes) -> None:
        if status == 200:
            return
        try:
            error = Node(parse(answer, DocumentLimits(size=_LONGEST_ANSWER, elements=1000)))
        except Refused as wrong:
            raise Unreachable(f"{self.profile.url} answered {status} without a reason") from wrong
        raise Denied(error.text("Code"), error.text("Message"), error.text("RequestId"))


def _connection(target: Any) -> http.client.HTTPConnection:
    if target.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(
            target.hostname, target.port, timeout=TIMEOUT, context=context
        )
    return http.client.HTTPConnection(target.hostname, target.port, timeout=TIMEOUT)
