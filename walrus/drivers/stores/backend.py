# SPDX-License-Identifier: BSD-2-Clause
"""Another S3 store, by botocore: uploads it acknowledges, ranges, and what its refusals mean.

Only what every S3 store of the last ten years knows is asked for: Content-MD5 guards what is sent,
the seal of a blob what is read.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from twisted.logger import Logger

from walrus.drivers.stores.sealed import Sealed
from walrus.drivers.stores.store import NoBlob, StoreAway, StoreFailed, failing

PART = 16 << 20
"""Bytes of a part; what has no more goes up in one request."""
TAIL = 64 << 10
"""Bytes that are asked for first: all of a small blob, or the seal of one up to 4 GiB."""
_FIRST, _MOST = 512 << 10, 16 << 20
_REFUSED = frozenset(
    {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "AccountProblem", "403"}
)
_GONE = frozenset({"NoSuchKey", "404"})
_FULL = frozenset({"QuotaExceeded", "InsufficientStorage", "507"})

_log = Logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where the backend is (``HOST[:PORT][/PATH]``), our keys there, and our bucket."""

    endpoint: str
    key_id: str
    secret: str = field(repr=False)
    https: bool
    bucket: str

    @property
    def url(self) -> str:
        """The endpoint's address."""
        return f"{'https' if self.https else 'http'}://{self.endpoint}"


def connect(access: Access) -> Remote:
    """A client of the backend; asks nothing yet. Nothing but ``access`` decides who we are."""
    tuning = Config(
        signature_version="s3v4", s3={"addressing_style": "path"}, connect_timeout=5,
        read_timeout=30, max_pool_connections=32, request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"mode": "standard", "total_max_attempts": 2},
    )  # fmt: skip
    try:
        client = botocore.session.Session().create_client(
            "s3", region_name="us-east-1", endpoint_url=access.url, config=tuning,
            aws_access_key_id=access.key_id, aws_secret_access_key=access.secret,
        )  # fmt: skip
    except (BotoCoreError, ValueError) as wrong:
        _log.error("backend {url} cannot be used: {wrong}", url=access.url, wrong=str(wrong))
        raise StoreAway(
            "The storage behind the object store is not set up. Tell the administrator to look at"
            " the properties objectstorage.s3provider."
        ) from wrong
    return Remote(access=access, client=client)


@contextmanager
def asking(access: Access) -> Iterator[None]:
    """The backend's refusals and silence as what they mean for the store."""
    try:
        yield
    except ClientError as refused:
        raise _meaning(refused, access) from refused
    except BotoCoreError as failure:
        _log.error("backend {url} is away: {why}", url=access.url, why=str(failure))
        raise StoreAway(
            "The storage behind the object store does not answer. Try again in a moment."
        ) from failure


