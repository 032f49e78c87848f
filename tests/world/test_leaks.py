# SPDX-License-Identifier: BSD-2-Clause
"""F-10: a daemon that has served ten thousand requests holds what it held after one thousand."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.street.town import Key
from tests.world.bad_mix import mix, query
from tests.world.flood import Plan
from tests.world.fronts import Fronts, fronts
from tests.world.sizes import Sizes, sizes_of
from tests.world.zone import ROOM, Zone, zone_with_room

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


class Cycles:
    """Instances that come and go, twenty at a time."""

    def __init__(self, zone: Zone) -> None:
        self.zone, self.cloud = zone, zone.cloud

    def turn(self) -> None:
        """Twenty run and end."""
        zone = self.zone
        assert zone.at_once(zone.launches(ROOM)) == {"200": ROOM}
        self.cloud.until(lambda: len(zone.running()) == ROOM, 90)
        names = {f"InstanceId.{n}": name for n, name in enumerate(zone.running(), 1)}
        assert zone.at_once([zone.request(Action="TerminateInstances", **names)]) == {"200": 1}
        self.cloud.until(lambda: not zone.domains() and zone.room() == ROOM, 120)

    def sizes(self) -> dict[str, Sizes]:
        """What each daemon holds."""
        return {name: sizes_of(process.pid) for name, process in self.cloud.processes.items()}

    def files(self) -> list[str]:
        """What instances left on the node and in the cluster's memory."""
        node = Path(self.cloud.state, "instances")
        return [str(path) for part in ("work", "journal") for path in (node / part).rglob("i-*")]


@pytest.mark.parametrize(
    "rounds",
    [pytest.param(1, id="F-10"), pytest.param(50, id="F-10-soak", marks=pytest.mark.soak)],
)
def test_instances_come_and_go_without_a_trace(rounds: int) -> None:
    """Rows, files, memory and connections of every daemon are what they were."""
    with zone_with_room() as zone:
        for name in ("terminated_time", "buried_time"):
            zone.set(f"cloud.vmstate.{name}", "1s")
        cycles = Cycles(zone)
        cycles.turn()
        before = cycles.sizes()
        for _ in range(rounds):
            cycles.turn()
        zone.cloud.until(lambda: not zone.states() and not cycles.files(), 180)
        zone.cloud.until(lambda: not zone.left_on_the_node(), 60)
        for table in ("instances", "members", "work"):
            assert zone.cloud.sql(f"SELECT * FROM compute.{table}") == []
        most = min(MOST_GROWTH, SLACK + MOST_PER_REQUEST * rounds * ROOM * 2)
        for name, after in cycles.sizes().items():
            assert after.files <= before[name].files + 2, (name, before[name], after)
            assert after.threads <= before[name].threads + 2, (name, before[name], after)
            assert after.rss - before[name].rss <= most, (name, before[name], after)
