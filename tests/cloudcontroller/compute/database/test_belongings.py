# SPDX-License-Identifier: BSD-2-Clause
"""What an account still has."""

from __future__ import annotations

from cloudcontroller.compute.database.belongings import kept
from tests.cloudcontroller.compute.street import ALICE, BOB, Street


def test_what_an_account_keeps_is_counted(street: Street) -> None:
    """Instances, images, keys, groups of its own; nothing of others, and not the default group."""
    street.launch(street.image(), max_count=2)
    street.ask("CreateKeyPair", key_name="mine")
    street.ask("CreateSecurityGroup", group_name="web", group_description="x")
    street.ask("DescribeSecurityGroups", BOB)
    assert street.run(kept, ALICE.account_id) == [
        "2 instances", "1 images", "1 key pairs", "1 security groups",
    ]  # fmt: skip
    assert street.run(kept, BOB.account_id) == []
