# SPDX-License-Identifier: BSD-2-Clause
"""Instances, from the operations' side."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from twisted.internet.defer import Deferred, gatherResults

from cloudcontroller.compute.drivers.clusters import ClusterSilent
from cloudcontroller.compute.operations.bodies import bodies
from eucalyptus.access.call import Call
from eucalyptus.contracts.ec2 import instances as ec2
from eucalyptus.contracts.ec2.filters import Filter, Value
from eucalyptus.contracts.ec2.groups import GroupItem
from eucalyptus.contracts.ec2.launching import PlacementRequest, UserData
from eucalyptus.contracts.refusals import Refused
from tests.cloudcontroller.compute.street import ADMIN, ALICE, BOB, Street
from tests.fixtures.reactor import spin


def code(street: Street, operation_name: str, **parts: Any) -> str:
    """The code of the refusal that an operation answers."""
    with pytest.raises(Refused) as caught:
        street.ask(operation_name, **parts)
    return caught.value.refusal.code


def test_a_launch_is_answered_pending_and_recorded(street: Street) -> None:
    """The answer tells ids, state and address; rows, work and reservation are there."""
    answer = street.launch(street.image(), min_count=2, max_count=2)

    assert answer.reservation_id.startswith("r-")
    assert [i.instance_state.name for i in answer.instances] == ["pending", "pending"]
    assert [i.instance_state.code for i in answer.instances] == [0, 0]
    assert [i.private_ip_address for i in answer.instances] == ["172.31.0.10", "172.31.0.11"]
    assert [i.ami_launch_index for i in answer.instances] == ["0", "1"]
    assert answer.group[0].group_name == "default"
    assert len(street.rows("work")) == 2


def test_a_launch_runs_and_ends(street: Street) -> None:
    """pending -> running -> shutting-down -> terminated -> forgotten, the address given back."""
    (one,) = street.launch(street.image()).instances
    street.turn()
    assert street.described() == {one.instance_id: "running"}
    assert street.zone.runs[0].mac_addresses == (f"d0:0d:{one.instance_id[2:4]}:"
                                                 f"{one.instance_id[4:6]}:{one.instance_id[6:8]}:"
                                                 f"{one.instance_id[8:10]}",)  # fmt: skip

    answer = street.terminate(one.instance_id)
    (change,) = answer.instances
    assert (change.previous_state.name, change.current_state.name) == ("running", "shutting-down")
    street.turn()
    assert street.described() == {one.instance_id: "terminated"}
    assert street.instances()[one.instance_id].private_ip == ""

    street.later(3700)
    street.reconcile()
    assert street.described() == {}
    assert street.described(one.instance_id) == {one.instance_id: "terminated"}
    street.later(3700)
    street.reconcile()
    assert street.instances() == {}
    assert street.rows("reservations") == []


def test_terminating_again_changes_nothing(street: Street) -> None:
    """A second and a third wish to end are answered with the state that is."""
    (one,) = street.launch(street.image()).instances
    street.turn()
    street.terminate(one.instance_id)
    (change,) = street.terminate(one.instance_id).instances
    assert change.previous_state.name == change.current_state.name == "shutting-down"
    street.turn()
    (change,) = street.terminate(one.instance_id).instances
    assert change.current_state.name == "terminated"


def test_an_instance_ended_before_its_launch_was_told_never_starts(street: Street) -> None:
    """The launch is withdrawn."""
    (one,) = street.launch(street.image()).instances
    street.terminate(one.instance_id)
    street.turn()
    assert street.zone.runs == []
    assert street.described() == {one.instance_id: "terminated"}


def test_the_whole_boot_record_reaches_the_cluster(street: Street) -> None:
    """Partition images travel with kernel, ramdisk, ephemeral disk and swap."""
    kernel = street.image("images/vmlinuz.manifest.xml")
    ramdisk = street.image("images/initrd.manifest.xml")
    root = street.image("images/root.manifest.xml", kernel_id=kernel, ramdisk_id=ramdisk)
    assert (kernel[:3], ramdisk[:3], root[:3]) == ("eki", "eri", "emi")
    street.launch(root, user_data=UserData(data=base64.b64encode(b"#!/bin/sh\n").decode()))
    street.work()
    (message,) = street.zone.runs
    assert message.instance_type is not None
    records = message.instance_type.virtual_boot_record
    assert [(r.type, r.guest_device_name) for r in records] == [
        ("machine", "sda1"), ("kernel", "none"), ("ramdisk", "none"),
        ("ephemeral0", "sda2"), ("swap", "sda3"),
    ]  # fmt: skip
    assert base64.b64decode(message.user_data) == b"#!/bin/sh\n"
    assert (message.min_count, message.max_count, message.vlan) == (1, 1, -1)


def test_the_key_travels_as_text(street: Street) -> None:
    """The cluster is told the public key, the caller its name."""
    street.ask("CreateKeyPair", key_name="mine")
    (one,) = street.launch(street.image(), key_name="mine").instances
    assert one.key_name == "mine"
    street.work()
    assert (street.zone.runs[0].key_name or "").startswith("ssh-rsa ")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"image_id": "emi-00000000"}, "InvalidAMIID.NotFound"),
        ({"image_id": "disk"}, "InvalidAMIID.Malformed"),
        ({"instance_type": "m9.none"}, "InvalidParameterValue"),
        ({"placement": PlacementRequest(availability_zone="two")}, "InvalidZone.NotFound"),
        ({"key_name": "nobody"}, "InvalidKeyPair.NotFound"),
        ({"group": (GroupItem(group_id="nobody"),)}, "InvalidGroup.NotFound"),
        ({"min_count": 0}, "InvalidParameterValue"),
        ({"min_count": 3, "max_count": 2}, "InvalidParameterValue"),
        ({"max_count": 1001}, "InvalidParameterValue"),
        ({"min_count": 17, "max_count": 17}, "InsufficientInstanceCapacity"),
        ({"user_data": UserData(data="*")}, "InvalidParameterValue"),
        ({"user_data": UserData(data="A" * 24000)}, "InvalidParameterValue"),
        ({"subnet_id": "subnet-1"}, "InvalidParameterCombination"),
        ({"disable_api_termination": True}, "InvalidParameterCombination"),
        ({"kernel_id": "eki-00000000"}, "InvalidParameterCombination"),
        ({"client_token": "x" * 65}, "InvalidParameterValue"),
    ],
)
def test_a_bad_launch_is_refused_and_leaves_nothing(
    street: Street, parts: dict[str, Any], expected: str
) -> None:
    """The documented error; no row, no work, no address."""
    wishes = {
        "image_id": street.image(), "min_count": 1, "max_count": 1, "instance_type": "m1.small",
    }  # fmt: skip
    assert code(street, "RunInstances", **{**wishes, **parts}) == expected
    assert street.instances() == {}
    assert street.rows("work") == [] and street.rows("reservations") == []


def test_no_capacity_names_zone_type_and_what_is_free(street: Street) -> None:
    """The sentence helps."""
    with pytest.raises(Refused, match=r"Zone one has room for 16 more m1.small, 20 were asked"):
        street.launch(street.image(), min_count=20, max_count=20)


def test_what_was_promised_since_the_report_counts(street: Street) -> None:
    """Between two reports the zone is not given away twice."""
    image = street.image()
    street.launch(image, max_count=10)
    assert len(street.launch(image, max_count=10).instances) == 6
    assert code(
        street, "RunInstances", image_id=image, min_count=1, max_count=1, instance_type="m1.small"
    ) == "InsufficientInstanceCapacity"  # fmt: skip


def test_an_image_too_big_for_the_disk_is_refused(street: Street) -> None:
    """A 6 GiB image on the 5 GiB of m1.small."""
    image = street.image("images/huge.manifest.xml")
    with pytest.raises(Refused, match="needs a disk of 6 GiB"):
        street.launch(image)


def test_addresses_run_out(street: Street) -> None:
    """A pool of two gives two."""
    network = (
        '{"Subnets": [{"Subnet": "10.0.0.0", "Netmask": "255.255.255.0", "Gateway": "10.0.0.1"}],'
        ' "PrivateIps": ["10.0.0.5-10.0.0.6"]}'
    )
    street.set("cloud.network.network_configuration", network)
    image = street.image()
    assert len(street.launch(image, max_count=5).instances) == 2
    with pytest.raises(Refused, match="has 0 free private addresses, 1 are needed"):
        street.launch(image)


def test_an_account_has_a_limit(street: Street) -> None:
    """The limit that the administrator set."""
    street.set("cloud.vmstate.max_instances_per_account", "2")
    image = street.image()
    assert len(street.launch(image, max_count=5).instances) == 2
    with pytest.raises(Refused, match="may have 2 instances and has 2"):
        street.launch(image)


def test_a_client_token_launches_once(street: Street) -> None:
    """The same token gives the same instances; another wish under it is refused."""
    image = street.image()
    first = street.launch(image, client_token="t-1")
    assert street.launch(image, client_token="t-1") == first
    with pytest.raises(Refused, match="was used for a different request"):
        street.launch(image, client_token="t-1", max_count=2)
    assert len(street.instances()) == 1


def test_a_client_token_belongs_to_its_account(street: Street) -> None:
    """Bob's token is not Alice's."""
    image = street.image()
    street.set("cloud.images.defaultvisibility", "true")
    public = street.image("images/root.manifest.xml")
    first = street.launch(image, client_token="t-1")
    second = street.launch(public, BOB, client_token="t-1")
    assert first.reservation_id != second.reservation_id


def test_others_instances_do_not_exist(street: Street) -> None:
    """Bob can neither see, end, reboot nor read Alice's; the administrator can."""
    (one,) = street.launch(street.image()).instances
    street.turn()
    assert street.described(who=BOB) == {}
    wanted = one.instance_id
    for name, parts in (
        ("DescribeInstances", {"instances": (ec2.DescribeInstancesItem(instance_id=wanted),)}),
        ("TerminateInstances", {"instances": (ec2.InstanceId(instance_id=wanted),)}),
        ("RebootInstances", {"instances": (ec2.RebootInstancesItem(instance_id=wanted),)}),
        ("GetConsoleOutput", {"instance_id": wanted}),
    ):
        assert code(street, name, who=BOB, **parts) == "InvalidInstanceID.NotFound"
    assert street.described("verbose", who=ADMIN) == {one.instance_id: "running"}
    assert street.described(who=ADMIN) == {}


