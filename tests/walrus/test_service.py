# SPDX-License-Identifier: BSD-2-Clause
"""What the front mounts, and what several workers do to one store at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from twisted.internet import reactor
from twisted.internet.defer import maybeDeferred

from eucalyptus.database.properties import Properties, store
from eucalyptus.database.rounds import Ground
from eucalyptus.database.run import Database
from eucalyptus.properties import DNS_DOMAIN, LIFECYCLE_DAY, OBJECT_STORE
from eucalyptus.settings import BadSettings
from eucalyptus.settings import build as build_settings
from eucalyptus.web.waiting import Trust
from eucalyptus.wire.certificates import key_pem
from eucalyptus.wire.replay import MemoryReplayStore
from eucalyptus.wire.security import verify
from tests.fixtures.reactor import spin
from tests.walrus.serving import ALICE, CLOUD_PAIR, People, Served, blocking, serve
from walrus.database.buckets import belongings
from walrus.operations.bodies import BODIES, STREAMS
from walrus.service import load_cloud, mounts, rounds
from walrus.settings import Settings


def test_mounts(database: Database, tmp_path: Path, turn: Callable[..., None]) -> None:
    """REST and SOAP at the new and the old path; the start sweeps what the dead left."""
    incoming = tmp_path / "bukkits" / "incoming"
    incoming.mkdir(parents=True)
    (incoming / ("0" * 32)).write_bytes(b"half")
    stops: list[Callable[[], None]] = []
    threads = SimpleNamespace(
        addSystemEventTrigger=lambda phase, event, stop: stops.append(stop),
        callFromThread=cast(Any, reactor).callFromThread,
    )
    domain = {DNS_DOMAIN: "example.com", OBJECT_STORE: "walrus"}
    changes: list[Callable[[], None]] = []
    front: Any = SimpleNamespace(
        settings=SimpleNamespace(state=tmp_path), database=database, principals=People(),
        reactor=threads, clock=time.time, new_id=lambda: "id", replay=MemoryReplayStore(),
        verifier=verify, doubts=Trust(),
        properties=SimpleNamespace(get=domain.__getitem__, when_changed=changes.append),
    )  # fmt: skip
    rest, soap = spin(mounts(front))
    assert rest.hosts is not None and soap.hosts is None
    assert rest.hosts(b"first.s3.example.com") and not rest.hosts(b"first.example.com")
    domain[DNS_DOMAIN] = "example.org"
    changes[0]()
    assert rest.hosts(b"first.s3.example.org") and not rest.hosts(b"first.s3.example.com")
    assert (rest.path, rest.aliases) == ("/services/objectstorage", ("/services/Walrus",))
    assert (soap.path, soap.aliases) == (
        "/services/objectstorage/soap", ("/services/Walrus/soap",)
    )  # fmt: skip
    turn(lambda: not list(incoming.iterdir()), 10)
    for stop in stops:
        stop()


def test_rounds(database: Database, tmp_path: Path, turn: Callable[..., None]) -> None:
    """The cloud's daemon is given the round of lifecycle rules, whose days a property sets; what
    it removes goes from the disk too. And those of the scrub and of logs."""
    served, listening = serve(database, tmp_path, People())
    s3 = served.boto3()
    rule = {"ID": "r", "Status": "Enabled", "Prefix": "", "Expiration": {"Days": 1}}

    def prepare() -> None:
        s3.create_bucket(Bucket="first")
        s3.put_object(Bucket="first", Key="k", Body=b"x")
        s3.put_bucket_lifecycle_configuration(
            Bucket="first", LifecycleConfiguration={"Rules": [rule]}
        )

    blocking(prepare)
    properties = Properties(database, reactor)
    spin(database.run(store, LIFECYCLE_DAY.name, "20", "tests"))
    spin(properties.start())
    stops: list[Callable[[], None]] = []
    lent: Any = SimpleNamespace(
        addSystemEventTrigger=lambda phase, event, stop: stops.append(stop),
        callFromThread=cast(Any, reactor).callFromThread,
    )
    ground = Ground(
        state=tmp_path, database=database, properties=properties, reactor=lent,
        clock=lambda: time.time() + 3600,
    )  # fmt: skip
    made = spin(rounds(ground))
    assert spin(made["lifecycle"]()) == 5.0
    assert spin(made["scrub"]()) >= 0.0
    assert spin(made["logs"]()) > 0.0
    objects = tmp_path / "bukkits" / "objects"
    turn(lambda: not [one for one in objects.rglob("*") if one.is_file()], 10)
    assert blocking(lambda: s3.list_objects_v2(Bucket="first"))["KeyCount"] == 0
    for stop in stops:
        stop()
    properties.stop()
    spin(maybeDeferred(listening.stopListening))


def test_belongings(served: Served, database: Database) -> None:
    """An account with buckets is not empty."""
    s3 = served.boto3()
    account = ALICE.principal.account_id
    assert spin(database.read(belongings, account)) == ()
    blocking(lambda: s3.create_bucket(Bucket="first"))
    assert spin(database.read(belongings, account)) == ("1 bucket",)
    blocking(lambda: s3.create_bucket(Bucket="second"))
    assert spin(database.read(belongings, account)) == ("2 buckets",)


def test_every_action_has_a_body() -> None:
    """And those that take a stream are the resource's own."""
    from eucalyptus.contracts.s3 import ACTIONS

    names = {action.name for action in ACTIONS.values()} | {"GetImage", "Preflight"}
    assert names - set(BODIES) == {*STREAMS, "PostObject"} and not set(BODIES) - names


