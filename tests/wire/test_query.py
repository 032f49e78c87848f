# SPDX-License-Identifier: BSD-2-Clause
"""Query parameters: the rule, its exceptions, what old clients send, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eucalyptus.contracts.declare import Contract, Operation, items, message, part
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.ec2.devices import BlockDeviceMappingItem, EbsBlockDevice
from eucalyptus.contracts.ec2.filters import EmptyElement, Filter, Value
from eucalyptus.contracts.ec2.groups import GroupItem, IpPermission, IpRangeItem, UserIdGroupPair
from eucalyptus.contracts.ec2.launching import UserData
from eucalyptus.contracts.identity import IDENTITY
from eucalyptus.contracts.refusals import (
    INTERNAL,
    INVALID_COMBINATION,
    INVALID_PARAMETER,
    MISSING_PARAMETER,
    TOO_BIG,
    UNKNOWN_PARAMETER,
    Refusal,
    Refused,
)
from eucalyptus.wire import query
from eucalyptus.wire.codec import Codec
from eucalyptus.wire.documents import parse
from eucalyptus.wire.flattening import flatten
from tests.fixtures.cpu import growth
from tests.wire.messages import values

VERSION = "2013-02-01"
CODEC = Codec(EC2, VERSION)


def operation(name: str) -> Operation:
    """The EC2 operation called ``name``."""
    found = EC2.operation(name)
    assert found is not None
    return found


def read(action: str, version: str = VERSION, **parameters: str) -> Any:
    """The ask; in a keyword "__" stands for a dot."""
    flat = {name.replace("__", "."): value for name, value in parameters.items()}
    return query.read(Codec(EC2, version), operation(action), flat)


def ids(ask: Any) -> list[str]:
    """The instance ids of a TerminateInstances."""
    return [one.instance_id for one in ask.instances]


RUN = {"ImageId": "emi-1", "MinCount": "1", "MaxCount": "2", "InstanceType": "m1.small"}


def test_envelope_parameters_belong_to_nobody() -> None:
    """Signature, version and action are not the operation's."""
    envelope = dict.fromkeys(query.ENVELOPE_NAMES, "x")
    assert query.read(CODEC, operation("DescribeRegions"), envelope).region == ()


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"InstanceId__1": "a", "InstanceId__2": "b"}, ["a", "b"]),
        ({"InstanceId__0": "a", "InstanceId__1": "b"}, ["a", "b"]),
        ({"InstanceId__7": "b", "InstanceId__3": "a", "InstanceId__1000000": "c"}, list("abc")),
        ({"InstanceId__10": "b", "InstanceId__9": "a"}, ["a", "b"]),
        ({"InstanceId": "a"}, ["a"]),
        ({"InstanceId": "a", "InstanceId__1": "b"}, ["a", "b"]),
        ({"Instances__1__InstanceId": "a"}, ["a"]),
        ({"InstanceId__member__1": "a"}, ["a"]),
    ],
)
def test_lists_of_single_leaves(parameters: dict[str, str], expected: list[str]) -> None:
    """Counted from anywhere, with gaps, bare, or spelled out."""
    assert ids(read("TerminateInstances", **parameters)) == expected


def test_a_leaf_may_be_sent_as_a_list_of_one() -> None:
    """``InstanceId.1`` for GetConsoleOutput, as boto does."""
    assert read("GetConsoleOutput", InstanceId__1="i-1").instance_id == "i-1"


def test_lists_of_structures_take_the_wrappers_name() -> None:
    """Without its ``Set``."""
    ask = read(
        "DescribeInstances",
        Filter__1__Name="tag:a", Filter__1__Value__1="x", Filter__1__Value__2="y",
        Filter__2__Name="state",
    )  # fmt: skip
    assert ask.filter == (
        Filter(name="tag:a", value=(Value(value="x"), Value(value="y"))),
        Filter(name="state", value=()),
    )


def test_groups_of_a_launch_are_two_lists() -> None:
    """By id and by name."""
    ask = read(
        "RunInstances", **RUN, SecurityGroupId__1="sg-1", SecurityGroup__1="a", SecurityGroup="b"
    )
    assert ask.group == (
        GroupItem(group_id="sg-1", group_name=None),
        GroupItem(group_id=None, group_name="b"),
        GroupItem(group_id=None, group_name="a"),
    )


