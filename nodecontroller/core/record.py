# SPDX-License-Identifier: BSD-2-Clause
"""What the node remembers of one instance, and how it tells the cluster."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from eucalyptus.contracts.internal import VirtualBootRecord
from eucalyptus.contracts.node import FAULT, Instance, NcRunInstance
from eucalyptus.machine import step
from nodecontroller.core.lifecycle import STARTED, TABLE, Event, State, outward

ID = re.compile(r"i-[0-9A-Fa-f]{8}(?:[0-9A-Fa-f]{9})?\Z")
"""An instance id. It becomes a file name, a tap name and a domain name, so nothing else passes."""
ACCOUNT = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")
"""An owner's id as it may become a directory name."""
LONGEST_FAULT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One instance as journalled. Times in POSIX seconds; ``ended`` is 0 until torn down.

    ``ask`` is the request as it came, without its head. ``was_extant`` once the cluster may have
    been told so. ``reason`` says, to an operator, why the instance ended; ``fault``, to its owner,
    why it could not be started.
    """

    ask: NcRunInstance
    state: State
    was_extant: bool = False
    launched: float
    ended: float = 0.0
    reason: str = ""
    fault: str = ""
    public_ip: str = ""

    @property
    def id(self) -> str:
        """The instance's id."""
        return self.ask.instance_id


def first(ask: NcRunInstance, now: float) -> Record:
    """The record of an instance that was just asked for at ``now``."""
    return Record(
        ask=beheaded(ask), state=State.STAGING, launched=now, public_ip=ask.net_params.public_ip
    )


def moved(record: Record, event: Event, *, now: float, reason: str = "") -> Record:
    """The record after ``event`` at ``now``; raises WrongState where the table has no such move."""
    state = step(TABLE, record.state, event)
    return dataclasses.replace(
        record,
        state=state,
        was_extant=record.was_extant or state in STARTED,
        ended=now if state is State.TEARDOWN else record.ended,
        reason=record.reason or reason,
        fault=record.fault or _fault(event, reason),
    )


def _fault(event: Event, reason: str) -> str:
    if event is Event.STAGING_FAILED:
        return reason[:LONGEST_FAULT]
    return event.value if event in (Event.STAGING_EXPIRED, Event.BOOTING_EXPIRED) else ""


def beheaded(ask: NcRunInstance) -> NcRunInstance:
    """The request without what differs each time it is sent."""
    return dataclasses.replace(
        ask,
        correlation_id=None,
        user_id=ask.user_id,
        status_message=None,
        succeeded=None,
        epoch=None,
        services=(),
        disabled_services=(),
        notready_services=(),
        node_name=None,
    )


def _timeless(record: VirtualBootRecord) -> VirtualBootRecord:
    # A repeat may carry a newer signature in the same location, and a newer digest behind it.
    location = (record.resource_location or "").partition("#")[0].partition("?")[0]
    return dataclasses.replace(record, resource_location=location)


def same(one: NcRunInstance, other: NcRunInstance) -> bool:
    """Whether two requests ask for the same instance, however often they were signed."""

    def essence(ask: NcRunInstance) -> NcRunInstance:
        machine = ask.instance_type
        records = tuple(_timeless(record) for record in machine.virtual_boot_record)
        machine = dataclasses.replace(machine, virtual_boot_record=records)
        return dataclasses.replace(
            beheaded(ask),
            instance_type=machine,
            user_id=None,
            credential=None,
            expiry_time=None,
            net_params=dataclasses.replace(ask.net_params, public_ip=""),
            image_url=None,
            kernel_url=None,
            ramdisk_url=None,
        )

    return essence(one) == essence(other)


def report(record: Record, service_tag: str) -> Instance:
    """The instance as the cluster is told; ``service_tag`` is this node's URL."""
    ask = record.ask
    name = outward(record.state, record.was_extant)
    running = record.state in STARTED and record.state is not State.BOOTING
    return Instance(
        uuid=ask.uuid,
        reservation_id=ask.reservation_id,
        instance_id=ask.instance_id,
        image_id=ask.image_id or _of_type(record, "machine"),
        kernel_id=ask.kernel_id,
        ramdisk_id=ask.ramdisk_id,
        user_id=ask.user_id or ask.owner_id,
        owner_id=ask.owner_id,
        account_id=ask.account_id,
        key_name=ask.key_name,
        instance_type=ask.instance_type,
        net_params=dataclasses.replace(ask.net_params, public_ip=record.public_ip),
        state_name=name,
        bundle_task_state_name="none",
        bundle_task_progress=0.0,
        create_image_state_name="none",
        launch_time=datetime.fromtimestamp(int(record.launched), UTC),
        expiry_time=ask.expiry_time,
        blkbytes=0,
        netbytes=0,
        guest_state_name="poweredOn" if running else _powered_off(record),
        migration_state_name="none",
        user_data=ask.user_data,
        launch_index=ask.launch_index,
        platform=ask.platform,
        group_names=ask.group_names,
        group_ids=ask.group_ids,
        volumes=(),
        service_tag=service_tag,
        has_floopy=0,
        secondary_net_config=ask.secondary_net_config,
    )


def _powered_off(record: Record) -> str:
    return f"poweredOff{FAULT}{record.fault}" if record.fault else "poweredOff"


def _of_type(record: Record, kind: str) -> str:
    records = record.ask.instance_type.virtual_boot_record
    return next((r.id for r in records if r.type == kind and r.id), "none")
