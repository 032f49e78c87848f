# SPDX-License-Identifier: BSD-2-Clause
"""Sending at once. A transport of Twisted sends what it was given after everything else that the
reactor has to do in its turn, be it the signatures of twenty other messages; meanwhile the peer
of this one waits in idleness."""

from __future__ import annotations

from typing import Any

from twisted.internet.tcp import Connection


def write_now(transport: Any, octets: bytes) -> None:
    """Write ``octets``, and hand to the kernel at once what it takes of them now.

    A failure shows when the reactor sends the rest. Encrypted connections are left to it, and so
    are those that are to be closed after the last byte.
    """
    if not _is_open(transport):
        transport.write(octets)
    elif len(octets) > transport.SEND_LIMIT or transport.dataBuffer or transport._tempDataBuffer:
        transport.write(octets)
        transport.doWrite()
    else:
        # As doWrite does it, but without asking the reactor to watch for room that there is.
        sent = transport.writeSomeData(octets)
        if sent != len(octets):
            transport.write(octets[sent:] if isinstance(sent, int) else octets)


def _is_open(transport: Any) -> bool:
    return (
        isinstance(transport, Connection)
        and bool(transport.connected)
        and not transport.disconnecting
    )