def test_ids_must_look_like_ids(street: Street) -> None:
    """Malformed is not NotFound."""
    asked = (ec2.InstanceId(instance_id="instance-1"),)
    assert code(street, "TerminateInstances", instances=asked) == "InvalidInstanceID.Malformed"
    assert code(street, "TerminateInstances", instances=()) == "MissingParameter"
    assert code(street, "RebootInstances", instances=()) == "MissingParameter"


def test_one_bad_id_ends_nothing(street: Street) -> None:
    """All or none."""
    (one,) = street.launch(street.image()).instances
    asked = tuple(ec2.InstanceId(instance_id=i) for i in (one.instance_id, "i-00000000"))
    assert code(street, "TerminateInstances", instances=asked) == "InvalidInstanceID.NotFound"
    assert street.described() == {one.instance_id: "pending"}


def test_filters_select(street: Street) -> None:
    """By state and by wildcard; an unknown filter is refused by name."""
    image = street.image()
    street.launch(image, max_count=2)

    def found(name: str, *values: str) -> int:
        asked = (Filter(name=name, value=tuple(Value(value=v) for v in values)),)
        answer = street.ask("DescribeInstances", filter=asked)
        return sum(len(r.instances) for r in answer.reservation)

    assert found("instance-state-name", "running", "pending") == 2
    assert found("private-ip-address", "172.31.0.*0") == 1
    assert found("image-id", "emi-?????????") == 0
    with pytest.raises(Refused, match="instance-state-name"):
        found("colour", "blue")


