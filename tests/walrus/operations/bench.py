# SPDX-License-Identifier: BSD-2-Clause
"""The operations of Walrus without its web, on a real database, a store in memory and a clock."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from eucalyptus.access.principals import AccessKey
from eucalyptus.contracts.refusals import Refused
from eucalyptus.database.run import Database
from tests.fixtures.reactor import spin
from tests.walrus.serving import ALICE, in_thread
from walrus.core import asking
from walrus.core.asking import Asked
from walrus.core.content import Content
from walrus.core.keys import Target
from walrus.drivers.stores.fake import MemoryStore
from walrus.operations.authorising import authorise
from walrus.operations.bodies import BODIES
from walrus.operations.objects import admit_put, put_object
from walrus.operations.reading import remaining
from walrus.operations.receiving import Receiving
from walrus.operations.removing import Graveyard
from walrus.operations.world import Answer, World


@contextmanager
def refused(code: str) -> Iterator[None]:
    """The block ends with this refusal."""
    with pytest.raises(Refused) as caught:
        yield
    assert caught.value.refusal.code == code


def texts(answer: Answer, path: str) -> list[str]:
    """The texts of a document's elements; ``path`` without namespaces, like ``Version/Key``."""
    names = "/".join(f"{{*}}{name}" for name in path.split("/"))
    return [found.text or "" for found in etree.fromstring(answer.body).iterfind(names)]


class Bench:
    """One bucket of Alice's. ``now`` is what the clock says."""

    def __init__(self, database: Database) -> None:
        self.now = datetime(2026, 11, 21, 12, tzinfo=UTC)
        self.store = MemoryStore()
        self.doomed: list[str] = []
        self.graveyard = Graveyard(database, self.store, in_thread)
        nothing: Any = None
        self.world = World(
            tables=database, store=self.store, in_thread=in_thread, now=lambda: self.now,
            new_blob=lambda: secrets.token_hex(16), bury=lambda *blobs: self.doomed.extend(blobs),
            images=nothing, keyring=nothing, signers=nothing, accounts=nothing, cloud=nothing,
            most_buckets=10_000,
        )  # fmt: skip
        self.bucket = f"b{secrets.token_hex(8)}"

    def ask(self, method: str, key: str = "", who: AccessKey = ALICE, **more: Any) -> Asked:
        """A request; ``query``, ``headers`` and ``body`` may be given."""
        target = Target(bucket=self.bucket, key=key)
        query: Mapping[str, str] = more.get("query", {})
        return Asked(
            action=asking.action(method, target, query), target=target, request_id="r",
            headers=more.get("headers", {}), query=query, who=who.principal,
            body=more.get("body", b""),
        )  # fmt: skip

    def do(self, method: str, key: str = "", who: AccessKey = ALICE, **more: Any) -> Answer:
        """Let it be done; raises Refused."""
        asked = self.ask(method, key, who, **more)

        async def do() -> Answer:
            return await BODIES[asked.action.name](self.world, await authorise(self.world, asked))

        return spin(do())

    def put(self, key: str, body: bytes = b"", **more: Any) -> Answer:
        """Put an object as the resource does; a second later than anything before."""
        self.pass_by(seconds=1)
        asked = self.ask("PUT", key, **more)

        async def put() -> Answer:
            allowed = await authorise(self.world, asked)
            await admit_put(self.world, allowed)
            receiving = Receiving(Content(length=len(body)), self.store, self.world.new_blob())
            receiving.take([body])
            return await put_object(self.world, allowed, receiving)

        return spin(put())

    def get(self, key: str, **query: str) -> bytes:
        """An object's bytes."""
        opened = self.do("GET", key, query=query).opened
        assert opened is not None
        return b"".join(remaining(opened))

    def version(self, state: str) -> None:
        """Enable or suspend versioning."""
        body = f"<VersioningConfiguration><Status>{state}</Status></VersioningConfiguration>"
        self.do("PUT", query={"versioning": ""}, body=body.encode())

    def pass_by(self, **time: float) -> None:
        """Let time pass: ``days``, ``seconds``, as timedelta has them."""
        self.now += timedelta(**time)
