# SPDX-License-Identifier: BSD-2-Clause
"""What compute still keeps for an account: asked before the account is deleted."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from cloudcontroller.compute.core.groups import DEFAULT_GROUP
from cloudcontroller.compute.core.images import AVAILABLE
from cloudcontroller.compute.database import instances
from cloudcontroller.compute.database.schema import groups, images, key_pairs
from eucalyptus.database.run import Tx


def kept(tx: Tx, account_id: str) -> Sequence[str]:
    """In words, like "3 instances"; the default group, which every account has, does not count."""
    asked = {
        "images": select(func.count()).where(
            images.c.account_id == account_id, images.c.state == AVAILABLE
        ),
        "key pairs": select(func.count()).where(key_pairs.c.account_id == account_id),
        "security groups": select(func.count()).where(
            groups.c.account_id == account_id, groups.c.name != DEFAULT_GROUP
        ),
    }
    counts = {"instances": instances.count(tx, account_id)}
    counts |= {what: int(tx.execute(query).scalar_one()) for what, query in asked.items()}
    return [f"{number} {what}" for what, number in counts.items() if number]
