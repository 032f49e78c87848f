# SPDX-License-Identifier: BSD-2-Clause
"""What parts and messages say of earlier API versions, beyond the first and the last."""

from __future__ import annotations

import dataclasses
from typing import Any

Names = tuple[tuple[str, str], ...]
"""Earlier names, each after the last API version that had it, oldest first."""


def name_in(version: str, earlier: Names, now: str) -> str:
    """The name in ``version`` ("" for an undated contract) of what is called ``now`` today."""
    return next((name for until, name in earlier if version and version <= until), now)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Was:
    """What was otherwise with a part from API version ``since`` to ``until``, both included.

    None means: as it is declared. ``query_only`` parts were in no WSDL then; ``leads`` parts
    stood before all others. ``otherwise`` is written for a part that was required then and that
    a body leaves None; such a part need not be there in what is read.
    """

    until: str
    since: str = ""
    name: str | None = None
    set_type: str | None = None
    least: int | None = None
    required: bool | None = None
    choice: str | None = None
    query_only: bool | None = None
    leads: bool | None = None
    otherwise: Any = None

    def changes(self, version: str) -> dict[str, Any]:
        """The fields of ``Part`` that were otherwise in ``version``, with their values then."""
        if not self.since <= version <= self.until:
            return {}
        told = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {k: v for k, v in told.items() if v is not None and k not in ("since", "until")}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """Up to API version ``until``, a message's inherited parts stood in a list's only item.

    The list is called ``name`` and has type ``set_type``; the item's type is the parent's.
    """

    name: str
    set_type: str
    until: str
