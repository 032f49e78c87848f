# SPDX-License-Identifier: BSD-2-Clause
"""An image is shared and taken back, by every client's own words; the other account launches it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest
from botocore.exceptions import ClientError

from eucalyptus.services import COMPUTE
from tests.street.callers import Cli, boto2_client, boto3_client
from tests.street.estate import OK, Estate, code
from tests.street.test_dialects import Caller
from tests.street.town import Key, Town


class Sharing(Protocol):
    """What every client is asked to do with an image."""

    def share(self, image: str, account: str) -> None:
        """Let an account launch it."""

    def withdraw(self, image: str, account: str) -> None:
        """Let it launch no longer."""

    def publish(self, image: str) -> None:
        """Let everybody launch it."""

    def launchers(self, image: str) -> set[str]:
        """Who may: accounts and ``all``."""

    def reset(self, image: str) -> None:
        """Let nobody else launch it."""


class ByBoto3:
    """In today's dotted form."""

    def __init__(self, client: Any) -> None:
        self._ec2 = client

    def _modify(self, image: str, **change: Any) -> None:
        self._ec2.modify_image_attribute(ImageId=image, LaunchPermission=change)

    def share(self, image: str, account: str) -> None:
        self._modify(image, Add=[{"UserId": account}])

    def withdraw(self, image: str, account: str) -> None:
        self._modify(image, Remove=[{"UserId": account}])

    def publish(self, image: str) -> None:
        self._modify(image, Add=[{"Group": "all"}])

    def launchers(self, image: str) -> set[str]:
        found = self._ec2.describe_image_attribute(ImageId=image, Attribute="launchPermission")
        return {one.get("UserId") or one["Group"] for one in found["LaunchPermissions"]}

    def reset(self, image: str) -> None:
        self._ec2.reset_image_attribute(ImageId=image, Attribute="launchPermission")


class ByBoto3Flat(ByBoto3):
    """In the form that botocore still has for old scripts."""

    def _modify(self, image: str, **change: Any) -> None:
        ((operation, items),) = change.items()
        self._ec2.modify_image_attribute(
            ImageId=image, Attribute="launchPermission", OperationType=operation.lower(),
            UserIds=[one["UserId"] for one in items if "UserId" in one],
            UserGroups=[one["Group"] for one in items if "Group" in one],
        )  # fmt: skip


class ByBoto2:
    """In the flat form, the only one that boto 2 has."""

    def __init__(self, connection: Any) -> None:
        self._ec2 = connection

    def share(self, image: str, account: str) -> None:
        assert self._ec2.modify_image_attribute(image, operation="add", user_ids=[account])

    def withdraw(self, image: str, account: str) -> None:
        assert self._ec2.modify_image_attribute(image, operation="remove", user_ids=[account])

    def publish(self, image: str) -> None:
        assert self._ec2.modify_image_attribute(image, operation="add", groups=["all"])

    def launchers(self, image: str) -> set[str]:
        found = self._ec2.get_image_attribute(image).attrs
        return {*found.get("user_ids", ()), *found.get("groups", ())}

    def reset(self, image: str) -> None:
        assert self._ec2.reset_image_attribute(image)


class ByCli:
    """As one types it."""

    def __init__(self, aws: Cli) -> None:
        self._aws = aws

    def _modify(self, image: str, change: str) -> None:
        self._aws("modify-image-attribute", "--image-id", image, "--launch-permission", change)

    def share(self, image: str, account: str) -> None:
        self._modify(image, f"Add=[{{UserId={account}}}]")

    def withdraw(self, image: str, account: str) -> None:
        self._modify(image, f"Remove=[{{UserId={account}}}]")

    def publish(self, image: str) -> None:
        self._modify(image, "Add=[{Group=all}]")

    def launchers(self, image: str) -> set[str]:
        words = ("--image-id", image, "--attribute", "launchPermission")
        found = self._aws("describe-image-attribute", *words)["LaunchPermissions"]
        return {one.get("UserId") or one["Group"] for one in found}

    def reset(self, image: str) -> None:
        words = ("--image-id", image, "--attribute", "launchPermission")
        self._aws("reset-image-attribute", *words)


class BySoap:
    """By zeep and a WSDL of Amazon's."""

    def __init__(self, caller: Caller) -> None:
        self._say = caller.say

    def _modify(self, image: str, change: str, **item: str) -> None:
        wish = {change: {"item": [item]}}
        self._say("ModifyImageAttribute", imageId=image, launchPermission=wish)

    def share(self, image: str, account: str) -> None:
        self._modify(image, "add", userId=account)

    def withdraw(self, image: str, account: str) -> None:
        self._modify(image, "remove", userId=account)

    def publish(self, image: str) -> None:
        self._modify(image, "add", group="all")

    def launchers(self, image: str) -> set[str]:
        # To zeep an empty element is none, unless it stands in a list.
        found = self._say("DescribeImageAttribute", imageId=image, launchPermission=[{}])
        items = found.launchPermission.item if found.launchPermission else []
        return {one.userId or one.group for one in items}

    def reset(self, image: str) -> None:
        self._say("ResetImageAttribute", imageId=image, launchPermission=[{}])


