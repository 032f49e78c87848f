# SPDX-License-Identifier: BSD-2-Clause
"""DescribeInstances of 1,000 instances beside moto_server and nginx, and one of very many.

nginx gives the very bytes of our answer from a file. CPU is that of front worker and database
together. "Cold": every row was changed since the last answer, as if none had been given before.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

from measuring import asking, estate, peers, rows
from measuring.cloud import Caller, Cloud, cloud
from measuring.load import Load, http, run

MANY, FEW, MOST = 1_000, 100, 10_000
ALL = {"Action": "DescribeInstances"}
ONE = {**ALL, "Filter.1.Name": "instance-id", "Filter.1.Value.1": "i-00000005"}


def asked(ours: Cloud, caller: Caller, what: Mapping[str, str], seconds: float = 2.0) -> Load:
    """One client that asks the same again and again."""
    request = asking.query(caller, ours.address, what)
    return Load(address=ours.address, requests=[request], clients=1, seconds=seconds)


def once(ours: Cloud, caller: Caller) -> float:
    """CPU milliseconds of one DescribeInstances after every row has changed."""
    estate.touch(ours)
    request = asking.query(caller, ours.address, ALL)
    before = ours.cpu()
    run(Load(address=ours.address, requests=[request], clients=1, again=False))
    return (ours.cpu() - before) * 1000


def many(ours: Cloud) -> Iterator[rows.Row]:
    """1,000 instances: rates and CPU."""
    caller = ours.caller("many")
    estate.populate(ours, caller.principal, range(MANY))
    body = run(asked(ours, caller, ALL, 0.1)).sample
    assert body.count(b"<item><instanceId>") == MANY, body[:2000]
    with peers.nginx(body) as nginx, peers.moto() as moto:
        launch = {
            "Action": "RunInstances", "ImageId": "ami-12c6146b", "MinCount": str(MANY),
            "MaxCount": str(MANY), "InstanceType": "m1.small",
        }  # fmt: skip
        said = [asking.query(caller, moto.address, what, "/") for what in (launch, ALL)]
        run(Load(address=moto.address, requests=said[:1], clients=1, again=False))
        file = http("/body", b"a=b", [("Host", "bench")])

        def cpu() -> float:
            before = ours.cpu()
            outcome = run(asked(ours, caller, ALL))
            return (ours.cpu() - before) / len(outcome.times) * 1000

        def rate() -> float:
            return run(asked(ours, caller, ALL)).rate

        def of_nginx() -> float:
            return run(Load(address=nginx.address, requests=[file], clients=1, seconds=1.0)).rate

        def of_moto() -> float:
            return run(Load(address=moto.address, requests=said[1:], clients=1, again=False)).rate

        mine, file_rate, others = rows.turns(rate, of_nginx, of_moto, rounds=3)
    yield rows.faster(f"DescribeInstances, {MANY}: moto_server", (mine, others), 100.0)
    yield rows.faster(f"DescribeInstances, {MANY}: nginx, same bytes", (mine, file_rate), 0.2)
    (cached,) = rows.turns(cpu)
    yield rows.bounded(f"DescribeInstances, {MANY}, server CPU, cached", cached, 15.0)
    (cold,) = rows.turns(lambda: once(ours, caller), rounds=9)
    yield rows.bounded(f"DescribeInstances, {MANY}, server CPU, cold", cold, 35.0)


def one_by_filter(ours: Cloud) -> Iterator[rows.Row]:
    """One instance by a filter, in an account of 10,000 and in one of 100."""
    little, much = ours.caller("few"), ours.caller("most")
    ids = {little.key_id: 0x10000, much.key_id: 0x20000}
    estate.populate(ours, little.principal, range(0x10000, 0x10000 + FEW))
    estate.populate(ours, much.principal, range(0x20000, 0x20000 + MOST))

    def typical(caller: Caller) -> float:
        what = {**ONE, "Filter.1.Value.1": f"i-{ids[caller.key_id] + 50:08x}"}
        return run(asked(ours, caller, what, 1.0)).percentile(50)

    times = rows.turns(lambda: typical(much), lambda: typical(little))
    yield rows.steady(f"one instance by filter, {MOST} present: {FEW} present", times, 1.2)


def comparisons() -> Iterator[rows.Row]:
    """Everything, on one cloud."""
    with cloud() as ours:
        yield from many(ours)
        yield from one_by_filter(ours)


if __name__ == "__main__":
    sys.exit(rows.show(comparisons, __doc__ or ""))
