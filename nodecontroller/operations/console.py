# SPDX-License-Identifier: BSD-2-Clause
"""What an instance said on its serial console."""

from __future__ import annotations

import base64

from eucalyptus.access.call import Call
from eucalyptus.contracts.node import NcGetConsoleOutput, NcGetConsoleOutputResponse
from eucalyptus.contracts.refusals import NO_SUCH_INSTANCE
from nodecontroller.drivers.files import tail
from nodecontroller.operations.answer import answer
from nodecontroller.world import World

LIMIT = 64 * 1024


async def get_console_output(
    world: World, call: Call, ask: NcGetConsoleOutput
) -> NcGetConsoleOutputResponse:
    """The last 64 KiB, in base64; nothing yet is the empty text."""
    record = world.roster.get(ask.instance_id)
    if record is None:
        raise NO_SUCH_INSTANCE(instance_id=ask.instance_id)
    said = await world.tools.in_thread(tail, world.console(record), LIMIT)
    output = base64.b64encode(said).decode("ascii")
    return answer(NcGetConsoleOutputResponse, ask, console_output=output)
