# SPDX-License-Identifier: BSD-2-Clause
"""The cluster controller as a service: its states as a table, and the topology it knows.

The topology arrives with every message. DescribeServices is authoritative; any other message is
believed when its epoch is not older than the known one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeVar

from eucalyptus.contracts.internal import Message, ServiceInfo

M = TypeVar("M", bound=Message)


class ServiceState(Enum):
    """The states of the original; SHUTDOWNCC is shown as NOTREADY."""

    PRIMORDIAL = "PRIMORDIAL"
    INITIALIZED = "INITIALIZED"
    LOADED = "LOADED"
    DISABLED = "DISABLED"
    ENABLED = "ENABLED"
    STOPPED = "STOPPED"
    NOTREADY = "NOTREADY"
    SHUTDOWNCC = "SHUTDOWNCC"

    @property
    def shown(self) -> str:
        """The name that DescribeServices reports."""
        return "NOTREADY" if self is ServiceState.SHUTDOWNCC else self.value


class ServiceEvent(Enum):
    """What moves a service."""

    CONFIGURED = "configured"
    LOADED = "loaded"
    START = "StartService"
    STOP = "StopService"
    ENABLE = "EnableService"
    DISABLE = "DisableService"
    CHECK_FAILED = "check failed"
    CHECK_PASSED = "check passed"
    SHUTDOWN = "shutdown"


_S, _E = ServiceState, ServiceEvent
TABLE: Mapping[ServiceState, Mapping[ServiceEvent, ServiceState]] = {
    _S.PRIMORDIAL: {_E.CONFIGURED: _S.INITIALIZED},
    _S.INITIALIZED: {_E.LOADED: _S.LOADED},
    _S.LOADED: {
        _E.START: _S.DISABLED, _E.STOP: _S.STOPPED, _E.CHECK_PASSED: _S.LOADED,
        _E.CHECK_FAILED: _S.NOTREADY, _E.SHUTDOWN: _S.SHUTDOWNCC,
    },
    _S.DISABLED: {
        _E.START: _S.DISABLED, _E.STOP: _S.STOPPED, _E.ENABLE: _S.ENABLED,
        _E.DISABLE: _S.DISABLED, _E.CHECK_PASSED: _S.DISABLED, _E.CHECK_FAILED: _S.NOTREADY,
        _E.SHUTDOWN: _S.SHUTDOWNCC,
    },
    _S.ENABLED: {
        _E.START: _S.ENABLED, _E.STOP: _S.STOPPED, _E.ENABLE: _S.ENABLED,
        _E.DISABLE: _S.DISABLED, _E.CHECK_PASSED: _S.ENABLED, _E.CHECK_FAILED: _S.NOTREADY,
        _E.SHUTDOWN: _S.SHUTDOWNCC,
    },
    _S.STOPPED: {
        _E.START: _S.DISABLED, _E.STOP: _S.STOPPED, _E.CHECK_PASSED: _S.STOPPED,
        _E.CHECK_FAILED: _S.STOPPED, _E.SHUTDOWN: _S.SHUTDOWNCC,
    },
    _S.NOTREADY: {
        _E.START: _S.NOTREADY, _E.STOP: _S.STOPPED, _E.CHECK_PASSED: _S.DISABLED,
        _E.CHECK_FAILED: _S.NOTREADY, _E.SHUTDOWN: _S.SHUTDOWNCC,
    },
    _S.SHUTDOWNCC: dict.fromkeys(
        (_E.SHUTDOWN, _E.CHECK_PASSED, _E.CHECK_FAILED), _S.SHUTDOWNCC
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """Who runs where, as of ``epoch``; ``itself`` is the service that this controller is."""

    epoch: int = 0
    services: tuple[ServiceInfo, ...] = ()
    disabled: tuple[ServiceInfo, ...] = ()
    notready: tuple[ServiceInfo, ...] = ()
    itself: ServiceInfo | None = None

    @property
    def partition(self) -> str:
        """The zone this controller serves; "" until the cloud has said so."""
        return (self.itself.partition or "") if self.itself else ""

    def url(self, service_type: str) -> str:
        """The first URL of the first enabled service of a type, or ""."""
        for service in self.services:
            if service.type == service_type and service.uris:
                return service.uris[0]
        return ""


def learn(known: Topology, message: Message, *, authoritative: bool) -> Topology:
    """The topology after ``message``; a message without services teaches nothing."""
    epoch = message.epoch or 0
    lists = (message.services, message.disabled_services, message.notready_services)
    if not any(lists) or (epoch < known.epoch and not authoritative):
        return known
    return replace(known, epoch=epoch, services=lists[0], disabled=lists[1], notready=lists[2])


def recognise(known: Topology, asked: tuple[ServiceInfo, ...], hosts: frozenset[str]) -> Topology:
    """Learn who we are from the services that DescribeServices asks about.

    Ours is the one of type ``cluster`` with a URL on one of our own ``hosts``; when only one
    cluster is asked about, it is ours wherever it listens (the cloud reached us under that name).
    """
    clusters = [service for service in asked if service.type == "cluster"]
    ours = [s for s in clusters if any(_host(uri) in hosts for uri in s.uris)]
    if not ours and len(clusters) == 1:
        ours = clusters
    return replace(known, itself=ours[0]) if ours else known


def _host(uri: str) -> str:
    authority = uri.partition("://")[2].partition("/")[0]
    return authority.partition(":")[0]


def forwarded(known: Topology, message: M, *, node: str, correlation: str) -> M:
    """``message`` with the head every call to a node carries.

    Clusters and storage of other zones are none of a node's business and are left out.
    """
    return replace(
        message,
        correlation_id=correlation,
        user_id=message.user_id or "eucalyptus",
        epoch=known.epoch,
        services=_ours(known, known.services),
        disabled_services=_ours(known, known.disabled),
        notready_services=_ours(known, known.notready),
        node_name=node,
    )


def _ours(known: Topology, services: tuple[ServiceInfo, ...]) -> tuple[ServiceInfo, ...]:
    return tuple(
        service
        for service in services
        if service.type not in ("cluster", "storage") or service.partition == known.partition
    )
