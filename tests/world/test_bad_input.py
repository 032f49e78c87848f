# SPDX-License-Identifier: BSD-2-Clause
"""What a real cloud says to bad requests: documented codes, and nothing has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloudinabox.demo import environment
from tests.fixtures.cloud import Box
from tests.world.access import Access
from tests.world.clients import boto3_client


@pytest.fixture(autouse=True)
def _inside(cloud: Box) -> Iterator[None]:
    with cloud.network():
        yield


@pytest.fixture(name="ec2")
def _ec2(cloud: Box) -> Any:
    return boto3_client(Access(environment(cloud.layout.credentials)))


def _everything(ec2: Any) -> list[Any]:
    """All that the account has."""
    said = (
        ec2.describe_instances()["Reservations"], ec2.describe_images()["Images"],
        ec2.describe_key_pairs()["KeyPairs"], ec2.describe_security_groups()["SecurityGroups"],
    )  # fmt: skip
    return list(said)


def _refused(ec2: Any, ask: Callable[[], Any]) -> tuple[str, str]:
    """Code and sentence of the refusal; nothing may have changed."""
    before = _everything(ec2)
    with pytest.raises(ClientError) as caught:
        ask()
    assert _everything(ec2) == before
    assert len(caught.value.response["ResponseMetadata"]["RequestId"]) == 36
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] < 500
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "image": ({"ImageId": "emi-00000000"}, "InvalidAMIID.NotFound", "emi-00000000"),
    "image id": ({"ImageId": "nonsense"}, "InvalidAMIID.Malformed", "nonsense"),
    "type": ({"InstanceType": "m9.absurd"}, "InvalidParameterValue", "m9.absurd"),
    "zone": ({"Placement": {"AvailabilityZone": "nowhere"}}, "InvalidZone.NotFound", "nowhere"),
    "key": ({"KeyName": "nobody's"}, "InvalidKeyPair.NotFound", "nobody's"),
    "group": ({"SecurityGroups": ["nobody's"]}, "InvalidGroup.NotFound", "nobody's"),
    "group id": ({"SecurityGroupIds": ["sg-00000000"]}, "InvalidGroup.NotFound", "sg-00000000"),
    "kernel": ({"KernelId": "eki-00000000"}, "InvalidAMIID.NotFound", "eki-00000000"),
    "counts": ({"MinCount": 2}, "InvalidParameterValue", "2"),
    "no count": ({"MinCount": 0, "MaxCount": 0}, "InvalidParameterValue", "0"),
}
"""What is wrong with a launch, the code it gets, and what the sentence names."""
NO_INSTANCE = {"InstanceIds": ["i-00000000"]}
OTHERS = [
    ("terminate_instances", NO_INSTANCE, "InvalidInstanceID.NotFound"),
    ("reboot_instances", NO_INSTANCE, "InvalidInstanceID.NotFound"),
    ("describe_instances", NO_INSTANCE, "InvalidInstanceID.NotFound"),
    ("get_console_output", {"InstanceId": "i-nonsense"}, "InvalidInstanceID.Malformed"),
    ("describe_images", {"ImageIds": ["emi-00000000"]}, "InvalidAMIID.NotFound"),
    ("deregister_image", {"ImageId": "emi-00000000"}, "InvalidAMIID.NotFound"),
    ("describe_key_pairs", {"KeyNames": ["nobody's"]}, "InvalidKeyPair.NotFound"),
    ("create_key_pair", {"KeyName": "demo"}, "InvalidKeyPair.Duplicate"),
    ("delete_security_group", {"GroupName": "nobody's"}, "InvalidGroup.NotFound"),
    ("create_security_group", {"GroupName": "default", "Description": "x"},
     "InvalidGroup.Reserved"),
    ("create_security_group", {"GroupName": "-", "Description": ""}, "InvalidParameterValue"),
    ("describe_availability_zones", {"ZoneNames": ["nowhere"]}, "InvalidZone.NotFound"),
]  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_launch_of_what_is_not_there(cloud: Box, ec2: Any, what: str) -> None:
    """Each unknown thing has its own code, and the sentence names it."""
    changed, code, named = WRONG[what]
    asked: dict[str, Any] = {"ImageId": cloud.said["image"], "MinCount": 1, "MaxCount": 1}
    got, sentence = _refused(ec2, lambda: ec2.run_instances(**{**asked, **changed}))
    assert got == code, sentence
    assert named in sentence


def test_operations_that_are_not(ec2: Any) -> None:
    """One of a later day, and one that never was."""
    assert _refused(ec2, lambda: ec2.describe_volumes())[0] == "UnsupportedOperation"
    assert _refused(ec2, lambda: ec2.describe_carrier_gateways())[0] == "InvalidAction"


def test_a_parameter_that_is_not(cloud: Box, ec2: Any) -> None:
    """Refused by name rather than ignored."""
    code, sentence = _refused(ec2, lambda: ec2.create_key_pair(KeyName="k", KeyFormat="ppk"))
    assert code == "UnknownParameter" and "KeyFormat" in sentence


@pytest.mark.parametrize(("method", "asked", "code"), OTHERS)
def test_other_requests_for_what_is_not_there(
    ec2: Any, method: str, asked: dict[str, Any], code: str
) -> None:
    """The same for the other operations."""
    got, sentence = _refused(ec2, lambda: getattr(ec2, method)(**asked))
    assert got == code, sentence


def test_no_room_names_zone_type_and_what_is_free(cloud: Box, ec2: Any) -> None:
    """The answer says what one can do about it."""
    code, sentence = _refused(
        ec2,
        lambda: ec2.run_instances(
            ImageId=cloud.said["image"], MinCount=2, MaxCount=2, InstanceType="cr1.8xlarge"
        ),
    )
    assert code == "InsufficientInstanceCapacity"
    assert "one" in sentence and "cr1.8xlarge" in sentence and "0" in sentence