Make = Callable[[Town, Key, pytest.FixtureRequest], Sharing]


def soap(version: str) -> Make:
    """A client of an old dialect."""

    def make(town: Town, _: Key, request: pytest.FixtureRequest) -> Sharing:
        folder: Path = request.getfixturevalue("tmp_path")
        return BySoap(Caller(town, version, folder))

    return make


CLIENTS: dict[str, Make] = {
    "boto3": lambda town, key, _: ByBoto3(boto3_client(town, key)),
    "boto3-flat": lambda town, key, _: ByBoto3Flat(boto3_client(town, key)),
    "boto3-2014": lambda town, key, _: ByBoto3(boto3_client(town, key, "2014-10-01")),
    "aws-cli": lambda town, key, r: ByCli(Cli(town, key, r.getfixturevalue("capsys"))),
    "boto-2.49": lambda town, key, _: ByBoto2(boto2_client(town, key)),
    "boto-2.49-v2": lambda town, key, _: ByBoto2(boto2_client(town, key, sigv4=False)),
    "boto-2009": lambda town, key, _: ByBoto2(boto2_client(town, key, version="2009-04-04")),
    "zeep-2006": soap("2006-10-01"),
    "zeep-2009": soap("2009-04-04"),
    "zeep-2013": soap("2013-10-15"),
}


@pytest.mark.parametrize("client", CLIENTS)
def test_an_image_is_shared_and_taken_back(
    client: str, estate: Estate, request: pytest.FixtureRequest
) -> None:
    """Bob launches it exactly as long as Alice lets him."""
    town, image, bob = estate.town, estate.ids["image"], estate.bob.account
    alice = CLIENTS[client](town, estate.alice, request)

    def bob_launches() -> str:
        # Said twice within a second, the same words would be the same request.
        wish = estate.asks("RunInstances", ClientToken=uuid.uuid4().hex)
        return code(estate.ask("RunInstances", estate.bob, wish))

    assert alice.launchers(image) == set()
    assert bob_launches() == "InvalidAMIID.NotFound"
    alice.share(image, bob)
    assert alice.launchers(image) == {bob}
    assert bob_launches() == OK
    alice.publish(image)
    assert alice.launchers(image) == {bob, "all"}
    alice.withdraw(image, bob)
    assert alice.launchers(image) == {"all"}
    assert bob_launches() == OK
    alice.reset(image)
    assert alice.launchers(image) == set()
    assert bob_launches() == "InvalidAMIID.NotFound"


def test_who_sees_what(estate: Estate) -> None:
    """By owner and by permission, in boto3's words."""
    image = estate.ids["image"]
    alice, bob = (boto3_client(estate.town, key) for key in (estate.alice, estate.bob))

    def seen(ec2: Any, **choice: Any) -> list[str]:
        return [one["ImageId"] for one in ec2.describe_images(**choice)["Images"]]

    assert seen(alice, Owners=["self"]) == seen(alice, Owners=[estate.alice.account]) == [image]
    assert seen(alice, Owners=["amazon"]) == seen(bob) == []
    ByBoto3(alice).share(image, estate.bob.account)
    assert seen(bob) == seen(bob, ExecutableUsers=["self"]) == [image]
    assert seen(bob, Owners=["self"]) == seen(bob, ExecutableUsers=["all"]) == []
    assert seen(alice, ExecutableUsers=[estate.bob.account]) == [image]
    with pytest.raises(ClientError, match="may not perform ec2:DescribeImageAttribute"):
        ByBoto3(bob).launchers(image)
    with pytest.raises(ClientError, match="'999999999999' is no account of this cloud"):
        ByBoto3(alice).share(image, "999999999999")


def test_other_attributes_have_boto3s_words_too(estate: Estate) -> None:
    """Description by value and beside Attribute; kernel, codes and devices to read."""
    image, ec2 = estate.ids["image"], boto3_client(estate.town, estate.alice)

    def told(attribute: str, answer: str) -> Any:
        return ec2.describe_image_attribute(ImageId=image, Attribute=attribute).get(answer)

    ec2.modify_image_attribute(ImageId=image, Description={"Value": "one"})
    assert told("description", "Description") == {"Value": "one"}
    ec2.modify_image_attribute(ImageId=image, Attribute="description", Value="two")
    assert told("description", "Description") == {"Value": "two"}
    ec2.modify_image_attribute(ImageId=image, ProductCodes=["a1"])
    assert [one["ProductCodeId"] for one in told("productCodes", "ProductCodes")] == ["a1"]
    assert told("kernel", "KernelId") == {}
    devices = {one["VirtualName"]: one["DeviceName"] for one in
               told("blockDeviceMapping", "BlockDeviceMappings")}  # fmt: skip
    assert devices == {"emi": "sda", "ephemeral0": "sdb", "root": "/dev/sda"}
    assert COMPUTE.path in ec2.meta.endpoint_url