def test_rebooting_needs_a_running_instance(street: Street) -> None:
    """Pending ones are refused; running ones are rebooted once."""
    (one,) = street.launch(street.image()).instances
    asked = (ec2.RebootInstancesItem(instance_id=one.instance_id),)
    assert code(street, "RebootInstances", instances=asked) == "IncorrectInstanceState"
    street.turn()
    assert street.ask("RebootInstances", instances=asked).succeeded
    street.work()
    street.work()
    assert street.zone.rebooted == [one.instance_id]


def test_the_console_is_fetched_from_the_cluster(street: Street) -> None:
    """Base64 text; nothing before the node knows the instance; unavailable when nobody answers."""
    (one,) = street.launch(street.image()).instances
    assert street.ask("GetConsoleOutput", instance_id=one.instance_id).output == ""
    street.turn()
    answer = street.ask("GetConsoleOutput", instance_id=one.instance_id)
    assert base64.b64decode(answer.output) == f"console of {one.instance_id}\n".encode()
    street.zone.is_silent = True
    assert code(street, "GetConsoleOutput", instance_id=one.instance_id) == "ServiceUnavailable"
    assert issubclass(ClusterSilent, Exception)


def test_a_launch_that_the_cluster_declines_ends_with_its_reason(street: Street) -> None:
    """After a minute: terminated, and stateReason says why."""
    street.zone.declines = "no node has room"
    (one,) = street.launch(street.image()).instances
    street.turn(59)
    assert street.described() == {one.instance_id: "pending"}
    for _ in range(5):
        street.turn(15)
    answer = street.ask("DescribeInstances")
    (item,) = answer.reservation[0].instances
    assert item.instance_state.name == "terminated"
    assert item.state_reason.code == "Server.InternalError"
    assert "no node has room" in item.state_reason.message
    assert street.zone.living == []
    assert street.instances()[one.instance_id].private_ip == ""


