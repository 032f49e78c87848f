# SPDX-License-Identifier: BSD-2-Clause
"""How fast the compiled codec is: a DescribeInstances reply of 1,000 instances against spyne's.

CPU milliseconds, best of several runs. Reading starts from bytes, with every check of the one
parser. As with ``timeit``, cyclic garbage waits until a run is over.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from eucalyptus.contracts.ec2 import reservations
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.ec2.filters import ResourceTagSetItem
from eucalyptus.contracts.ec2.groups import GroupItem
from eucalyptus.contracts.ec2.instances import DescribeInstancesResponse
from eucalyptus.wire.codec import Codec
from eucalyptus.wire.documents import DocumentLimits, parse
from eucalyptus.wire.models import Models
from measuring import rows

VERSION = "2013-02-01"
LIMITS = DocumentLimits(size=16 << 20, elements=200_000)
STARTED = datetime(2013, 2, 1, 12, 0, tzinfo=UTC)


def _instance(number: int) -> reservations.RunningInstancesItem:
    group = (GroupItem(group_id="sg-12345678", group_name="default"),)
    volume = reservations.EbsInstanceBlockDeviceMappingResponse(
        volume_id="vol-12345678",
        status="attached",
        attach_time=STARTED,
        delete_on_termination=True,
    )
    return reservations.RunningInstancesItem(
        instance_id=f"i-{number:08x}",
        image_id="emi-12345678",
        instance_state=reservations.InstanceState(code=16, name="running"),
        private_dns_name="euca-172-31-0-5.eucalyptus.internal",
        dns_name="euca-192-0-2-5.cloud.example.org",
        reason="",
        key_name="research",
        ami_launch_index="0",
        instance_type="m1.small",
        launch_time=STARTED,
        placement=reservations.PlacementResponse(
            availability_zone="one", group_name="", tenancy="default"
        ),
        kernel_id="eki-12345678",
        ramdisk_id="eri-12345678",
        monitoring=reservations.InstanceMonitoringState(state="disabled"),
        private_ip_address="172.31.0.5",
        ip_address="192.0.2.5",
        group=group,
        architecture="x86_64",
        root_device_type="instance-store",
        root_device_name="/dev/sda1",
        block_device_mapping=(
            reservations.InstanceBlockDeviceMappingResponseItem(device_name="/dev/sdf", ebs=volume),
        ),
        virtualization_type="hvm",
        client_token="",
        tag=(ResourceTagSetItem(key="owner", value="R&D"),),
        hypervisor="xen",
        ebs_optimized=False,
    )


def reply(count: int) -> DescribeInstancesResponse:
    """A reply of ``count`` reservations with one instance each, some fifty elements apiece."""
    group = (GroupItem(group_id="sg-12345678", group_name="default"),)
    return DescribeInstancesResponse(
        request_id="59dbff89-35bd-4eac-99ed-be587EXAMPLE",
        reservation=tuple(
            reservations.ReservationInfo(
                reservation_id=f"r-{number:08x}",
                owner_id="123456789012",
                group=group,
                instances=(_instance(number),),
            )
            for number in range(count)
        ),
    )


def _best(work: Callable[[], object], runs: int) -> float:
    """The least CPU milliseconds of several runs."""
    times = []
    for _ in range(runs):
        gc.collect()
        gc.disable()
        start = time.process_time()
        work()
        times.append((time.process_time() - start) * 1000)
        gc.enable()
    return min(times)


def comparisons(count: int = 1000, runs: int = 9) -> Iterator[rows.Row]:
    """Measure; limits are for 1,000 instances."""
    answer, codec = reply(count), Codec(EC2, VERSION)
    codec.prepare()
    models = Models(EC2, VERSION)
    model = models.model(DescribeInstancesResponse)
    document = codec.write(answer, "DescribeInstancesResponse")
    native = models.value(answer)
    # A reservation that was written once is not written again.
    unwritten = [reply(count) for _ in range(runs)]

    def write_ours() -> Any:
        return codec.write(unwritten.pop(), "DescribeInstancesResponse")

    def read_ours() -> Any:
        return codec.read(DescribeInstancesResponse, parse(document, LIMITS))

    def write_theirs() -> Any:
        return etree.tostring(models.element(model, native, "DescribeInstancesResponse"))

    def read_theirs() -> Any:
        return models.read(model, etree.fromstring(document))

    for name, ours, theirs, limit in (
        ("write", write_ours, write_theirs, 17.0),
        ("read", read_ours, read_theirs, 40.0),
    ):
        mine, peer = _best(ours, runs), _best(theirs, max(1, runs // 3))
        yield rows.bounded(f"codec {name}, {count} instances", mine, limit * count / 1000)
        yield rows.shorter(f"codec {name}, {count} instances: spyne", (mine, peer), 1.0)


if __name__ == "__main__":
    sys.exit(rows.show(comparisons, __doc__ or ""))
