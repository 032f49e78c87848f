# SPDX-License-Identifier: BSD-2-Clause
"""``Attribute=``: the older forms read as the messages that today's forms and SOAP make."""

from __future__ import annotations

from typing import Any

import pytest

from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.ec2.filters import EmptyElement
from eucalyptus.contracts.ec2.image_attributes import (
    AttributeValue,
    LaunchPermissionItem,
    LaunchPermissionOperation,
    ProductCodeItem,
)
from eucalyptus.contracts.refusals import (
    INVALID_COMBINATION,
    INVALID_PARAMETER,
    MISSING_PARAMETER,
    UNKNOWN_PARAMETER,
    Refusal,
    Refused,
)
from eucalyptus.wire import query
from eucalyptus.wire.codec import Codec

USERS = (LaunchPermissionItem(user_id="1"), LaunchPermissionItem(user_id="2"))
ALL = LaunchPermissionItem(group="all")


def read(action: str, version: str = "2013-02-01", **parameters: str) -> Any:
    """The ask for image ``emi-1``; in a keyword "__" stands for a dot."""
    operation = EC2.operation(action)
    assert operation is not None
    flat = {name.replace("__", "."): value for name, value in parameters.items()}
    return query.read(Codec(EC2, version), operation, {"ImageId": "emi-1", **flat})


@pytest.mark.parametrize("action", ["DescribeImageAttribute", "ResetImageAttribute"])
@pytest.mark.parametrize("name", ["Attribute=launchPermission", "LaunchPermission="])
def test_a_choice_is_made_by_its_name_on_the_wire(action: str, name: str) -> None:
    """Or by the element itself, as the rule of names has it."""
    parameter, _, value = name.partition("=")
    assert read(action, **{parameter: value}).launch_permission == EmptyElement()


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"LaunchPermission__Add__1__UserId": "1", "LaunchPermission__Add__2__UserId": "2",
          "LaunchPermission__Add__3__Group": "all"}, {"add": (*USERS, ALL)}),
        ({"Attribute": "launchPermission", "OperationType": "add", "UserId__1": "1",
          "UserId__2": "2", "UserGroup__1": "all"}, {"add": (*USERS, ALL)}),
        ({"Attribute": "launchPermission", "OperationType": "add", "UserId": "1",
          "Group__1": "all"}, {"add": (USERS[0], ALL)}),
        ({"Attribute": "launchPermission", "OperationType": "Remove", "UserGroup": "all"},
         {"remove": (ALL,)}),
        ({"Attribute": "launchPermission", "OperationType": "add",
          "LaunchPermission__Add__1__UserId": "1"}, {"add": (USERS[0],)}),
        ({"Attribute": "launchPermission", "LaunchPermission__Remove__1__UserId": "1"},
         {"remove": (USERS[0],)}),
        ({"Attribute": "launchPermission", "OperationType": "add", "UserId__1": "2",
          "LaunchPermission__Add__1__UserId": "1"}, {"add": USERS}),
        ({"Attribute": "launchPermission", "OperationType": "add", "UserId__1": "1",
          "LaunchPermission__Add__2__UserId": "2"}, {"add": USERS}),
    ],
)  # fmt: skip
def test_permissions_have_two_forms(
    parameters: dict[str, str], expected: dict[str, tuple[LaunchPermissionItem, ...]]
) -> None:
    """Dotted, and flat beside ``OperationType``; some clients say both."""
    ask = read("ModifyImageAttribute", **parameters)
    assert ask.launch_permission == LaunchPermissionOperation(**expected)


@pytest.mark.parametrize(
    "parameters",
    [
        {"Description__Value": "d"},
        {"Description": "d"},
        {"Attribute": "description", "Value": "d"},
        {"Attribute": "description", "Description__Value": "d"},
    ],
)
def test_values_have_several_forms(parameters: dict[str, str]) -> None:
    """Dotted, bare, and beside ``Attribute``."""
    ask = read("ModifyImageAttribute", **parameters)
    assert ask.description == AttributeValue(value="d")


def test_product_codes_have_two_forms() -> None:
    """The list is the same; the old one names attribute and operation, too."""
    expected = (ProductCodeItem(product_code="a"), ProductCodeItem(product_code="b"))
    codes = {"ProductCode__1": "a", "ProductCode__2": "b"}
    old = {"Attribute": "productCodes", "OperationType": "add", **codes}
    for said in (codes, old):
        assert read("ModifyImageAttribute", **said).product_codes == expected


