# SPDX-License-Identifier: BSD-2-Clause
"""Readers that go away leave no file open."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

from tests.walrus.serving import ALICE, Served, blocking
from tests.walrus.signing import presigned


def blobs_open(root: Path) -> int:
    """How many files below ``root/objects`` this process holds open."""
    links = [Path(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")]
    opened = [os.readlink(link) for link in links if link.exists()]
    return sum(name.startswith(f"{root}/objects/") and len(name) > 32 for name in opened)


def test_readers_that_go_away(served: Served, turn: Callable[..., None]) -> None:
    """In the middle of a large object."""
    s3 = served.boto3()

    def talk() -> None:
        s3.create_bucket(Bucket="first")
        s3.put_object(Bucket="first", Key="k", Body=b"x" * (8 << 20))
        url = presigned(f"{served.url}/first/k", ALICE)
        path = url.partition(str(served.port))[2]
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", served.port), timeout=5) as line:
                line.sendall(
                    f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n\r\n".encode()
                )
                assert line.recv(1000).startswith(b"HTTP/1.1 200")

    blocking(talk)
    turn(lambda: blobs_open(served.root) == 0, 10)
