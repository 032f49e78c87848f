# SPDX-License-Identifier: BSD-2-Clause
"""Many at the same time, on two workers: limits are kept and names stay unique."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from urllib.parse import urlencode

import pytest
from twisted.internet.defer import Deferred, gatherResults

from eucalyptus.services import COMPUTE, EUARE
from eucalyptus.web.arrivals import Reply
from tests.fixtures.reactor import spin
from tests.street.estate import OK, Estate, code, newest
from tests.street.town import Key, signed

TIMES = 20


def together(estate: Estate, path: str, key: Key, said: Mapping[str, str]) -> Counter[str]:
    """Ask the same TIMES times at once, each signed anew; how often each code came.

    ``code`` checks that none of them is our failure.
    """
    town = estate.town
    if len(town.workers) == 1:
        town.another_worker()
    body = urlencode({"Version": newest(path), **said}).encode()
    asked = []
    for number in range(TIMES):
        arrived = signed(path, key, body, lambda ago=number: time.time() - ago)  # type: ignore[misc]
        worker = town.workers[number % 2]
        asked.append(Deferred.fromCoroutine(worker.answer(arrived)))
    replies: list[Reply] = spin(gatherResults(asked), 60)
    return Counter(code(reply) for reply in replies)


@pytest.mark.parametrize(
    ("path", "said", "other"),
    [
        (
            COMPUTE.path,
            {"Action": "CreateSecurityGroup", "GroupName": "g", "GroupDescription": "d"},
            "InvalidGroup.Duplicate",
        ),
        (
            COMPUTE.path,
            {"Action": "CreateKeyPair", "KeyName": "k"},
            "InvalidKeyPair.Duplicate",
        ),
        (
            COMPUTE.path,
            {
                "Action": "RegisterImage",
                "Name": "same",
                "ImageLocation": "images/root.manifest.xml",
            },
            "InvalidAMIName.Duplicate",
        ),
        (EUARE.path, {"Action": "CreateUser", "UserName": "dave"}, "EntityAlreadyExists"),
        (EUARE.path, {"Action": "CreateAccount", "AccountName": "new"}, "EntityAlreadyExists"),
    ],
)
def test_of_many_with_one_name_one_is_made(
    estate: Estate, path: str, said: Mapping[str, str], other: str
) -> None:
    """The others hear that it exists already."""
    assert together(estate, path, estate.cloud, said) == {OK: 1, other: TIMES - 1}


def test_i40_a_user_has_no_more_keys_than_allowed(estate: Estate) -> None:
    """I-40: carol has one of two."""
    said = {"Action": "CreateAccessKey", "UserName": "carol"}
    told = together(estate, EUARE.path, estate.alice, said)
    assert told == {OK: 1, "LimitExceeded": TIMES - 1}


def test_i40_an_account_has_no_more_instances_than_allowed(estate: Estate) -> None:
    """I-40: alice has one of three."""
    estate.town.street.set("cloud.vmstate.max_instances_per_account", "3")
    said = {"Action": "RunInstances", "ImageId": estate.ids["image"], "MinCount": "1",
            "MaxCount": "1"}  # fmt: skip
    told = together(estate, COMPUTE.path, estate.alice, said)
    assert told == {OK: 2, "InstanceLimitExceeded": TIMES - 2}


def test_a_zone_is_never_promised_twice(estate: Estate) -> None:
    """Sixteen cores: one is taken, and of two launches for the rest one is."""
    said = {"Action": "RunInstances", "ImageId": estate.ids["image"], "MinCount": "8",
            "MaxCount": "8", "InstanceType": "m1.small"}  # fmt: skip
    told = together(estate, COMPUTE.path, estate.alice, said)
    assert told == {OK: 1, "InsufficientInstanceCapacity": TIMES - 1}


def test_of_many_terminations_each_is_told_the_same_end(estate: Estate) -> None:
    """Ending what ends changes nothing."""
    said = {"Action": "TerminateInstances", "InstanceId.1": estate.ids["instance"]}
    assert together(estate, COMPUTE.path, estate.alice, said) == {OK: TIMES}
    assert len(estate.town.street.rows("work")) == 1
