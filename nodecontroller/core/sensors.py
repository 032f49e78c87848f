# SPDX-License-Identifier: BSD-2-Clause
"""Readings of domains -> the sensors of the node contract.

Every metric is a counter that only grows while a domain lives (``summation``), so a lost reading
costs resolution and not truth. CPUUtilization is milliseconds of CPU, the disk and network metrics
are bytes and operations.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from eucalyptus.contracts.internal import (
    MetricCounter,
    MetricDimensions,
    MetricDimensionsValues,
    MetricsResource,
    SensorsResource,
)

COUNTER = "summation"
LONGEST_HISTORY = 60
TOTAL = "total"
DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskReading:
    """What one disk did so far."""

    read_bytes: int = 0
    write_bytes: int = 0
    read_ops: int = 0
    write_ops: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one domain did so far: CPU in nanoseconds, disks by target, network in bytes."""

    cpu: int = 0
    disks: Mapping[str, DiskReading] = field(default_factory=dict)
    received: int = 0
    sent: int = 0


def values(reading: Reading) -> dict[tuple[str, str], float]:
    """(metric, dimension) -> value."""
    found: dict[tuple[str, str], float] = {
        ("CPUUtilization", DEFAULT): reading.cpu / 1e6,
        ("NetworkIn", TOTAL): float(reading.received),
        ("NetworkOut", TOTAL): float(reading.sent),
    }
    for place, disk in reading.disks.items():
        found["DiskReadBytes", place] = float(disk.read_bytes)
        found["DiskWriteBytes", place] = float(disk.write_bytes)
        found["DiskReadOps", place] = float(disk.read_ops)
        found["DiskWriteOps", place] = float(disk.write_ops)
    return found


class History:
    """The last readings of every instance; the oldest are forgotten.

    ``interval`` is how far apart readings are taken, in seconds.
    """

    def __init__(self, interval: float = 20.0) -> None:
        self.interval = interval
        self._read_at = float("-inf")
        self._count: dict[str, int] = {}
        self._rows: dict[str, dict[tuple[str, str], deque[tuple[int, float, float]]]] = {}

    def is_due(self, ticks: float) -> bool:
        """Whether it is time (monotonic seconds) for the next reading."""
        return ticks - self._read_at >= self.interval

    def add(self, readings: Mapping[str, Reading], *, ticks: float, now: float) -> None:
        """Keep readings taken at ``now`` (POSIX); instances not among them are forgotten."""
        self._read_at = ticks
        self._rows = {name: self._rows.get(name, {}) for name in readings}
        self._count = {name: self._count.get(name, -1) + 1 for name in readings}
        for name, reading in readings.items():
            for key, value in values(reading).items():
                row = self._rows[name].setdefault(key, deque(maxlen=LONGEST_HISTORY))
                row.append((self._count[name], now, value))

    def report(
        self, uuids: Mapping[str, str], metrics: Collection[str], size: int
    ) -> tuple[SensorsResource, ...]:
        """The last ``size`` values of the instances in ``uuids`` (id -> uuid).

        ``metrics`` narrows to those metrics; empty means all.
        """
        found = []
        for name in sorted(self._rows.keys() & uuids.keys()):
            parts = self._metrics(name, metrics, size)
            if parts:
                found.append(
                    SensorsResource(
                        resource_name=name,
                        resource_type="instance",
                        resource_uuid=uuids[name],
                        metrics=parts,
                    )
                )
        return tuple(found)

    def _metrics(
        self, name: str, wanted: Collection[str], size: int
    ) -> tuple[MetricsResource, ...]:
        rows = self._rows[name]
        names = sorted({metric for metric, _ in rows if not wanted or metric in wanted})
        return tuple(
            MetricsResource(metric_name=metric, counters=(self._counter(name, metric, size),))
            for metric in names
        )

    def _counter(self, name: str, metric: str, size: int) -> MetricCounter:
        dimensions = []
        for (row_metric, dimension), row in sorted(self._rows[name].items()):
            if row_metric != metric:
                continue
            last = list(row)[-size:]
            dimensions.append(
                MetricDimensions(
                    dimension_name=dimension,
                    sequence_num=last[0][0],
                    values=tuple(
                        MetricDimensionsValues(
                            timestamp=datetime.fromtimestamp(at, UTC), value=value
                        )
                        for _, at, value in last
                    ),
                )
            )
        return MetricCounter(
            type=COUNTER,
            collection_interval_ms=int(self.interval * 1000),
            dimensions=tuple(dimensions),
        )