def _meaning(refused: ClientError, access: Access) -> Exception:
    code = str(refused.response.get("Error", {}).get("Code", ""))
    status = refused.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    if code in _GONE:
        return NoBlob(code)
    _log.error("backend {url} refuses: {why}", url=access.url, why=str(refused))
    if code in _FULL:
        return StoreFailed(code, full=True)
    if code in _REFUSED:
        return StoreAway(
            "The storage behind the object store refuses the cloud's credentials. Tell the"
            " administrator to look at objectstorage.s3provider.s3accesskey and .s3secretkey."
        )
    if code == "NoSuchBucket":
        return StoreAway(
            "The storage behind the object store has no bucket for the cloud. Tell the"
            " administrator to look at objectstorage.s3provider.s3bucket."
        )
    if status >= 500 or status == 429:
        return StoreAway("The storage behind the object store is overloaded. Try again later.")
    return StoreFailed(f"the backend says {code}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """The backend, connected."""

    access: Access
    client: Any

    def sealed(self, key: str) -> Sealed:
        """An object, opened; raises NoBlob or StoreFailed."""
        with asking(self.access):
            answer = self.client.get_object(
                Bucket=self.access.bucket, Key=key, Range=f"bytes=-{TAIL}"
            )
            tail = answer["Body"].read()
        total = int(answer.get("ContentRange", f"/{len(tail)}").rpartition("/")[2])
        ranged = _Ranged(self, key, total)
        ranged.tail, ranged.etag = tail, answer["ETag"]
        return Sealed(total=total, read=ranged.read, close=ranged.close)


class _Ranged:
    """Bytes of one object. Who reads on gets ever longer ranges, up to 16 MiB, as streams."""

    tail: bytes = b""
    etag: str = ""

    def __init__(self, remote: Remote, key: str, total: int) -> None:
        self._remote, self._key, self._total = remote, key, total
        self._stream: Any = None
        self._at = self._end = -1
        self._window = _FIRST

    def read(self, length: int, first: int) -> bytes:
        """``length`` bytes from ``first`` on, or fewer at the end; raises StoreFailed."""
        inside = first - (self._total - len(self.tail))
        if inside >= 0:
            return self.tail[inside : inside + length]
        found = bytearray()
        with asking(self._remote.access):
            while len(found) < length and first + len(found) < self._total:
                found += self._some(length - len(found), first + len(found))
        return bytes(found)

    def _some(self, length: int, first: int) -> bytes:
        if first != self._at or first >= self._end:
            self._ask(first, length)
        read: bytes = self._stream.read(min(length, self._end - first))
        if not read:
            raise StoreFailed("the backend sent less than it said")
        self._at += len(read)
        return read

    def _ask(self, first: int, length: int) -> None:
        self._window = min(2 * self._window, _MOST) if first == self._at else _FIRST
        self.close()
        self._at, self._end = first, min(first + max(self._window, length), self._total)
        self._stream = self._remote.client.get_object(
            Bucket=self._remote.access.bucket, Key=self._key, IfMatch=self.etag,
            Range=f"bytes={first}-{self._end - 1}",
        )["Body"]  # fmt: skip

    def close(self) -> None:
        """Let go of the stream."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()


class PartSums:
    """The MD5 of every part, as they are spooled."""

    def __init__(self) -> None:
        self._digests: list[Any] = []
        self._size = 0

    def update(self, data: bytes) -> None:
        """Take the next bytes."""
        view = memoryview(data)
        while view:
            inside = self._size % PART
            if inside == 0:
                self._digests.append(hashlib.md5(usedforsecurity=False))
            part, view = view[: PART - inside], view[PART - inside :]
            self._digests[-1].update(part)
            self._size += len(part)

    def parts(self) -> Sequence[str]:
        """In base64, as Content-MD5 wants them."""
        return [base64.b64encode(one.digest()).decode() for one in self._digests]


def upload(remote: Remote, key: str, fd: int, sums: Sequence[str]) -> None:
    """Send a file whose parts have the MD5s ``sums``; raises StoreFailed."""
    with asking(remote.access):
        if len(sums) > 1:
            _send_parts(remote, key, fd, sums)
            return
        remote.client.put_object(
            Bucket=remote.access.bucket, Key=key, Body=_part(fd, 0), ContentMD5=sums[0]
        )


def _part(fd: int, number: int) -> bytes:
    with failing():
        return os.pread(fd, PART, number * PART)


def _send_parts(remote: Remote, key: str, fd: int, sums: Sequence[str]) -> None:
    where = {"Bucket": remote.access.bucket, "Key": key}
    begun = remote.client.create_multipart_upload(**where)["UploadId"]
    try:
        sent = []
        for number, md5 in enumerate(sums):
            answer = remote.client.upload_part(
                **where, UploadId=begun, PartNumber=number + 1, Body=_part(fd, number),
                ContentMD5=md5,
            )  # fmt: skip
            sent.append({"PartNumber": number + 1, "ETag": answer["ETag"]})
        remote.client.complete_multipart_upload(
            **where, UploadId=begun, MultipartUpload={"Parts": sent}
        )
    except BaseException:
        with suppress(StoreFailed):  # the sweep does it
            discard(remote, key, begun)
        raise


def discard(remote: Remote, key: str, upload_id: str) -> None:
    """Give up an upload, if it is there."""
    with asking(remote.access), suppress(remote.client.exceptions.NoSuchUpload):
        remote.client.abort_multipart_upload(
            Bucket=remote.access.bucket, Key=key, UploadId=upload_id
        )
