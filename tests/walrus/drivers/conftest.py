# SPDX-License-Identifier: BSD-2-Clause
"""S3 stores behind a store: our own on loopback, and a real Ceph gateway."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.ceph import Ceph, ceph, missing
from tests.walrus.serving import BOB, Served, blocking
from walrus.core.keys import MOUNTS
from walrus.drivers.stores.backend import Access
from walrus.drivers.stores.s3 import S3Store


class Spun:
    """A store, or what it gave: every call is made in a thread, while the reactor serves it."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        return (lambda *args: _spun(blocking(found, *args))) if callable(found) else found


def _spun(given: Any) -> Any:
    return Spun(given) if type(given).__module__.startswith("walrus.drivers") else given


def access_of(served: Served) -> Access:
    """Our own object store as a backend."""
    return Access(
        endpoint=f"127.0.0.1:{served.port}{MOUNTS[0]}", key_id=BOB.key_id, secret=BOB.secret,
        https=False, bucket=f"blobs-{uuid.uuid4()}",
    )  # fmt: skip


@pytest.fixture(scope="session")
def _gateway() -> Iterator[Access]:
    if why := missing():
        pytest.skip(why)
    with ceph() as running:
        yield _access_at(running)


def _access_at(running: Ceph) -> Access:
    keys = running.user("walrus")
    return Access(
        endpoint=f"127.0.0.1:{running.port}", key_id=keys.key_id, secret=keys.secret,
        https=False, bucket="",
    )  # fmt: skip


@pytest.fixture(params=["walrus", "ceph"])
def access(request: pytest.FixtureRequest) -> Access:
    """Every kind of backend, with a bucket of its own."""
    if request.param == "walrus":
        return access_of(request.getfixturevalue("served"))
    gateway: Access = request.getfixturevalue("_gateway")
    return replace(gateway, bucket=f"blobs-{uuid.uuid4()}")


def store_at(access: Access, root: Path, age: float = 0.0) -> Any:
    """A prepared store of that backend."""
    made = Spun(S3Store(lambda: access, root, age))
    made.prepare()
    return made
