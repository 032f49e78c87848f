# SPDX-License-Identifier: BSD-2-Clause
"""HTTP and TLS on one port: the first byte of a connection tells which it is."""

from __future__ import annotations

from typing import Any, cast

from twisted.internet import protocol
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure

from eucalyptus.web.mounted import Mounted

TLS_HANDSHAKE = 0x16


class _Sniffer(protocol.Protocol):
    """Waits for the first byte, then steps aside for the protocol it announces.

    It holds its peer's place until then, so that silent connections are counted too.
    """

    def __init__(self, factory: SniffingFactory, peer: Any, address: str) -> None:
        self._factory, self._peer, self._address = factory, peer, address
        self._timeout: Any = None

    def connectionMade(self) -> None:
        self._timeout = self._factory.clock.callLater(
            self._factory.patience, cast("Any", self.transport).abortConnection
        )
        self._factory.crowd.waits(self._address, self)

    def dataReceived(self, data: bytes) -> None:
        self._leave()
        chosen = self._factory.choose(data[0]).buildProtocol(self._peer)
        transport = cast("Any", self.transport)
        if chosen is None:
            transport.abortConnection()
            return
        transport.protocol = chosen
        chosen.makeConnection(transport)
        chosen.dataReceived(data)

    def connectionLost(self, reason: Failure = protocol.connectionDone) -> None:
        self._leave()

    def _leave(self) -> None:
        if self._timeout.active():
            self._timeout.cancel()
        self._factory.crowd.leave(self._address, self)

    def give_way(self) -> None:
        """End at once: somebody else needs the place."""
        cast("Any", self.transport).abortConnection()


class SniffingFactory(protocol.Factory):
    """Serves ``plain`` to HTTP clients and the same through TLS to those who open with it."""

    noisy = False

    def __init__(self, plain: Mounted, context: Any, clock: Any) -> None:
        self.plain: Any = plain
        self._tls = TLSMemoryBIOFactory(context, False, plain, clock=clock) if context else plain
        self.clock, self.crowd = clock, plain.crowd
        self.patience = plain.limits.head_time

    def doStart(self) -> None:
        """Start the site with the port."""
        self.plain.doStart()

    def doStop(self) -> None:
        """Stop the site with the port."""
        self.plain.doStop()

    def choose(self, first: int) -> Any:
        """The factory for a connection whose first byte is ``first``."""
        return self._tls if first == TLS_HANDSHAKE else self.plain

    def buildProtocol(self, addr: Any) -> protocol.Protocol | None:
        """A new connection, not yet known to be HTTP or TLS; None when there is no place for it."""
        address = str(getattr(addr, "host", ""))
        return _Sniffer(self, addr, address) if self.crowd.enter(address) else None
