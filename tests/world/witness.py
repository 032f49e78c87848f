# SPDX-License-Identifier: BSD-2-Clause
"""A client that is watched: what it does is noted for docs/conformance.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from tests.conformance import Sightings
from tests.world.access import Client

OPERATIONS: Mapping[str, str] = {
    "zones": "DescribeAvailabilityZones",
    "images": "DescribeImages",
    "create_key": "CreateKeyPair",
    "create_group": "CreateSecurityGroup",
    "run": "RunInstances",
    "state": "DescribeInstances",
    "console": "GetConsoleOutput",
    "reboot": "RebootInstances",
    "terminate": "TerminateInstances",
}
"""The operation behind each thing that a client is asked to do."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Notes what ``client`` does under ``name`` in ``version``."""

    client: Client
    name: str
    version: str
    sightings: Sightings

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        deed = getattr(self.client, verb)

        def watched(*words: str) -> Any:
            works = False
            try:
                said = deed(*words)
                works = True
                return said
            finally:
                self.sightings.note(self.name, self.version, OPERATIONS[verb], works=works)

        return watched


def watched(client: Client, name: str, version: str, sightings: Sightings) -> Client:
    """The same client, watched."""
    return cast(Client, Witness(client, name, version, sightings))
