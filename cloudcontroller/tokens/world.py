# SPDX-License-Identifier: BSD-2-Clause
"""What the operations of the tokens contract are handed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """``unseal`` opens what this cloud sealed; raises ValueError for anything else."""

    unseal: Callable[[bytes], bytes]
