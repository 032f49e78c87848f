# SPDX-License-Identifier: BSD-2-Clause
"""How much room there is: in an account's limit and in a zone.

A cluster reports per type how many more instances would fit. What the cloud has promised since
that report is not in it yet, so it is subtracted here, in units of the type that is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from cloudcontroller.compute.core.types import VmType
from eucalyptus.contracts.refusals import TOO_MANY_INSTANCES

UNLIMITED = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How many instances account ``account`` may have (UNLIMITED: any number) and has."""

    account: str
    limit: int
    used: int

    def allow(self, least: int, most: int) -> int:
        """How many of ``least``..``most`` more instances the limit leaves; refuses below least."""
        if self.limit == UNLIMITED:
            return most
        left = max(self.limit - self.used, 0)
        if left < least:
            raise TOO_MANY_INSTANCES(
                account=self.account, limit=self.limit, used=self.used, wanted=least
            )
        return min(left, most)


@lru_cache(maxsize=1024)
def slots(taken: VmType, wanted: VmType) -> int:
    """How many instances of ``wanted`` one instance of ``taken`` may keep out (an upper bound)."""
    pairs = (
        (taken.cpu, wanted.cpu),
        (taken.memory, wanted.memory),
        (taken.disk, wanted.disk),
    )
    return max(-(-have // want) for have, want in pairs)


def free(available: int, promised: Mapping[VmType, int], wanted: VmType) -> int:
    """How many of ``wanted`` still fit, given the report and how many were promised since."""
    gone = sum(slots(taken, wanted) * count for taken, count in promised.items())
    return max(available - gone, 0)
