# SPDX-License-Identifier: BSD-2-Clause
"""Every operation whose messages are declared and that nobody does yet.

They are as the WSDL of 2013-02-01 has them; what other versions had otherwise is said when one is
built.
"""

from __future__ import annotations

from eucalyptus.contracts.ec2.later import (
    addresses,
    bundles,
    egress,
    imports,
    instance_attributes,
    instances,
    interfaces,
    networks,
    placement,
    reserved,
    snapshots,
    spot,
    tags,
    volume_attributes,
    volumes,
)

DRAFTS = (
    *addresses.OPERATIONS,
    *bundles.OPERATIONS,
    *egress.OPERATIONS,
    *imports.OPERATIONS,
    *instance_attributes.OPERATIONS,
    *instances.OPERATIONS,
    *interfaces.OPERATIONS,
    *networks.OPERATIONS,
    *placement.OPERATIONS,
    *reserved.OPERATIONS,
    *snapshots.OPERATIONS,
    *spot.OPERATIONS,
    *tags.OPERATIONS,
    *volume_attributes.OPERATIONS,
    *volumes.OPERATIONS,
)
