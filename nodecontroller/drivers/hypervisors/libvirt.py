# SPDX-License-Identifier: BSD-2-Clause
"""libvirt, and nothing above it: open, start, stop, list, read. The only file that imports it.

libvirt blocks, so every call runs in a small thread pool of its own and is given up after a while:
a libvirtd that hangs may cost these threads but never the reactor. A connection that breaks is
opened again by the next call; machines do not notice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import libvirt  # type: ignore[import-untyped,unused-ignore]
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.threadpool import ThreadPool

from nodecontroller.core.reconcile import Domain, DomainState
from nodecontroller.core.sensors import DiskReading, Reading
from nodecontroller.drivers.hypervisors import (
    Happened,
    Happening,
    HostFacts,
    HypervisorRefused,
    HypervisorUnreachable,
    Listener,
)

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds a call may take; starting a domain may take START_PATIENCE."""
START_PATIENCE = 300.0
CLOSE_PATIENCE = 5.0
KEEPALIVE = (5, 2)
"""Ask a silent libvirtd every 5 s whether it lives; after 2 silent answers the connection broke."""
CTRL_ALT_DELETE = (29, 56, 111)
"""Linux key codes."""

_STATES: Mapping[int, DomainState] = {
    libvirt.VIR_DOMAIN_NOSTATE: DomainState.BLOCKED,
    libvirt.VIR_DOMAIN_RUNNING: DomainState.RUNNING,
    libvirt.VIR_DOMAIN_BLOCKED: DomainState.BLOCKED,
    libvirt.VIR_DOMAIN_PAUSED: DomainState.PAUSED,
    libvirt.VIR_DOMAIN_SHUTDOWN: DomainState.SHUTDOWN,
    libvirt.VIR_DOMAIN_SHUTOFF: DomainState.SHUTOFF,
    libvirt.VIR_DOMAIN_CRASHED: DomainState.CRASHED,
    libvirt.VIR_DOMAIN_PMSUSPENDED: DomainState.PAUSED,
}
_HAPPENINGS: Mapping[int, Happening] = {
    libvirt.VIR_DOMAIN_EVENT_STARTED: Happening.STARTED,
    libvirt.VIR_DOMAIN_EVENT_STOPPED: Happening.STOPPED,
    libvirt.VIR_DOMAIN_EVENT_CRASHED: Happening.STOPPED,
}
_BROKEN = frozenset(
    {
        libvirt.VIR_ERR_RPC,
        libvirt.VIR_ERR_SYSTEM_ERROR,
        libvirt.VIR_ERR_NO_CONNECT,
        libvirt.VIR_ERR_INTERNAL_ERROR,
        libvirt.VIR_ERR_INVALID_CONN,
        libvirt.VIR_ERR_LIBSSH,
    }
)
_READ = (
    libvirt.VIR_DOMAIN_STATS_CPU_TOTAL
    | libvirt.VIR_DOMAIN_STATS_BLOCK
    | libvirt.VIR_DOMAIN_STATS_INTERFACE
)

_EVENTS = threading.Lock()
_LOOPS: list[threading.Thread] = []


def _turn() -> None:
    pause = threading.Event()
    while True:
        try:
            libvirt.virEventRunDefaultImpl()
        except libvirt.libvirtError:
            # A connection broke under the loop: the others still want their events.
            pause.wait(0.1)


def _start_events() -> None:
    """Run libvirt's event loop, once per process, before the first connection."""
    with _EVENTS:
        if not _LOOPS:
            libvirt.virEventRegisterDefaultImpl()
            loop = threading.Thread(target=_turn, name="libvirt events", daemon=True)
            _LOOPS.append(loop)
            loop.start()


def quiet() -> None:
    """Keep libvirt from writing its errors to stderr; they arrive as exceptions."""
    libvirt.registerErrorHandler(lambda _context, _error: None, None)


