# SPDX-License-Identifier: BSD-2-Clause
"""Instances that are there before anything is measured: rows as a launch and a node leave them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable

from sqlalchemy import insert, text

from cloudcontroller.compute.core.instance import GroupRef, Instance
from cloudcontroller.compute.core.lifecycle import Reason, VmState
from cloudcontroller.compute.core.types import VmType
from cloudcontroller.compute.database import instances, schema
from eucalyptus.access.principals import Principal
from eucalyptus.database.transactions import Tx
from measuring.cloud import Cloud

SMALL = VmType(name="m1.small", cpu=1, memory=256, disk=5)
_AT_ONCE = 1000


def populate(cloud: Cloud, who: Principal, numbers: Iterable[int]) -> None:
    """One running instance of its own launch for each number (``i-`` and eight hex digits)."""
    wanted = list(numbers)
    for first in range(0, len(wanted), _AT_ONCE):
        made = [_instance(who, number) for number in wanted[first : first + _AT_ONCE]]
        cloud.run(_add, made)
    cloud.run(lambda tx: tx.execute(text("ANALYZE compute.instances")))


def touch(cloud: Cloud) -> None:
    """Write every instance's row anew, as a report from its cluster does."""
    cloud.run(lambda tx: tx.execute(text("UPDATE compute.instances SET reported = reported + 1")))


def _add(tx: Tx, made: list[Instance]) -> None:
    launches = [
        {
            "reservation_id": one.reservation_id,
            "account_id": one.account_id,
            "client_token": None,
            "fingerprint": "",
            "created": one.created,
        }
        for one in made
    ]
    tx.execute(insert(schema.reservations), launches)
    tx.execute(insert(schema.instances), [instances.columns(one) for one in made])
    tx.execute(insert(schema.members), [row for one in made for row in instances.joined(one)])


def _instance(who: Principal, number: int) -> Instance:
    now = time.time()
    return Instance(
        instance_id=f"i-{number:08x}",
        uuid=str(uuid.uuid4()),
        reservation_id=f"r-{number:08x}",
        account_id=who.account_id,
        user_id=who.user_id,
        client_token="",
        state=VmState.RUNNING,
        reason=Reason.NORMAL,
        says="",
        image_id="emi-0000000a",
        manifest="images/guest.manifest.xml",
        kernel_id="eki-0000000a",
        ramdisk_id="eri-0000000a",
        architecture="x86_64",
        platform="",
        virtualization="hvm",
        root_device="/dev/sda1",
        type=SMALL,
        zone="one",
        key_name="research",
        public_key="ssh-rsa AAAA research",
        user_data=b"#!/bin/sh\n",
        launch_index=0,
        monitoring=False,
        private_ip=f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
        mac=f"d0:0d:{number >> 24 & 255:02x}:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:"
        f"{number & 255:02x}",
        created=now,
        changed=now,
        reported=now,
        expires=None,
        node="http://127.0.0.1:8775/axis2/services/EucalyptusNC",
        guest="",
        reachable=True,
        asked=None,
        heard=False,
        groups=(GroupRef(group_id="sg-0000000a", name="default"),),
    )
