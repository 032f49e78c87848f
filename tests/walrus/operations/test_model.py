# SPDX-License-Identifier: BSD-2-Clause
"""A bucket behaves like a dictionary: a state machine plays both and compares."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as play
from lxml import etree

from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import ACTIONS, BUCKET, OBJECT
from eucalyptus.database.run import Database
from tests.fixtures.reactor import spin
from tests.walrus.serving import ALICE, BOB, in_thread
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

ODD_KEYS = ["a", "a/", "a/b", "a/b/c", "b/../a", "//", "ü", "\U0010ffff", "a b+c%41"]
LETTERS = st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"])
KEYS = st.text(LETTERS, min_size=1, max_size=4) | st.sampled_from(ODD_KEYS)
BODIES_ = st.binary(max_size=50)


@contextmanager
def refused(code: str) -> Iterator[None]:
    """The block ends with this refusal."""
    with pytest.raises(Refused) as caught:
        yield
    assert caught.value.refusal.code == code


class BucketModel(RuleBasedStateMachine):
    """One bucket of Alice's, and a dict that says what must be in it."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore()
        self.graveyard = Graveyard(self.database, self.store, in_thread)
        self.doomed: list[str] = []
        nothing: Any = None
        self.world = World(
            tables=self.database, store=self.store, in_thread=in_thread,
            now=lambda: datetime.now(UTC), new_blob=lambda: secrets.token_hex(16),
            bury=lambda *blobs: self.doomed.extend(blobs),
            images=nothing, keyring=nothing, signers=nothing, accounts=nothing, cloud=nothing,
            most_buckets=10_000,
        )  # fmt: skip
        self.bucket = f"b{secrets.token_hex(8)}"
        self.held: dict[str, bytes] = {}
        self.exists = False

    def ask(self, method: str, key: str = "", key_of: Any = ALICE, **more: Any) -> Asked:
        """A request; ``query`` and ``headers`` may be given."""
        level = OBJECT if key else BUCKET
        return Asked(
            action=ACTIONS[(level, method, "")], target=Target(bucket=self.bucket, key=key),
            request_id="r", headers=more.get("headers", {}), query=more.get("query", {}),
            who=key_of.principal,
        )  # fmt: skip

    def do(self, asked: Asked) -> Answer:
        """Let it be done."""

        async def do() -> Answer:
            return await BODIES[asked.action.name](self.world, await authorise(self.world, asked))

        return spin(do())

    def put(self, asked: Asked, body: bytes) -> Answer:
        """Put an object as the resource does."""

        async def put() -> Answer:
            allowed = await authorise(self.world, asked)
            await admit_put(self.world, allowed)
            receiving = Receiving(Content(length=len(body)), self.store, self.world.new_blob())
            receiving.take([body])
            return await put_object(self.world, allowed, receiving)

        return spin(put())

    @rule()
    def create(self) -> None:
        """Make the bucket; once more is no harm, unless it is to be another."""
        if self.exists:
            self.do(self.ask("PUT"))
            with refused("BucketAlreadyExists"):
                self.do(self.ask("PUT", headers={"x-amz-acl": "public-read"}))
            with refused("BucketAlreadyExists"):
                self.do(self.ask("PUT", key_of=BOB))
        else:
            self.do(self.ask("PUT"))
            self.exists = True

    @rule()
    def delete_bucket(self) -> None:
        """Only an empty bucket goes."""
        if not self.exists:
            with refused("NoSuchBucket"):
                self.do(self.ask("DELETE"))
        elif self.held:
            with refused("BucketNotEmpty"):
                self.do(self.ask("DELETE"))
        else:
            self.do(self.ask("DELETE"))
            self.exists = False

    @rule(key=KEYS, body=BODIES_)
    def put_one(self, key: str, body: bytes) -> None:
        """Store or replace."""
        if not self.exists:
            with refused("NoSuchBucket"):
                self.put(self.ask("PUT", key), body)
            return
        with refused("AccessDenied"):
            self.put(self.ask("PUT", key, BOB), body)
        etag = self.put(self.ask("PUT", key), body).headers["etag"]
        assert etag == f'"{hashlib.md5(body).hexdigest()}"'
        self.held[key] = body

    @precondition(lambda self: self.exists)
    @rule(key=KEYS, body=BODIES_)
    def put_if_new(self, key: str, body: bytes) -> None:
        """If-None-Match: * never replaces."""
        asked = self.ask("PUT", key, headers={"if-none-match": "*"})
        if key in self.held:
            with refused("PreconditionFailed"):
                self.put(asked, body)
        else:
            self.put(asked, body)
            self.held[key] = body

    @precondition(lambda self: self.exists)
    @rule(key=KEYS)
    def delete_one(self, key: str) -> None:
        """Gone afterwards, whether it was there or not."""
        assert self.do(self.ask("DELETE", key)).status == 204
        self.held.pop(key, None)

    @precondition(lambda self: self.held)
    @rule(choose=st.integers(0, 1000), key=KEYS)
    def get(self, choose: int, key: str) -> None:
        """What was put, and nothing else."""
        for one in (sorted(self.held)[choose % len(self.held)], key):
            if one not in self.held:
                with refused("NoSuchKey"):
                    self.do(self.ask("GET", one))
                continue
            opened = self.do(self.ask("GET", one)).opened
            assert opened is not None
            assert b"".join(remaining(opened)) == self.held[one]
            with refused("AccessDenied"):
                self.do(self.ask("GET", one, BOB))

    @precondition(lambda self: self.exists)
    @rule(
        prefix=st.sampled_from(["", "a", "a/", "/", "ü"]),
        delimiter=st.sampled_from(["", "/", "b"]),
        most=st.integers(1, 5),
        second=st.booleans(),
    )
    def list_all(self, prefix: str, delimiter: str, most: int, second: bool) -> None:
        """Every page of a listing together shows every key or its prefix, once, in order."""
        query = {"prefix": prefix, "delimiter": delimiter, "max-keys": str(most),
                 "encoding-type": "url"}  # fmt: skip
        query |= {"list-type": "2"} if second else {}
        keys, prefixes = self._pages(query)
        wanted_keys, wanted_prefixes = folded(self.held, prefix, delimiter)
        assert (keys, prefixes) == (wanted_keys, wanted_prefixes)

    def _pages(self, query: dict[str, str]) -> tuple[list[str], list[str]]:
        from urllib.parse import unquote

        keys: list[str] = []
        prefixes: list[str] = []
        for _ in range(len(self.held) + 2):
            root = etree.fromstring(self.do(self.ask("GET", query=query)).body)
            page = [unquote(e.text or "") for e in root.iterfind("{*}Contents/{*}Key")]
            common = [unquote(e.text or "") for e in root.iterfind("{*}CommonPrefixes/{*}Prefix")]
            assert len(page) + len(common) <= int(query["max-keys"])
            keys, prefixes = keys + page, prefixes + common
            if root.findtext("{*}IsTruncated") == "false":
                return keys, prefixes
            token = root.findtext("{*}NextContinuationToken")
            marker = unquote(root.findtext("{*}NextMarker") or "")
            following = {"continuation-token": token} if token else {"marker": marker or page[-1]}
            query = {**query, **following}
        pytest.fail("the listing does not end")

    @invariant()
    def nothing_is_left_over(self) -> None:
        """Every blob is named by an object, or doomed."""
        assert len(self.store.kept) - len(self.doomed) == len(self.held)
        assert not self.store.unfinished

    def teardown(self) -> None:
        """Bury what is doomed; then the store holds the objects and nothing else."""
        if self.doomed:
            spin(self.graveyard.remove(self.doomed))
        assert sorted(self.store.kept.values()) == sorted(self.held.values())


def folded(held: Mapping[str, bytes], prefix: str, delimiter: str) -> tuple[list[str], list[str]]:
    """Keys and common prefixes, by definition."""
    keys, prefixes = [], set()
    for key in sorted(held):
        if not key.startswith(prefix):
            continue
        at = key.find(delimiter, len(prefix)) if delimiter else -1
        if at < 0:
            keys.append(key)
        else:
            prefixes.add(key[: at + len(delimiter)])
    return keys, sorted(prefixes)


def test_a_bucket_is_a_dictionary(database: Database) -> None:
    """Played on a real database and a store in memory."""
    BucketModel.database = database
    play(
        BucketModel,
        settings=settings(
            max_examples=15, stateful_step_count=25, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
