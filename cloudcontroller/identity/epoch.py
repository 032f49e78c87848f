# SPDX-License-Identifier: BSD-2-Clause
"""How all front workers of a host know at once that a credential may have changed.

The database's NOTIFY reaches other workers soon, but not before the caller is told that its key is
switched off. So whoever changes credentials also counts up a number in a small file that every
worker of the host has mapped: looking at it costs no more than looking at any other memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from eucalyptus.access.call import Call
from eucalyptus.contracts.identity import IDENTITY
from eucalyptus.mapped import mapped
from eucalyptus.web.endpoint import Body

NAME = "credentials-epoch"
_SIZE = 8


class Epoch:
    """The number in the file ``path``.

    Nobody locks. Read it before you ask the database: whoever counts up has committed by then, so
    that should two count to the same number, who reads that number later sees what both changed.
    """

    def __init__(self, path: Path) -> None:
        self._words = memoryview(mapped(path, _SIZE)).cast("Q")

    def __call__(self) -> int:
        """The number now."""
        return self._words[0]

    def count_up(self) -> None:
        """Credentials changed: what was known before is to be asked anew."""
        self._words[0] = (self._words[0] + 1) % (1 << 64)


def counting(bodies: Mapping[str, Body], epoch: Epoch) -> dict[str, Body]:
    """``bodies``, of which each that changes something counts up before its caller hears of it."""
    changing = {operation.name for operation in IDENTITY.operations if operation.mutates}
    return {
        name: partial(_counted, body, epoch) if name in changing else body
        for name, body in bodies.items()
    }


async def _counted(body: Body, epoch: Epoch, call: Call, ask: Any) -> Any:
    try:
        return await body(call, ask)
    finally:
        # Also when it failed: the database may have committed and only the answer been lost.
        epoch.count_up()