FLAT = {"Attribute": "launchPermission", "OperationType": "add", "UserId__1": "1"}


@pytest.mark.parametrize(
    ("action", "parameters", "refusal", "says"),
    [
        ("DescribeImageAttribute", {"Attribute": "LaunchPermission"}, INVALID_PARAMETER,
         "Attribute: LaunchPermission is not one of launchPermission, productCodes"),
        ("DescribeImageAttribute", {"Attribute": ""}, INVALID_PARAMETER, "Attribute: "),
        ("DescribeImageAttribute", {"Attribute": "__class__"}, INVALID_PARAMETER, "not one of"),
        ("DescribeImageAttribute", {"Attribute__1": "kernel"}, UNKNOWN_PARAMETER, "Attribute.1"),
        ("DescribeImageAttribute", {"Attribute": "kernel", "Value": "x"}, UNKNOWN_PARAMETER,
         "Value"),
        ("DescribeImageAttribute", {"Attribute": "kernel", "Ramdisk": ""}, INVALID_COMBINATION,
         "Only one of Kernel and Ramdisk"),
        ("ModifyImageAttribute", {**FLAT, "OperationType": "grant"}, INVALID_PARAMETER,
         "OperationType: grant is not add or remove"),
        ("ModifyImageAttribute", {"Attribute": "launchPermission", "UserId__1": "1"},
         MISSING_PARAMETER, "OperationType"),
        ("ModifyImageAttribute", {**FLAT, "LaunchPermission__Remove__1__UserId": "2"},
         INVALID_COMBINATION, "OperationType says Add, yet LaunchPermission.Remove is given"),
        ("ModifyImageAttribute", {"Attribute": "productCodes", "OperationType": "remove",
                                  "ProductCode__1": "a"}, INVALID_PARAMETER,
         "remove is not add: nothing is taken from productCodes"),
        ("ModifyImageAttribute", {"OperationType": "add", "UserId__1": "1"}, UNKNOWN_PARAMETER,
         "OperationType, UserId.1"),
        ("ModifyImageAttribute", {**FLAT, "UserId__x": "2"}, UNKNOWN_PARAMETER, "UserId.x"),
        ("ModifyImageAttribute", {**FLAT, "UserId__1__Y": "2"}, UNKNOWN_PARAMETER, "UserId.1.Y"),
        ("ModifyImageAttribute", {**FLAT, "Owner__1": "2"}, UNKNOWN_PARAMETER, "Owner.1"),
        ("ModifyImageAttribute", {**FLAT, "Description": "d"}, INVALID_COMBINATION,
         "LaunchPermission and Description"),
        ("ModifyImageAttribute", {"Attribute": "description", "Value": "d",
                                  "Description__Value": "e"}, UNKNOWN_PARAMETER, "Value"),
        ("ModifyImageAttribute", {"LaunchPermission__Add__1__UserId": "1",
                                  "LaunchPermission__Add__1__Group": "all"}, INVALID_COMBINATION,
         "LaunchPermission.Add.1.UserId and LaunchPermission.Add.1.Group"),
        ("RunInstances", {"Attribute": "imageId", "Value": "x"}, UNKNOWN_PARAMETER,
         "Attribute, Value"),
        ("DeleteSecurityGroup", {"Attribute": "groupName", "Value": "x"}, UNKNOWN_PARAMETER,
         "Attribute, ImageId, Value"),
    ],
)  # fmt: skip
def test_everything_else_is_refused(
    action: str, parameters: dict[str, str], refusal: Refusal, says: str
) -> None:
    """By the names that the caller used."""
    with pytest.raises(Refused) as refused:
        read(action, **parameters)
    assert refused.value.refusal is refusal
    assert says in refused.value.message


def test_an_attribute_that_the_version_lacks_is_none() -> None:
    """Kernels came in 2008; the refusal says what there was."""
    with pytest.raises(Refused, match=r"not one of launchPermission, productCodes\."):
        read("DescribeImageAttribute", "2007-08-29", Attribute="kernel")
    assert read("DescribeImageAttribute", "2008-02-01", Attribute="kernel").kernel is not None
