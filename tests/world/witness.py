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
STORING: Mapping[str, str] = {
    "make": "CreateBucket",
    "put": "PutObject",
    "get": "GetObject",
    "names": "ListObjects",
    "copy": "CopyObject",
    "remove": "DeleteObject",
    "unmake": "DeleteBucket",
}
"""The same of a client of S3."""
VERSION_OF_S3 = "S3 2006-03-01"


@dataclass(frozen=True, slots=True)
class Witness:
    """Notes what ``client`` does under ``name`` in ``version``."""

    client: object
    name: str
    version: str
    sightings: Sightings
    operations: Mapping[str, str]

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        deed = getattr(self.client, verb)

        def watched(*words: Any) -> Any:
            works = False
            try:
                said = deed(*words)
                works = True
                return said
            finally:
                self.sightings.note(self.name, self.version, self.operations[verb], works=works)

        return watched


def watched(client: Client, name: str, version: str, sightings: Sightings) -> Client:
    """The same client of EC2, watched."""
    return cast(Client, Witness(client, name, version, sightings, OPERATIONS))
