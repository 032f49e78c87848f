# SPDX-License-Identifier: BSD-2-Clause
"""HTTP and TLS on one port: the first byte of a connection tells which it is."""

from __future__ import annotations

from typing import Any, cast

from twisted.internet import interfaces, protocol
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure

TLS_HANDSHAKE = 0x16


class _Sniffer(protocol.Protocol):
    """Waits for the first byte, then steps aside for the protocol it announces."""

    def __init__(self, factory: SniffingFactory, peer: interfaces.IAddress | None) -> None:
        self._factory, self._peer = factory, peer
        self._timeout: Any = None

    def connectionMade(self) -> None:
        self._timeout = self._factory.clock.callLater(
            self._factory.patience, cast("Any", self.transport).abortConnection
        )

    def dataReceived(self, data: bytes) -> None:
        self._timeout.cancel()
        inner = self._factory.choose(data[0])
        chosen = inner.buildProtocol(self._peer)
        transport = cast("Any", self.transport)
        transport.protocol = chosen
        chosen.makeConnection(transport)
        chosen.dataReceived(data)

    def connectionLost(self, reason: Failure = protocol.connectionDone) -> None:
        if self._timeout is not None and self._timeout.active():
            self._timeout.cancel()


class SniffingFactory(protocol.Factory):
    """Serves ``plain`` to HTTP clients and the same through TLS to those who open with it."""

    noisy = False

    def __init__(self, plain: Any, context: Any, clock: Any) -> None:
        self._plain = plain
        self._tls = TLSMemoryBIOFactory(context, False, plain, clock=clock) if context else plain
        self.clock = clock
        self.patience = 30.0

    def doStart(self) -> None:
        """Start the site with the port."""
        self._plain.doStart()

    def doStop(self) -> None:
        """Stop the site with the port."""
        self._plain.doStop()

    def choose(self, first: int) -> Any:
        """The factory for a connection whose first byte is ``first``."""
        return self._tls if first == TLS_HANDSHAKE else self._plain

    def buildProtocol(self, addr: interfaces.IAddress | None) -> protocol.Protocol:
        """A new connection, not yet known to be HTTP or TLS."""
        return _Sniffer(self, addr)
