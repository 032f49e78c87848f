# SPDX-License-Identifier: BSD-2-Clause
"""Which store keeps the blobs: the property ``objectstorage.providerclient`` says it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, TypeVar

from twisted.logger import Logger

from eucalyptus.properties import (
    OBJECT_STORE,
    S3_ACCESS_KEY,
    S3_BUCKET,
    S3_ENDPOINT,
    S3_SECRET_KEY,
    S3_USE_HTTPS,
    Property,
)
from walrus.drivers.stores.files import FileStore
from walrus.drivers.stores.store import Inspectable, Store, StoreAway, StoreFailed

T = TypeVar("T")
_log = Logger()


class Told(Protocol):
    """The cloud's properties as they are now."""

    def get(self, wanted: Property[T]) -> T:
        """The value."""
        ...


class Kept(Store, Inspectable, Protocol):
    """A store that can be inspected too: every one that a cloud may be told to use."""


def store_of(told: Told, root: Path) -> Kept:
    """The store of the provider that is told now; its files are below ``root``. What is told of
    the backend may change later. Raises StoreFailed without the backend's library."""
    if told.get(OBJECT_STORE) == "walrus":
        return FileStore(root)
    try:
        from walrus.drivers.stores.backend import Access
        from walrus.drivers.stores.s3 import S3Store
    except ModuleNotFoundError as missing:
        raise StoreFailed(
            f"{OBJECT_STORE.name} is {told.get(OBJECT_STORE)}, which needs botocore:"
            " pip install eucalyptus[gateway]"
        ) from missing

    def access() -> Access:
        return Access(
            endpoint=told.get(S3_ENDPOINT), key_id=told.get(S3_ACCESS_KEY),
            secret=told.get(S3_SECRET_KEY), https=told.get(S3_USE_HTTPS),
            bucket=told.get(S3_BUCKET),
        )  # fmt: skip

    return S3Store(access, root)


def prepare(store: Store) -> None:
    """Prepare a store. A backend that is away is logged, and told to callers until it is back."""
    try:
        store.prepare()
    except StoreAway as failure:
        _log.error("objects can be neither kept nor read: {failure}", failure=str(failure))