def test_a_dry_run_is_decided_and_not_done(street: Street) -> None:
    """DryRunOperation when it would have worked; the real refusal when not."""
    image = street.image()
    with pytest.raises(Refused, match="would have succeeded"):
        street.launch(image, dry_run=True)
    with pytest.raises(Refused, match="has room for 16"):
        street.launch(image, dry_run=True, min_count=17, max_count=17)
    assert street.instances() == {} and street.rows("reservations") == []


def test_a_token_stays_used_after_its_instances_are_gone(street: Street) -> None:
    """For a day; then the reservation is forgotten."""
    image = street.image()
    first = street.launch(image, client_token="t-1")
    street.terminate(first.instances[0].instance_id)
    street.turn()
    for _ in range(2):
        street.later(3700)
        street.reconcile()
    again = street.launch(image, client_token="t-1")
    assert (again.reservation_id, again.instances) == (first.reservation_id, ())
    street.later(86400)
    street.reconcile()
    assert street.launch(image, client_token="t-1").reservation_id != first.reservation_id


def test_forty_launches_at_once_for_sixteen_places(street: Street) -> None:
    """Exactly sixteen are made; the others are told that the zone is full; no address twice."""
    image = street.image()
    wish = ec2.RunInstances(image_id=image, min_count=1, max_count=1, instance_type="m1.small")
    body = bodies(street.world)["RunInstances"]
    call = Call(request_id="many", principal=ALICE)

    async def attempt() -> str:
        try:
            await body(call, wish)
        except Refused as refused:
            return refused.refusal.code
        return "made"

    waiting = [Deferred.fromCoroutine(attempt()) for _ in range(40)]
    outcomes = spin(gatherResults(waiting), 60)
    assert outcomes.count("made") == 16
    assert outcomes.count("InsufficientInstanceCapacity") == 24
    assert len({one.private_ip for one in street.instances().values()}) == 16


def test_instances_are_described_in_pages(street: Street) -> None:
    """Every one once, whatever ends or starts between two pages; filters come first."""
    image = street.image()
    first = street.launch(image, min_count=7, max_count=7).instances
    others = [street.launch(image).instances[0] for _ in range(5)]
    page = street.ask("DescribeInstances", max_results=5)
    seen = [i.instance_id for r in page.reservation for i in r.instances]
    assert len(seen) == 5
    street.terminate(seen[-1])
    late = street.launch(image).instances[0]
    while page.next_token:
        page = street.ask("DescribeInstances", max_results=5, next_token=page.next_token)
        seen += [i.instance_id for r in page.reservation for i in r.instances]
    assert seen == [i.instance_id for i in (*first, *others, late)]
    mine = (
        Filter(name="reservation-id", value=(Value(value=page.reservation[-1].reservation_id),)),
    )
    assert street.ask("DescribeInstances", max_results=5, filter=mine).next_token is None


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"max_results": 4}, "InvalidParameterValue"),
        ({"max_results": 1001}, "InvalidParameterValue"),
        ({"max_results": -1}, "InvalidParameterValue"),
        ({"next_token": "x"}, "InvalidParameterValue"),
        ({"next_token": "\xe9"}, "InvalidParameterValue"),
        ({"next_token": "bmFuL3IvMQ=="}, "InvalidParameterValue"),
        ({"next_token": "A" * 10_000}, "InvalidParameterValue"),
        ({"next_token": "eC95L3o="}, "InvalidParameterValue"),
    ],
)
def test_pages_that_cannot_be_are_refused(
    street: Street, asked: dict[str, Any], expected: str
) -> None:
    """Sizes out of bounds, and tokens that no page gave."""
    assert code(street, "DescribeInstances", **asked) == expected


def test_named_instances_are_not_paged(street: Street) -> None:
    """As in EC2."""
    (one,) = street.launch(street.image()).instances
    named = (ec2.DescribeInstancesItem(instance_id=one.instance_id),)
    refused = code(street, "DescribeInstances", instances=named, max_results=5)
    assert refused == "InvalidParameterCombination"
