# SPDX-License-Identifier: BSD-2-Clause
"""Block devices of instances and images."""

from __future__ import annotations

from eucalyptus.contracts.declare import message, part
from eucalyptus.contracts.earlier import Was
from eucalyptus.contracts.ec2.filters import EmptyElement


@message("EbsBlockDeviceType")
class EbsBlockDevice:
    """A volume to make for a device; sizes in GiB."""

    snapshot_id: str | None = None
    volume_size: int | None = None
    delete_on_termination: bool | None = None
    volume_type: str | None = part(default=None, since="2012-07-20")
    iops: int | None = part(default=None, since="2012-07-20")


@message("BlockDeviceMappingItemType")
class BlockDeviceMappingItem:
    """A device and what backs it: an ephemeral disk, a volume, or nothing."""

    device_name: str
    virtual_name: str | None = part(
        default=None,
        choice="choice1",
        was=Was(until="2009-08-15", choice="", required=True, leads=True, otherwise=""),
    )
    ebs: EbsBlockDevice | None = part(default=None, since="2009-10-31", choice="choice1")
    no_device: EmptyElement | None = part(default=None, since="2009-10-31", choice="choice1")
