# SPDX-License-Identifier: BSD-2-Clause
"""Public addresses, of which there are none."""

from __future__ import annotations

from typing import Any

import pytest

from eucalyptus.contracts.ec2.addresses import AllocationIdSetItem, DescribeAddressesItem
from eucalyptus.contracts.ec2.filters import Filter, Value
from eucalyptus.contracts.refusals import Refused
from tests.cloudcontroller.compute.street import Street


def test_nobody_has_a_public_address(street: Street) -> None:
    """Neither all of them nor those that a filter lets through."""
    street.launch(street.image())
    everybodys = (DescribeAddressesItem(public_ip="verbose"),)
    filtered = (Filter(name="instance-id", value=(Value(value="*"),)),)
    for parts in ({}, {"public_ips": everybodys}, {"filter": filtered}):
        assert street.ask("DescribeAddresses", **parts).addresses == ()


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        (
            {"public_ips": (DescribeAddressesItem(public_ip="198.51.100.7"),)},
            "InvalidAddressID.NotFound",
        ),
        (
            {"allocation_ids": (AllocationIdSetItem(allocation_id="eipalloc-1"),)},
            "InvalidAllocationID.NotFound",
        ),
        (
            {"filter": (Filter(name="public_ip", value=(Value(value="*"),)),)},
            "InvalidParameterValue",
        ),
    ],
)
def test_what_is_not_there_is_refused(street: Street, parts: dict[str, Any], code: str) -> None:
    """An address that is named, and a filter that is none."""
    with pytest.raises(Refused) as refused:
        street.ask("DescribeAddresses", **parts)
    assert refused.value.refusal.code == code
