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
    are those that are being closed or have something to send yet.
    """
    if isinstance(transport, Connection) and _is_idle(transport):
        sent = transport.writeSomeData(octets)
        if isinstance(sent, int):
            octets = octets[sent:]
    if octets:
        transport.write(octets)


def _is_idle(transport: Any) -> bool:
    waiting = transport.dataBuffer or transport._tempDataBuffer
    return bool(transport.connected and not transport.disconnecting and not waiting)