def test_the_clouds_pair(tmp_path: Path) -> None:
    """Read from the key directory."""
    (tmp_path / "cloud-pk.pem").write_bytes(key_pem(CLOUD_PAIR.key))
    (tmp_path / "cloud-cert.pem").write_bytes(CLOUD_PAIR.pem)
    assert load_cloud(tmp_path).certificate == CLOUD_PAIR.pem


@pytest.mark.parametrize("key", ["WALRUS_MAX_BUCKETS", "WALRUS_THREADS", "WALRUS_IMAGE_CACHE_GB"])
def test_settings_are_checked(key: str, tmp_path: Path) -> None:
    """Numbers, at least 1."""
    for value in ("0", "x"):
        with pytest.raises(BadSettings, match=key):
            build_settings(Settings, {key: value}, tmp_path)


def test_many_puts_of_one_key(served: Served) -> None:
    """The last one wins, whole; readers never see a mixture; nothing is left over (S-42)."""
    s3 = served.boto3(max_pool_connections=8)

    def put(number: int) -> None:
        s3.put_object(Bucket="first", Key="k", Body=bytes([number]) * 1000)

    def get(_: int) -> None:
        body = s3.get_object(Bucket="first", Key="k")["Body"].read()
        assert len(body) == 1000 and len(set(body)) == 1

    def talk() -> None:
        s3.create_bucket(Bucket="first")
        put(0)
        with ThreadPoolExecutor(8) as pool:
            putting = [pool.submit(put, number) for number in range(40)]
            getting = [pool.submit(get, number) for number in range(20)]
            for one in (*putting, *getting):
                one.result()
        get(0)

    blocking(talk)
    spin(served.graveyard.remove([]))
    end = time.monotonic() + 5
    while len(list((served.root / "objects").glob("*/*"))) > 1 and time.monotonic() < end:
        spin(served.graveyard.remove([]))
    assert len(list((served.root / "objects").glob("*/*"))) == 1


def test_put_against_delete_bucket(served: Served) -> None:
    """Either the object is there or the bucket is gone, never an object without one (S-43)."""
    from botocore.exceptions import ClientError

    s3 = served.boto3(max_pool_connections=4)

    def attempt(call: Any, **more: Any) -> str:
        try:
            call(Bucket="first", **more)
        except ClientError as failure:
            return str(failure.response["Error"]["Code"])
        return "ok"

    def talk() -> None:
        for _ in range(12):
            s3.create_bucket(Bucket="first")
            with ThreadPoolExecutor(2) as pool:
                put = pool.submit(attempt, s3.put_object, Key="k", Body=b"x")
                gone = pool.submit(attempt, s3.delete_bucket)
            ended = (put.result(), gone.result())
            assert ended in (("ok", "BucketNotEmpty"), ("NoSuchBucket", "ok"))
            if gone.result() != "ok":
                s3.delete_object(Bucket="first", Key="k")
                s3.delete_bucket(Bucket="first")

    blocking(talk)
    assert not list((served.root / "incoming").iterdir())


def test_two_make_one_bucket(served: Served) -> None:
    """One owner."""
    from tests.walrus.serving import BOB

    alice, bob = served.boto3(), served.boto3(BOB)

    def attempt(s3: Any) -> bool:
        try:
            s3.create_bucket(Bucket="first")
        except s3.exceptions.BucketAlreadyExists:
            return False
        return True

    def talk() -> None:
        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(attempt, (alice, bob))) == [False, True]

    blocking(talk)