def test_structures_are_dotted() -> None:
    """However deep."""
    ask = read(
        "RunInstances", **RUN, Placement__AvailabilityZone="one", Monitoring__Enabled="True",
        BlockDeviceMapping__1__DeviceName="/dev/sdb", BlockDeviceMapping__1__Ebs__VolumeSize="5",
        BlockDeviceMapping__2__DeviceName="/dev/sdc", BlockDeviceMapping__2__NoDevice="",
    )  # fmt: skip
    assert ask.placement.availability_zone == "one"
    assert ask.monitoring.enabled is True
    nothing: dict[str, Any] = {"virtual_name": None, "ebs": None, "no_device": None}
    volume = EbsBlockDevice(
        snapshot_id=None, volume_size=5, delete_on_termination=None, volume_type=None, iops=None
    )
    assert ask.block_device_mapping == (
        BlockDeviceMappingItem(device_name="/dev/sdb", **nothing | {"ebs": volume}),
        BlockDeviceMappingItem(device_name="/dev/sdc", **nothing | {"no_device": EmptyElement()}),
    )


@pytest.mark.parametrize("name", ["UserData", "UserData__Data"])
def test_user_data_has_two_spellings(name: str) -> None:
    """Mixed content in SOAP, one parameter in Query."""
    assert read("RunInstances", **RUN, **{name: "ZA==\n"}).user_data == UserData(data="ZA==\n")


def test_permissions_spell_their_ranges_out() -> None:
    """``IpPermissions.n.IpRanges.m.CidrIp``, which the rule would shorten."""
    ask = read(
        "AuthorizeSecurityGroupIngress", GroupName="g",
        IpPermissions__1__IpProtocol="tcp", IpPermissions__1__FromPort="22",
        IpPermissions__1__ToPort="22", IpPermissions__1__IpRanges__1__CidrIp="0.0.0.0/0",
        IpPermissions__1__IpRanges__2__CidrIp="10.0.0.0/8",
        IpPermissions__1__Groups__1__UserId="1", IpPermissions__1__Groups__1__GroupName="h",
    )  # fmt: skip
    assert ask.ip_permissions == (
        IpPermission(
            ip_protocol="tcp",
            from_port=22,
            to_port=22,
            groups=(UserIdGroupPair(user_id="1", group_id=None, group_name="h"),),
            ip_ranges=(IpRangeItem(cidr_ip="0.0.0.0/0"), IpRangeItem(cidr_ip="10.0.0.0/8")),
        ),
    )


def test_permissions_have_a_flat_form() -> None:
    """Of before 2009; no WSDL has it."""
    ask = read("AuthorizeSecurityGroupIngress", GroupName="g", IpProtocol="tcp", FromPort="1")
    assert (ask.ip_protocol, ask.from_port, ask.ip_permissions) == ("tcp", 1, ())


def test_executable_by_has_its_own_name() -> None:
    """The rule would say User."""
    ask = read("DescribeImages", ExecutableBy__1="self", Owner__1="me", ImageId__1="emi-1")
    assert ask.executable_by[0].user == "self"


