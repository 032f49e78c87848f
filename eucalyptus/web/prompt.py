# SPDX-License-Identifier: BSD-2-Clause
"""Sending at once. A transport of Twisted sends what it was given after everything else that the
reactor has to do in its turn, be it the signatures of twenty other messages; meanwhile the peer
of this one waits in idleness."""

from __future__ import annotations

from twisted.internet.tcp import Connection


def flush(transport: object) -> None:
    """Hand what was written to ``transport`` to the kernel, as far as it takes it now.

    A failure shows when the reactor sends the rest. Encrypted connections are left to it, and so
    are those that are to be closed after the last byte.
    """
    if isinstance(transport, Connection) and transport.connected and not transport.disconnecting:
        transport.doWrite()
