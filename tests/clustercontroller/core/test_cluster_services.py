# SPDX-License-Identifier: BSD-2-Clause
"""The service's states, the topology by epoch, and what nodes are told of it."""

from __future__ import annotations

import pytest

from clustercontroller.core.services import (
    TABLE,
    ServiceEvent,
    ServiceState,
    Topology,
    forwarded,
    learn,
    recognise,
)
from eucalyptus.contracts.internal import Message, ServiceInfo
from eucalyptus.contracts.node import NcDescribeResource
from eucalyptus.machine import WrongState, step


def service(kind: str, partition: str = "one", host: str = "10.1.1.1") -> ServiceInfo:
    return ServiceInfo(
        partition=partition, type=kind, name=f"{kind}-{partition}", uris=(f"http://{host}:8774/x",)
    )


def test_a_service_becomes_enabled_in_two_steps() -> None:
    """LOADED -> DISABLED -> ENABLED, and no shortcut."""
    state = step(TABLE, ServiceState.LOADED, ServiceEvent.START)
    assert state is ServiceState.DISABLED
    assert step(TABLE, state, ServiceEvent.ENABLE) is ServiceState.ENABLED
    with pytest.raises(WrongState, match=r"ENABLE.*LOADED"):
        step(TABLE, ServiceState.LOADED, ServiceEvent.ENABLE)


def test_a_failing_check_needs_enabling_again() -> None:
    """NOTREADY recovers to DISABLED, as the original."""
    state = step(TABLE, ServiceState.ENABLED, ServiceEvent.CHECK_FAILED)
    assert step(TABLE, state, ServiceEvent.CHECK_PASSED) is ServiceState.DISABLED


def test_every_state_is_in_the_table_and_checks_never_raise() -> None:
    """Checks run each second in any state that a running service can have."""
    assert set(TABLE) == set(ServiceState)
    for state in set(TABLE) - {ServiceState.PRIMORDIAL, ServiceState.INITIALIZED}:
        step(TABLE, state, ServiceEvent.CHECK_FAILED)
        step(TABLE, state, ServiceEvent.CHECK_PASSED)
    assert ServiceState.SHUTDOWNCC.shown == "NOTREADY"


def test_an_older_epoch_teaches_only_when_authoritative() -> None:
    """Other messages are believed only when they are not older."""
    known = Topology(epoch=5, services=(service("eucalyptus"),))
    older = Message(epoch=4, services=(service("storage"),))
    assert learn(known, older, authoritative=False) is known
    assert learn(known, older, authoritative=True).epoch == 4
    assert learn(known, Message(epoch=9), authoritative=False) is known


def test_who_we_are_is_said_by_the_cloud() -> None:
    """Our service is the cluster with a URL on one of our addresses."""
    other, ours = service("cluster", "two", "10.1.1.2"), service("cluster", "one")
    known = recognise(Topology(), (other, ours), frozenset({"10.1.1.1"}))
    assert known.partition == "one"
    assert recognise(Topology(), (other,), frozenset({"10.9.9.9"})).partition == "two"
    assert recognise(known, (), frozenset()).partition == "one"


def test_nodes_hear_only_of_their_zone() -> None:
    """Clusters and storage of other zones are not forwarded; the rest is, with the epoch."""
    known = Topology(
        epoch=7,
        services=(service("cluster"), service("storage", "two"), service("eucalyptus", "")),
        itself=service("cluster"),
    )
    told = forwarded(known, NcDescribeResource(), node="10.1.1.7", correlation="monitor")
    assert [each.type for each in told.services] == ["cluster", "eucalyptus"]
    assert (told.epoch, told.node_name, told.user_id) == (7, "10.1.1.7", "eucalyptus")
    assert known.url("eucalyptus") == "http://10.1.1.1:8774/x" and known.url("walrus") == ""
