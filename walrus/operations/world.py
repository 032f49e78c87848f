# SPDX-License-Identifier: BSD-2-Clause
"""What the operations of Walrus reach: database, store, images, time and chance."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from twisted.internet.defer import Deferred

from eucalyptus.access.principals import Accounts, Certificate
from walrus.core.lifecycle import Calendar
from walrus.core.records import Stored
from walrus.drivers.images import ImageFiles
from walrus.drivers.keyring import Keyring
from walrus.drivers.stores.store import Store

P = ParamSpec("P")
T = TypeVar("T")


class Tables(Protocol):
    """The door to the database: ``eucalyptus.database.run.Database``."""

    async def run(
        self, work: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do work in a SERIALIZABLE transaction, retried."""
        ...

    async def read(
        self, work: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do work that only reads."""
        ...

    async def statement(
        self, work: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do work in READ COMMITTED."""
        ...

    async def brief(
        self, statement: str, *values: object, repeatable: bool = False
    ) -> Sequence[tuple[Any, ...]]:
        """The rows of one cheap statement, without a thread."""
        ...


InThread = Callable[..., Awaitable[Any]]
"""``await in_thread(blocking, *args)`` gives what ``blocking`` returns."""


class Signers(Protocol):
    """Knows which certificates may sign for an account: ``DatabasePrincipals`` does."""

    async def certificates_of(self, account_id: str) -> Sequence[Certificate]:
        """The active signing certificates of an account's enabled users."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """The cloud's own certificate (PEM) and the key that opens bundles."""

    certificate: bytes
    key: RSAPrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything outside.

    ``new_blob`` gives names of 32 hex digits; ``bury`` removes doomed blobs soon; ``cloud``
    blocks; ``calendar`` says how long a day of lifecycle rules is. ``under_way`` names the images
    being prepared and who waits for each.
    """

    tables: Tables
    store: Store
    in_thread: InThread
    now: Callable[[], datetime]
    new_blob: Callable[[], str]
    bury: Callable[..., None]
    images: ImageFiles
    keyring: Keyring
    signers: Signers
    accounts: Accounts
    cloud: Callable[[], Cloud]
    calendar: Callable[[], Calendar] = Calendar
    under_way: dict[str, list[Deferred[None]]] = field(default_factory=dict)
    most_buckets: int = 100


class Depot(Protocol):
    """As much of the world as it takes to keep the bytes of an object."""

    @property
    def store(self) -> Store:
        """Where blobs are."""
        ...

    @property
    def in_thread(self) -> InThread:
        """How to do what blocks."""
        ...

    @property
    def keyring(self) -> Keyring:
        """The keys that wrap keys of objects."""
        ...


class Source(Protocol):
    """Checked bytes, one run after the other. Both calls block. Whoever has given its last byte
    has let go of everything already."""

    def read(self) -> bytes:
        """The next bytes, b"" behind the last one; raises Damaged, NoBlob or StoreFailed."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """``length`` bytes to be sent, of which ``head`` has been read from ``source`` already;
    ``name`` is for the log. Whoever gets it closes the source."""

    source: Source
    length: int
    head: bytes = field(repr=False)
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an operation answers: a document, or the bytes of a file; ``stored`` is the object that
    it made."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    opened: Opened | None = None
    stored: Stored | None = None


XML = {"content-type": "application/xml"}
