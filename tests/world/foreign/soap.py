# SPDX-License-Identifier: BSD-2-Clause
"""The whole list in the words of each dated SOAP dialect, whatever client speaks it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

Message = Mapping[str, Any]
"""A message as dictionaries, lists and words; ``item`` of a list may be one thing or many."""
Call = Callable[[str, Message], Message]
"""A client: an operation's name and a request in, the response out."""

ZONES, CONSOLE, INSTANCE_TYPE = "2008-02-01", "2007-01-03", "2007-08-29"
"""The dialects in which operations, and a launch's instance type, first appear."""
CURRENT_STATE, GROUP_NAMES = "2009-10-31", "2011-01-01"
"""The dialects that first answer ``currentState``, and call a group's name ``groupName``."""


class Soap:
    """A client that is given a message for each thing to do."""

    def __init__(self, call: Call, version: str) -> None:
        self._call, self._version = call, version

    def zones(self) -> list[str]:
        """Names of the availability zones."""
        said = self._call("DescribeAvailabilityZones", {"availabilityZoneSet": {}})
        return [one["zoneName"] for one in items(said, "availabilityZoneInfo")]

    def images(self) -> list[str]:
        """Ids of the images."""
        asked: Message = {"imagesSet": {}}
        if self._version == "2006-10-01":
            # The only dialect that wants all three.
            asked = {"executableBySet": {}, "imagesSet": {}, "ownersSet": {}}
        return [one["imageId"] for one in items(self._call("DescribeImages", asked), "imagesSet")]

    def create_key(self, name: str) -> str:
        """Make a key pair; its private half as PEM text."""
        return str(self._call("CreateKeyPair", {"keyName": name})["keyMaterial"])

    def create_group(self, name: str) -> None:
        """Make a security group."""
        asked = {"groupName": name, "groupDescription": f"in the words of {self._version}"}
        assert part(self._call("CreateSecurityGroup", asked), "return") is True

    def run(self, image: str, key: str, group: str) -> str:
        """Start one instance; its id."""
        launch = {"imageId": image, "minCount": 1, "maxCount": 1, "keyName": key}
        name = "groupName" if self._version >= GROUP_NAMES else "groupId"
        groups = {"groupSet": {"item": [{name: group}]}}
        asked: Message = {**launch, **groups, "instanceType": "m1.small"}
        if self._version < INSTANCE_TYPE:
            asked = {"instancesSet": {"item": [launch]}, **groups}
        (made,) = items(self._call("RunInstances", asked), "instancesSet")
        return str(made["instanceId"])

    def state(self, instance: str) -> str:
        """An instance's state."""
        said = self._call("DescribeInstances", _named(instance))
        (reservation,) = items(said, "reservationSet")
        (found,) = items(reservation, "instancesSet")
        return str(found["instanceState"]["name"])

    def console(self, instance: str) -> str:
        """What an instance wrote to its console."""
        said = self._call("GetConsoleOutput", {"instanceId": instance})["output"]
        return base64.b64decode(said or "").decode(errors="replace")

    def reboot(self, instance: str) -> None:
        """Reboot an instance."""
        assert part(self._call("RebootInstances", _named(instance)), "return") is True

    def terminate(self, instance: str) -> str:
        """End an instance; the state it is in then."""
        said = self._call("TerminateInstances", _named(instance))
        (ended,) = items(said, "instancesSet")
        state = "currentState" if self._version >= CURRENT_STATE else "shutdownState"
        return str(ended[state]["name"])


def part(said: Any, name: str) -> Any:
    """The part ``name`` of a message; some clients unwrap messages of one part, as old ones are."""
    return said[name] if isinstance(said, Mapping) and name in said else said


def items(said: Any, name: str) -> list[Message]:
    """The items of a message's list ``name``, which may be absent, empty, one, or many."""
    found = part(part(said, name), "item")
    return found if isinstance(found, list) else [found] if found else []


def _named(instance: str) -> Message:
    return {"instancesSet": {"item": [{"instanceId": instance}]}}
