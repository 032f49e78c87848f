# SPDX-License-Identifier: BSD-2-Clause
"""F-10: a daemon that has served ten thousand requests holds what it held after one thousand."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Mapping

import pytest

from tests.street.town import Key
from tests.world.bad_mix import mix, query
from tests.world.flood import Plan
from tests.world.fronts import Fronts, fronts
from tests.world.sizes import Sizes, sizes_of

MOST_PER_REQUEST = 1024
"""Bytes by which a request may make a daemon grow."""
SLACK = 4 << 20
"""What an allocator may hold back at the end of a short run: no slope can be told from it."""
MOST_GROWTH = 10 << 20
RATE = 300
CONNECTIONS = 5
"""Of each daemon to the database: four threads and the line on which it hears notices."""


def requests(cloud: Fronts) -> Mapping[str, bytes]:
    """Good and bad ones: reads, changes and their undoing, and what is refused."""
    alice = cloud.user("alice")
    key, now = Key(alice.key_id, alice.secret), time.time()
    good = {
        action: query(key, now, Action=action)
        for action in (
            "DescribeRegions", "DescribeInstances", "DescribeImages", "DescribeKeyPairs",
            "DescribeSecurityGroups", "DescribeAvailabilityZones", "DescribeInstanceTypes",
        )
    }  # fmt: skip
    for number in range(10):
        group = {"GroupName": f"group-{number}", "GroupDescription": "d"}
        good[f"create {number}"] = query(key, now, Action="CreateSecurityGroup", **group)
        good[f"delete {number}"] = query(
            key, now, Action="DeleteSecurityGroup", GroupName=f"group-{number}"
        )
    bad = mix(alice, now)
    # One answer in three is a refusal.
    return {**{f"{name} {n}": text for n in range(16) for name, text in good.items()}, **bad}


def send(cloud: Fronts, count: int) -> None:
    """Send so many of the mixed requests."""
    sent = [base64.b64encode(request).decode() for request in requests(cloud).values()]
    for start in range(0, count, 3000):  # signatures last five minutes
        some = min(3000, count - start)
        plan = Plan(port=cloud.port, seconds=some / RATE, rate=RATE, bad=sent)
        report = cloud.run("tests.world.flood", plan.write(cloud.state / "plan.json"))
        assert report["bad"]["count"] == some and "silence" not in report["bad"]["outcomes"]


def quiet(cloud: Fronts, before: Sizes | None = None) -> Sizes:
    """What the worker holds when every connection has ended."""
    (name,) = cloud.workers

    def sizes() -> Sizes:
        return sizes_of(cloud.processes[name].pid)

    if before is not None:
        cloud.until(lambda: sizes().files <= before.files, 20)
    return sizes()


@pytest.fixture(name="cloud")
def _cloud() -> Iterator[Fronts]:
    with fronts() as made:
        made.start_workers(1)
        yield made


@pytest.mark.parametrize(
    ("warm", "count"),
    [
        pytest.param(1000, 2000, id="F-10"),
        pytest.param(1000, 10_000, id="F-10-soak", marks=pytest.mark.soak),
    ],
)
def test_a_front_worker_does_not_grow(cloud: Fronts, warm: int, count: int) -> None:
    """Memory, files, threads, connections to the database; and the tables after a sweep."""
    idle = quiet(cloud)
    send(cloud, warm)
    before = quiet(cloud)
    send(cloud, count)
    after = quiet(cloud, before)
    assert after.files <= before.files and after.close_wait == 0, (idle, before, after)
    assert after.threads <= before.threads, (idle, before, after)
    most = min(MOST_GROWTH, SLACK + MOST_PER_REQUEST * count)
    assert after.rss - before.rss <= most, (idle, before, after)
    held = "FROM pg_stat_activity WHERE datname = 'eucalyptus' AND pid <> pg_backend_pid()"
    assert cloud.sql(f"SELECT count(*) {held}")[0][0] <= CONNECTIONS
    assert cloud.sql(f"SELECT count(*) {held} AND state LIKE 'idle in%'") == [(0,)]
    check_sweep(cloud)


def check_sweep(cloud: Fronts) -> None:
    """What is remembered of requests is forgotten when it is old enough, however much it is."""
    for table in ("replay", "recorded"):
        assert cloud.sql(f"SELECT count(*) FROM ground.{table}")[0][0] > 0
        cloud.sql(f"UPDATE ground.{table} SET expires = expires - 10000")
    alice = cloud.user("alice")

    def swept() -> bool:
        key = Key(alice.key_id, alice.secret)
        group = {"GroupName": "swept", "GroupDescription": "d"}
        create = query(key, time.time(), Action="CreateSecurityGroup", **group)
        message = mix(alice, time.time())["S repeated"]
        burst = [base64.b64encode(text).decode() for text in (create, message)]
        plan = Plan(port=cloud.port, seconds=1, burst=burst)
        cloud.run("tests.world.flood", plan.write(cloud.state / "plan.json"))
        counts = [
            cloud.sql(f"SELECT count(*) FROM ground.{table} WHERE expires < {time.time() - 7000}")
            for table in ("replay", "recorded")
        ]
        return counts == [[(0,)], [(0,)]]

    cloud.until(swept, 60)
