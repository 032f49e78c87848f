# SPDX-License-Identifier: BSD-2-Clause
"""The network-info document: what it says, when it is sent, how its versions run."""

from __future__ import annotations

import base64

from cloudcontroller.compute.database import work
from cloudcontroller.compute.periodic.network import GATHER, LOOK
from eucalyptus.contracts.ec2.groups import GroupItem, IpPermission, IpRangeItem, UserIdGroupPair
from eucalyptus.wire import networkinfo
from tests.cloudcontroller.compute.street import NETWORK, Street
from tests.fixtures.reactor import spin


def broadcast(street: Street) -> networkinfo.World:
    """One round; the document that the zone has now."""
    street.later(60)
    spin(street.broadcast.round())
    return networkinfo.read(base64.b64decode(street.zone.network[-1].network_info))


def test_the_document_says_who_is_where(street: Street) -> None:
    """Guests with MAC, address and groups; nodes with their instances; groups with their rules."""
    street.ask("CreateSecurityGroup", group_name="web", group_description="x")
    rule = IpPermission(
        ip_protocol="tcp", from_port=22, to_port=22, ip_ranges=(IpRangeItem(cidr_ip="0.0.0.0/0"),)
    )
    ping = IpPermission(
        ip_protocol="icmp", from_port=8, to_port=-1,
        groups=(UserIdGroupPair(group_name="default"),),
    )  # fmt: skip
    street.ask("AuthorizeSecurityGroupIngress", group_name="web", ip_permissions=(rule, ping))
    groups = (GroupItem(group_id="web"),)
    (one,) = street.launch(street.image(), group=groups).instances
    street.turn()

    document = broadcast(street)

    (guest,) = document.guests
    assert (guest.name, str(guest.private_ip)) == (one.instance_id, "172.31.0.10")
    (cluster,) = document.clusters
    assert (cluster.name, str(cluster.enabled_cc_ip)) == ("one", "127.0.0.1")
    assert [(n.name, n.instance_ids) for n in cluster.nodes] == [("127.0.0.1", (one.instance_id,))]
    (group,) = document.groups
    assert group.name == guest.security_groups[0]
    assert {(r.protocol, r.from_port, r.icmp_type, bool(r.group_id)) for r in group.ingress} == {
        (6, 22, None, False), (1, None, 8, True),
    }  # fmt: skip
    assert str(document.enabled_clc_ip) == "172.31.0.1"
    assert street.zone.network[-1].version == document.version


def test_a_pending_instance_is_in_it_and_an_ended_one_is_not(street: Street) -> None:
    """The node waits for its lease before it starts the guest."""
    (one,) = street.launch(street.image()).instances
    street.work()
    assert [g.name for g in broadcast(street).guests] == [one.instance_id]
    street.terminate(one.instance_id)
    street.turn()
    assert broadcast(street).guests == ()


def test_versions_change_with_the_content_only(street: Street) -> None:
    """And the sequence counts the changes."""
    first, again = broadcast(street), broadcast(street)
    assert (first.version, first.sequence) == (again.version, again.sequence)
    street.launch(street.image())
    assert broadcast(street).version == first.version, "it is nobody's yet"
    street.work()
    changed = broadcast(street)
    assert changed.version != first.version
    assert changed.sequence == first.sequence + 1


def test_changes_that_come_together_go_out_together(street: Street) -> None:
    """A second round right after the first waits a little."""
    broadcast(street)
    sent = len(street.zone.network)
    assert 0 < spin(street.broadcast.round()) <= 1.0
    assert len(street.zone.network) == sent


def test_launches_under_way_go_out_together(street: Street) -> None:
    """Who has a node is told with those who will have one in a moment, but waits a second only."""
    broadcast(street)
    sent = len(street.zone.network)
    street.launch(street.image())
    now = street.world.clock()
    take = street.world.database.run(work.take, work.LAUNCH, now, lease=90.0, most=10)
    (item,) = spin(take)
    street.later(30)
    assert spin(street.broadcast.round()) == LOOK
    assert 0 < spin(street.broadcast.round()) <= LOOK
    assert len(street.zone.network) == sent
    street.later(GATHER)
    spin(street.broadcast.round())
    assert len(street.zone.network) == sent + 1
    street.later(30)
    assert spin(street.broadcast.round()) == LOOK
    spin(street.world.database.run(work.done, [item.instance_id], work.LAUNCH))
    street.later(LOOK)
    assert spin(street.broadcast.round()) > 1


def test_a_zone_that_missed_it_is_told_again_soon(street: Street) -> None:
    """Sooner than the usual half a minute."""
    street.zone.is_silent = True
    street.later(60)
    assert spin(street.broadcast.round()) == 3.0


def test_without_a_usable_network_nothing_is_sent(street: Street) -> None:
    """Not set, or (by some accident) not readable."""
    for text in ("", "{"):
        street.set("cloud.network.network_configuration", text)
        street.later(60)
        assert spin(street.broadcast.round()) == 30.0
    assert street.zone.network == []
    street.set("cloud.network.network_configuration", NETWORK)
    assert broadcast(street).mode == "EDGE"
