# SPDX-License-Identifier: BSD-2-Clause
"""Sensors: the last readings, in the contract's form."""

from __future__ import annotations

from datetime import UTC, datetime

from nodecontroller.core.sensors import DiskReading, History, Reading, values

READING = Reading(
    cpu=2_000_000,
    disks={"vda": DiskReading(read_bytes=1, write_bytes=2, read_ops=3, write_ops=4)},
    received=5,
    sent=6,
)


def test_every_metric_has_its_unit() -> None:
    """Milliseconds, bytes, operations."""
    assert values(READING) == {
        ("CPUUtilization", "default"): 2.0,
        ("NetworkIn", "total"): 5.0,
        ("NetworkOut", "total"): 6.0,
        ("DiskReadBytes", "vda"): 1.0,
        ("DiskWriteBytes", "vda"): 2.0,
        ("DiskReadOps", "vda"): 3.0,
        ("DiskWriteOps", "vda"): 4.0,
    }


def test_a_report_holds_the_last_values_with_their_number() -> None:
    """Sequence numbers go on when old values are forgotten."""
    history = History(interval=1.0)
    for n in range(70):
        history.add({"i-1": READING, "i-2": READING}, ticks=float(n), now=1000.0 + n)
    (found,) = history.report({"i-1": "u"}, {"NetworkIn"}, 5)
    (metric,) = found.metrics
    (counter,) = metric.counters
    (dimension,) = counter.dimensions
    assert (found.resource_name, found.resource_uuid, metric.metric_name) == (
        "i-1",
        "u",
        "NetworkIn",
    )
    assert (counter.type, counter.collection_interval_ms) == ("summation", 1000)
    assert (dimension.dimension_name, dimension.sequence_num) == ("total", 65)
    assert dimension.values[-1].timestamp == datetime.fromtimestamp(1069.0, UTC)
    assert len(dimension.values) == 5


def test_readings_are_due_by_the_interval() -> None:
    """And an instance that is gone is forgotten."""
    history = History(interval=10.0)
    assert history.is_due(0.0)
    history.add({"i-1": READING}, ticks=0.0, now=0.0)
    assert not history.is_due(9.9) and history.is_due(10.0)
    history.add({}, ticks=10.0, now=10.0)
    assert history.report({"i-1": "u"}, (), 5) == ()


def test_an_unknown_metric_reports_nothing() -> None:
    """Rather than an empty resource, which the contract does not know."""
    history = History()
    history.add({"i-1": READING}, ticks=0.0, now=0.0)
    assert history.report({"i-1": "u"}, {"Nonsense"}, 5) == ()