REFUSED: list[tuple[str, dict[str, str], Refusal, str]] = [
    ("DescribeRegions", {"Colour": "red", "Aspect__1": "x"}, UNKNOWN_PARAMETER,
     "DescribeRegions does not know: Aspect.1, Colour."),
    ("RunInstances", {"ImageID": "emi-1"}, UNKNOWN_PARAMETER,
     "does not know: ImageID (did you mean ImageId?). Correct or remove"),
    ("RunInstances", {"SecurtyGroupId__1": "x"}, UNKNOWN_PARAMETER,
     "SecurtyGroupId.1 (did you mean SecurityGroupId.n?)"),
    ("RunInstances", {"BlockDeviceMapping__1__Ebs__Size": "x"}, UNKNOWN_PARAMETER,
     "BlockDeviceMapping.1.Ebs.Size (did you mean BlockDeviceMapping.n.Ebs."),
    ("DescribeImageAttribute", {"Atribute": "kernel"}, UNKNOWN_PARAMETER,
     "Atribute (did you mean Attribute?)"),
    ("RunInstances", {"ImageId": "emi-1"}, MISSING_PARAMETER,
     "needs MinCount, MaxCount"),
    ("RunInstances", {**RUN, "MinCount": "one"}, INVALID_PARAMETER, "MinCount: one is not a whole"),
    ("RunInstances", {**RUN, "EbsOptimized": "maybe"}, INVALID_PARAMETER, "EbsOptimized: maybe"),
    ("RunInstances", {**RUN, "Placement": "one"}, UNKNOWN_PARAMETER, "Placement"),
    ("RunInstances", {**RUN, "KeyName__Foo": "k"}, UNKNOWN_PARAMETER, "KeyName.Foo"),
    ("RunInstances", {**RUN, "KeyName__1": "k", "KeyName__2": "l"}, UNKNOWN_PARAMETER, "KeyName.1"),
    ("RunInstances", {**RUN, "KeyName": "a\0b"}, INVALID_PARAMETER, "control characters"),
    ("RunInstances", {**RUN, "KeyName": "\ud800"}, INVALID_PARAMETER, "control characters"),
    ("RunInstances", {**RUN, "UserData": "a\x1bb"}, INVALID_PARAMETER, "UserData"),
    ("RunInstances", {**RUN, "userId": "1", "effectiveUserId": "eucalyptus", "requestId": "x"},
     UNKNOWN_PARAMETER, "effectiveUserId, requestId, userId"),
    ("RunInstances", {**RUN, "BlockDeviceMapping__1__VirtualName": "ephemeral0"},
     MISSING_PARAMETER, "BlockDeviceMapping.1.DeviceName"),
    ("RunInstances", {**RUN, "BlockDeviceMapping__1__DeviceName": "a",
                      "BlockDeviceMapping__1__VirtualName": "b",
                      "BlockDeviceMapping__1__NoDevice": ""},
     INVALID_COMBINATION, "BlockDeviceMapping.1.VirtualName and BlockDeviceMapping.1.NoDevice"),
    ("DeleteSecurityGroup", {"GroupId": "sg-1", "GroupName": "g"}, INVALID_COMBINATION,
     "GroupId and GroupName"),
    ("RebootInstances", {}, MISSING_PARAMETER, "RebootInstances needs InstanceId"),
    ("RebootInstances", {"InstanceId__1__Foo": "x"}, UNKNOWN_PARAMETER, "InstanceId.1.Foo"),
    ("DescribeInstances", {"Filter__1__Nam": "x"}, UNKNOWN_PARAMETER, "Filter.1.Nam"),
    ("DescribeInstances", {"Filter__1__Value__1": "x"}, MISSING_PARAMETER, "Filter.1.Name"),
    *(("TerminateInstances", {f"InstanceId__{index}": "i-1"}, UNKNOWN_PARAMETER, index)
      for index in ("-1", "01", "1000000000", "x", "", "1.", "٣", "+1", "1e3")),
    ("TerminateInstances", {"InstanceId__" + "1__" * 50: "x"}, TOO_BIG, "12 levels"),
    ("TerminateInstances", {"x" * 300: "x"}, TOO_BIG, "256 characters"),
    ("TerminateInstances", {"InstanceId": "x" * 300_000}, TOO_BIG, "262144 characters"),
    ("TerminateInstances", {f"InstanceId__{n}": "x" for n in range(3000)}, TOO_BIG, "2000"),
]  # fmt: skip


@pytest.mark.parametrize(("action", "parameters", "refusal", "says"), REFUSED)
def test_everything_else_is_refused(
    action: str, parameters: dict[str, str], refusal: Refusal, says: str
) -> None:
    """By name, all names at once."""
    with pytest.raises(Refused) as refused:
        read(action, **parameters)
    assert refused.value.refusal is refusal
    assert says in refused.value.message
    assert len(refused.value.message) < 2000


def test_a_part_that_the_version_lacks_is_unknown() -> None:
    """ClientToken came in 2010."""
    says = r"does not know: ClientToken \(known since API version 2010-08-31\)"
    with pytest.raises(Refused, match=says):
        read("RunInstances", "2009-04-04", **RUN, ClientToken="t")
    says = r"Filter.3.Name \(known since API version 2010-08-31\)"
    with pytest.raises(Refused, match=says):
        read("DescribeInstances", "2010-06-15", Filter__3__Name="t")
    assert read("RunInstances", **RUN, ClientToken="t").client_token == "t"


def test_the_most_that_is_taken_is_taken_quickly() -> None:
    """Two thousand parameters cost ten times as much as two hundred, not a hundred times."""

    def asked(count: int) -> Any:
        return read("TerminateInstances", **{f"InstanceId__{n}": "x" * 100 for n in range(count)})

    assert len(asked(2000).instances) == 2000
    assert growth(lambda: asked(200), lambda: asked(2000), 20) <= 20


@settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(
    st.sampled_from(EC2.operations).flatmap(
        lambda one: st.tuples(st.just(one), values(one.asks, VERSION))
    )
)
def test_what_a_client_flattens_reads_back(said: tuple[Operation, Any]) -> None:
    """Any ask: its parameters, read and flattened again, are the same."""
    asked, value = said
    parameters = flatten(value, VERSION)
    assert flatten(query.read(CODEC, asked, parameters), VERSION) == parameters


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    st.sampled_from(EC2.operations),
    st.dictionaries(
        st.lists(
            st.sampled_from(
                ["InstanceId", "Filter", "1", "0", "Name", "Value", "member", "", "Ebs", "GroupId",
                 "BlockDeviceMapping", "UserData", "IpPermissions", "NoDevice", "ImageId"]
            ), min_size=1, max_size=5,
        ).map(".".join),
        st.text(max_size=5),
        max_size=8,
    ),
)  # fmt: skip
def test_whatever_arrives_is_an_ask_or_a_refusal(
    asked: Operation, parameters: dict[str, str]
) -> None:
    """Nothing else escapes."""
    try:
        assert isinstance(query.read(CODEC, asked, parameters), asked.asks)
    except Refused as refused:
        assert refused.refusal.status < 500


# --- answers and errors ------------------------------------------------------------------------


def test_an_ec2_answer_is_the_soap_bodys_element() -> None:
    """In the namespace of the version asked for."""
    describe = operation("DescribeRegions")
    value = describe.answers(request_id="r", region_info=())
    assert query.answer(Codec(EC2, "2016-11-15"), describe, value, "r") == (
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        b'<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
        b"<requestId>r</requestId><regionInfo></regionInfo></DescribeRegionsResponse>"
    )


@message("ListThingsType")
class ListThings:
    """Ask for things by name."""

    names: tuple[str, ...] = part(default=(), name="Names")
    limit: int | None = part(default=None, name="MaxItems")


@message("ListThingsResponseType")
class ListThingsResponse:
    """The things."""

    things: tuple[str, ...] = items(
        "ThingSetType", default=(), name="Things", item="member", required=True
    )


@message("DropThingsResponseType")
class DropThingsResponse:
    """Nothing to say."""


LIST = Operation(name="ListThings", asks=ListThings, answers=ListThingsResponse)
DROP = Operation(name="DropThings", asks=ListThings, answers=DropThingsResponse)
THINGS = Contract(
    name="things", service="Things", port="Things", namespace="urn:things/{version}/",
    operations=(LIST, DROP), versions=("2010-05-08",), style="iam",
)  # fmt: skip
IAM = Codec(THINGS, "2010-05-08")


def test_iam_lists_have_members() -> None:
    """In requests and answers."""
    ask = query.read(IAM, LIST, {"Names.member.1": "a", "Names.member.2": "b", "MaxItems": "3"})
    assert (ask.names, ask.limit) == (("a", "b"), 3)
    made = query.answer(IAM, LIST, ListThingsResponse(things=("a<",)), "r")
    assert made.endswith(
        b'<ListThingsResponse xmlns="urn:things/2010-05-08/"><ListThingsResult><Things>'
        b"<member>a&lt;</member></Things></ListThingsResult><ResponseMetadata><RequestId>r"
        b"</RequestId></ResponseMetadata></ListThingsResponse>"
    )


def test_an_iam_answer_without_content_has_no_result() -> None:
    """Only its metadata."""
    made = query.answer(IAM, DROP, DropThingsResponse(), "r")
    assert [child.tag for child in parse(made)] == ["{urn:things/2010-05-08/}ResponseMetadata"]


def test_iam_services_ignore_what_they_do_not_know() -> None:
    """As the original did."""
    assert query.read(IAM, LIST, {"Colour": "red", "Names.member.x": "y"}) == ListThings(
        names=(), limit=None
    )
    assert IDENTITY.style == "iam"


def test_errors_of_ec2_have_no_namespace() -> None:
    """And spell RequestID so."""
    refused = UNKNOWN_PARAMETER(action="X", names="<a>")
    root = parse(query.error("ec2", "urn:x", refused, "r"))
    assert root.tag == "Response"
    assert root.findtext("Errors/Error/Code") == "UnknownParameter"
    assert root.findtext("Errors/Error/Message") == "X does not know: <a>. Correct or remove them."
    assert root.findtext("RequestID") == "r"


@pytest.mark.parametrize(
    ("refused", "side"),
    [(MISSING_PARAMETER(action="X", name="y"), "Sender"), (INTERNAL(request_id="r"), "Receiver")],
)
def test_errors_of_iam_name_the_side(refused: Refused, side: str) -> None:
    """In the service's namespace."""
    root = parse(query.error("iam", "urn:x", refused, "r"))
    assert root.tag == "{urn:x}ErrorResponse"
    assert root.findtext("{urn:x}Error/{urn:x}Type") == side
    assert root.findtext("{urn:x}RequestId") == "r"
