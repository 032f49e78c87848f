# SPDX-License-Identifier: BSD-2-Clause
"""Public addresses, of which this cloud gives out none: clients ask for them all the same."""

from __future__ import annotations

from cloudcontroller.compute.core import filters
from cloudcontroller.compute.core.filter_tables import ADDRESS_FILTERS
from cloudcontroller.compute.world import World
from eucalyptus.access.call import Call
from eucalyptus.contracts.ec2 import addresses as ec2
from eucalyptus.contracts.refusals import NO_SUCH_ADDRESS, NO_SUCH_ALLOCATION

VERBOSE = "verbose"
"""The name by which the cloud's administrator asks for everybody's addresses."""


async def describe_addresses(
    world: World, call: Call, ask: ec2.DescribeAddresses
) -> ec2.DescribeAddressesResponse:
    """Describe the caller's public addresses; one that is named does not exist."""
    for address in ask.public_ips:
        if address.public_ip != VERBOSE:
            raise NO_SUCH_ADDRESS(address=address.public_ip)
    for allocation in ask.allocation_ids:
        raise NO_SUCH_ALLOCATION(allocation=allocation.allocation_id)
    return ec2.DescribeAddressesResponse(addresses=filters.select((), ask.filter, ADDRESS_FILTERS))
