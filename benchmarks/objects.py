# SPDX-License-Identifier: BSD-2-Clause
"""Walrus beside Ceph's gateway, nginx and the disk: puts, gets, listings, uploads in parts.

Ours verifies a signature each time, and answers when content and record are on the disk. Ceph's
gateway verifies and syncs too; nginx does neither. Two front workers, as on a machine of two cores.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

from measuring import peers, rows
from measuring.cloud import cloud
from measuring.load import Load, run
from measuring.objects import Line, Place, of_cloud, puts, wanted
from tests.fixtures.ceph import Ceph, ceph, missing

BUCKET = "bench"
KIB, MIB = 1 << 10, 1 << 20
SMALL, CLIENTS, MANY = b"x" * KIB, 16, 800
LARGE = 64 * MIB
KEYS, PAGE = 10_000, 1_000
PART, PARTS, AT_ONCE = 8 * MIB, 13, 4
"""13 parts of 8 MiB: a little over 100 MiB."""
_turn = count()


def rate(place: Place, requests: list[bytes]) -> float:
    """Requests answered per second, each sent once."""
    return run(Load(address=place.address, requests=requests, clients=CLIENTS, again=False)).rate


def put_rate(place: Place, bucket: str = BUCKET) -> float:
    """Small objects stored per second, under new keys."""
    return rate(place, puts(place, f"{bucket}/put{next(_turn):03d}-", MANY, SMALL))


def get_rate(place: Place) -> float:
    """Small objects read per second."""
    return rate(place, [place.request("GET", f"{BUCKET}/small{n % 100:06d}") for n in range(MANY)])


def timed(place: Place, request: bytes) -> float:
    """MiB per second of one large request, either way."""
    line = Line(place.address)
    begun = time.perf_counter()
    status, _ = line.ask(request)
    taken = time.perf_counter() - begun
    line.close()
    wanted([status])
    return LARGE / MIB / taken


def small(ours: Place, rados: Place, dav: Place) -> Iterator[rows.Row]:
    """1 KiB in and out."""
    for place in (ours, rados):
        place.client().create_bucket(Bucket=BUCKET)
        rate(place, puts(place, f"{BUCKET}/small", 100, SMALL))
    mine, theirs, plain = rows.turns(
        lambda: put_rate(ours), lambda: put_rate(rados), lambda: put_rate(dav, "dav"), rounds=3
    )
    yield rows.faster("PUT 1 KiB: radosgw", (mine, theirs), 2.0)
    yield rows.faster("PUT 1 KiB: nginx without sync", (mine, plain), 0.3)
    rates = rows.turns(lambda: get_rate(ours), lambda: get_rate(rados), rounds=3)
    yield rows.faster("GET 1 KiB: radosgw", rates, 1.0)


def on_disk(body: bytes) -> float:
    """MiB per second of writing ``body`` to a file and syncing it, with both its digests."""
    begun = time.perf_counter()
    with tempfile.NamedTemporaryFile(dir="/tmp") as file:
        md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
        for start in range(0, len(body), MIB):
            piece = body[start : start + MIB]
            md5.update(piece)
            sha256.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return len(body) / MIB / (time.perf_counter() - begun)


def large(ours: Place, static: Place, body: bytes) -> Iterator[rows.Row]:
    """64 MiB in and out, one client."""
    put = ours.request("PUT", f"{BUCKET}/large", body)
    rates = rows.turns(lambda: timed(ours, put), lambda: on_disk(body))
    yield rows.faster("PUT 64 MiB: the disk, with both digests", rates, 0.85, "MiB/s")
    get, plain = ours.request("GET", f"{BUCKET}/large"), static.request("GET", "body")
    rates = rows.turns(lambda: timed(ours, get), lambda: timed(static, plain))
    yield rows.faster("GET 64 MiB: nginx", rates, 0.7, "MiB/s")


def pages(place: Place, bucket: str, after: str = "") -> list[float]:
    """Milliseconds of each page of a listing, in order."""
    client, found = place.client(), []
    asked: dict[str, Any] = {"Bucket": bucket, "MaxKeys": PAGE}
    while True:
        begun = time.perf_counter()
        page = client.list_objects_v2(**asked)
        found.append((time.perf_counter() - begun) * 1000)
        if not page["IsTruncated"]:
            return found
        asked["ContinuationToken"] = page["NextContinuationToken"]


def listings(ours: Place, rados: Place) -> Iterator[rows.Row]:
    """10,000 keys by 1,000."""
    for place in (ours, rados):
        place.client().create_bucket(Bucket="listed")
        rate(place, puts(place, "listed/key", KEYS, b""))
    times = rows.turns(
        lambda: sum(pages(ours, "listed")), lambda: sum(pages(rados, "listed")), rounds=3
    )
    yield rows.shorter("LIST 10,000 keys: radosgw", times, 1.0)
    runs = [pages(ours, "listed") for _ in range(5)]
    last, first = min(one[-1] for one in runs), min(one[0] for one in runs)
    yield rows.steady("LIST, the last page: the first", (last, first), 1.1)


def upload(place: Place, body: bytes) -> tuple[float, float]:
    """MiB per second of an upload in parts, and milliseconds that its completion took."""
    client, key = place.client(), f"parts{next(_turn)}"
    begun = time.perf_counter()
    upload_id = client.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
    named = {"Bucket": BUCKET, "Key": key, "UploadId": upload_id}

    def one(number: int) -> dict[str, Any]:
        etag = client.upload_part(**named, PartNumber=number, Body=body)["ETag"]
        return {"PartNumber": number, "ETag": etag}

    with ThreadPoolExecutor(AT_ONCE) as pool:
        parts = list(pool.map(one, range(1, PARTS + 1)))
    asked = time.perf_counter()
    client.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})
    now = time.perf_counter()
    return PARTS * len(body) / MIB / (now - begun), (now - asked) * 1000


def in_parts(ours: Place, rados: Place) -> Iterator[rows.Row]:
    """100 MiB in parts of 8 MiB, four at once."""
    body = os.urandom(PART)
    completions: list[float] = []

    def of_ours() -> float:
        speed, completion = upload(ours, body)
        completions.append(completion)
        return speed

    rates = rows.turns(of_ours, lambda: upload(rados, body)[0], rounds=3)
    yield rows.faster("upload of 104 MiB in parts: radosgw", rates, 2.0, "MiB/s")
    yield rows.bounded("completing it", sorted(completions)[1], 20.0)


def _rados(on: Ceph) -> Place:
    keys = on.user("bench")
    return Place(address=("127.0.0.1", on.port), key_id=keys.key_id, secret=keys.secret)


def comparisons() -> Iterator[rows.Row]:
    """Every row, on one cloud and one Ceph."""
    if missing():
        raise SystemExit(f"This benchmark compares with Ceph's gateway. {missing()}")
    body = os.urandom(LARGE)
    with cloud(2) as on, ceph() as stored, peers.nginx(body, dav=True) as server:
        ours, rados = of_cloud(on, on.caller("bench")), _rados(stored)
        static = Place(address=server.address)
        yield from small(ours, rados, static)
        yield from large(ours, static, body)
        yield from in_parts(ours, rados)
        yield from listings(ours, rados)


if __name__ == "__main__":
    sys.exit(rows.show(comparisons, __doc__ or ""))