class Libvirt:
    """The hypervisor behind ``uri``; guests get domain type ``kind``."""

    log = Logger()

    def __init__(self, uri: str, kind: str, reactor: ReactorBase) -> None:
        _start_events()
        quiet()
        self.kind, self._uri, self._reactor = kind, uri, reactor
        self._listeners: list[Listener] = []
        self._pool = ThreadPool(0, 6, name="libvirt")
        self._pool.start()
        self._opening = threading.Lock()
        self._connection: Any = None

    def listen(self, listener: Listener) -> None:
        """Have ``listener`` called, in the reactor's thread, with whatever happens."""
        self._listeners.append(listener)

    async def host(self) -> HostFacts:
        """What the host has."""

        def work(connection: Any) -> HostFacts:
            cores = connection.getInfo()[2]
            # getInfo's own memory counts only what was there, per NUMA cell, at boot.
            memory = connection.getMemoryStats(libvirt.VIR_NODE_MEMORY_STATS_ALL_CELLS)["total"]
            return HostFacts(memory=int(memory) // 1024, cores=int(cores))

        return await self._run(work)

    async def domains(self) -> tuple[Domain, ...]:
        """Every domain there is."""
        return await self._run(_list)

    async def start(self, xml: str) -> None:
        """Start a transient domain."""
        await self._run(lambda connection: connection.createXML(xml, 0), START_PATIENCE)

    async def shutdown(self, name: str) -> None:
        """Press the power button."""
        await self._on(name, lambda domain: domain.shutdown())

    async def reboot(self, name: str) -> None:
        """Press the power button, and start the machine again when the guest powered off."""
        await self._on(name, lambda domain: domain.reboot(0))

    async def press(self, name: str) -> None:
        """Press Control-Alt-Delete."""
        keys = list(CTRL_ALT_DELETE)
        linux = libvirt.VIR_KEYCODE_SET_LINUX
        await self._on(name, lambda domain: domain.sendKey(linux, 100, keys, len(keys), 0))

    async def reset(self, name: str) -> None:
        """Press the reset button."""
        await self._on(name, lambda domain: domain.reset(0))

    async def resume(self, name: str) -> None:
        """Let a paused machine go on."""
        await self._on(name, lambda domain: domain.resume())

    async def destroy(self, name: str) -> None:
        """Pull the plug; gone already is fine."""

        def work(connection: Any) -> None:
            try:
                connection.lookupByName(name).destroy()
            except libvirt.libvirtError as failure:
                absent = (libvirt.VIR_ERR_NO_DOMAIN, libvirt.VIR_ERR_OPERATION_INVALID)
                if failure.get_error_code() not in absent:
                    raise

        await self._run(work)

    async def readings(self) -> Mapping[str, Reading]:
        """What every running domain used so far."""

        def work(connection: Any) -> dict[str, Reading]:
            active = libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE
            rows = connection.getAllDomainStats(_READ, active)
            return {domain.name(): _reading(stats) for domain, stats in rows}

        return await self._run(work)

    async def close(self) -> None:
        """Close the connection; the machines run on."""
        connection, self._connection = self._connection, None
        self._listeners.clear()
        if connection is not None:
            closing = deferToThreadPool(self._reactor, self._pool, _close, connection)
            closing.addTimeout(CLOSE_PATIENCE, self._reactor)
            try:
                await closing
            except DeferredTimeout:
                # Its threads hang in libvirtd: whoever supervises us ends us with them.
                self.log.warn("libvirt does not let go")
                return
        self._pool.stop()

    async def _on(self, name: str, act: Callable[[Any], object]) -> None:
        await self._run(lambda connection: act(connection.lookupByName(name)))

    async def _run(self, work: Callable[[Any], T], patience: float = PATIENCE) -> T:
        """Run ``work(connection)`` in a thread; the connection is opened first if need be."""
        running: Deferred[T] = deferToThreadPool(
            self._reactor, self._pool, self._guarded, work
        )  # fmt: skip
        running.addTimeout(patience, self._reactor)
        try:
            return await running
        except DeferredTimeout as late:
            self._lose(self._connection)
            raise HypervisorUnreachable(f"libvirt took more than {patience:.0f} s") from late

    def _guarded(self, work: Callable[[Any], T]) -> T:
        try:
            return work(self._connected())
        except libvirt.libvirtError as failure:
            connection = self._connection
            if failure.get_error_code() in _BROKEN and not _lives(connection):
                self._lose(connection)
                raise HypervisorUnreachable(str(failure)) from failure
            raise HypervisorRefused(str(failure)) from failure

    def _connected(self) -> Any:
        with self._opening:
            if self._connection is None:
                connection = libvirt.open(self._uri)
                connection.setKeepAlive(*KEEPALIVE)
                self._subscribe(connection)
                self._connection = connection
            return self._connection

    def _subscribe(self, connection: Any) -> None:
        def changed(_c: Any, domain: Any, event: int, *_: Any) -> None:
            self._tell(_HAPPENINGS.get(event, Happening.CHANGED), domain.name())

        def rebooted(_c: Any, domain: Any, *_: Any) -> None:
            self._tell(Happening.REBOOTED, domain.name())

        def closed(*_: Any) -> None:
            self._lose(connection)

        register = connection.domainEventRegisterAny
        register(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, changed, None)
        register(None, libvirt.VIR_DOMAIN_EVENT_ID_REBOOT, rebooted, None)
        connection.registerCloseCallback(closed, None)

    def _lose(self, connection: Any) -> None:
        # The broken connection is only dropped: closing it could block on the daemon that hangs.
        if connection is not None and self._connection is connection:
            self._connection = None
            self._tell(Happening.LOST, "")

    def _tell(self, what: Happening, name: str) -> None:
        self._reactor.callFromThread(self._announce, Happened(what=what, name=name))

    def _announce(self, happened: Happened) -> None:
        for listener in self._listeners:
            listener(happened)


def _lives(connection: Any) -> bool:
    try:
        return connection is not None and bool(connection.isAlive())
    except libvirt.libvirtError:
        return False


def _close(connection: Any) -> None:
    try:
        connection.unregisterCloseCallback()
        connection.close()
    except libvirt.libvirtError:
        return


def _list(connection: Any) -> tuple[Domain, ...]:
    found = []
    for domain in connection.listAllDomains(0):
        try:
            state, most, _now, cores, _cpu = domain.info()
            found.append(
                Domain(
                    name=domain.name(),
                    uuid=domain.UUIDString(),
                    state=_STATES.get(state, DomainState.BLOCKED),
                    memory=int(most) // 1024,
                    cores=int(cores),
                    starved=state == libvirt.VIR_DOMAIN_PAUSED and _is_starved(domain),
                )
            )
        except libvirt.libvirtError as failure:
            # It went away between being listed and being looked at.
            if failure.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
                raise
    return tuple(found)


def _is_starved(domain: Any) -> bool:
    # QEMU pauses a guest only for want of room; other errors are the guest's to see.
    _state, reason = domain.state()
    return bool(reason == libvirt.VIR_DOMAIN_PAUSED_IOERROR)


def _reading(stats: Mapping[str, Any]) -> Reading:
    disks = {}
    for n in range(stats.get("block.count", 0)):
        disks[stats[f"block.{n}.name"]] = DiskReading(
            read_bytes=stats.get(f"block.{n}.rd.bytes", 0),
            write_bytes=stats.get(f"block.{n}.wr.bytes", 0),
            read_ops=stats.get(f"block.{n}.rd.reqs", 0),
            write_ops=stats.get(f"block.{n}.wr.reqs", 0),
        )
    nics = range(stats.get("net.count", 0))
    return Reading(
        cpu=stats.get("cpu.time", 0),
        disks=disks,
        received=sum(stats.get(f"net.{n}.rx.bytes", 0) for n in nics),
        sent=sum(stats.get(f"net.{n}.tx.bytes", 0) for n in nics),
    )
