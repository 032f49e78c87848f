# SPDX-License-Identifier: BSD-2-Clause
"""Everything in the street that reads XML from outside, each with an honest document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any

from cloudcontroller.compute.core import manifest as registering
from eucalyptus.bundles import text as bundles
from eucalyptus.bundles.manifest import LONGEST, BadManifest
from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import ACTIONS, BUCKET
from eucalyptus.wire import soap
from eucalyptus.wire.documents import USUAL
from eucalyptus.wire.networkinfo import BadNetworkDocument, read, write
from eucalyptus.wire.networkreader import LIMITS
from eucalyptus.wire.security import Rules, open_envelope, verify
from tests.bundles import making
from tests.cloudcontroller.compute.street import manifest, person
from tests.eucanetd.worlds import guest, world
from tests.nodecontroller.house import now
from tests.wire.security.forge import FRONT, INTERNAL, NOW, letter, signer
from walrus.core.asking import Asked
from walrus.core.keys import Target
from walrus.operations import buckets


@dataclass(frozen=True)
class Consumer:
    """Reads ``honest``; raises ``refuses`` and nothing else for what it does not take.

    ``most`` is the size in bytes beyond which nothing is read. ``inner`` is an end tag in the
    honest document, in front of which other content may be put.
    """

    read: Callable[[bytes], object]
    honest: bytes
    refuses: type[Exception]
    most: int
    inner: bytes


def _soap(rules: Rules) -> Callable[[bytes], object]:
    return lambda document: verify(open_envelope(document, rules), signer("victim").pem, NOW)


@cache
def _keys() -> making.Keys:
    return making.Keys(user=signer("victim").key, cloud=signer("cloud").key)


def _bundle(document: bytes) -> object:
    return bundles.read(document, [_keys().user.public_key()])


class _Tables:
    """Takes whatever would be written."""

    async def run(self, *_: object) -> None:
        """Nothing is kept."""


def _create_bucket(document: bytes) -> None:
    alice = person("alice", 1)
    asked = Asked(
        action=ACTIONS[BUCKET, "PUT", ""], target=Target(bucket="bucket"),
        request_id="r", headers={}, query={}, who=alice, body=document,
    )  # fmt: skip
    world: Any = SimpleNamespace(tables=_Tables(), most_buckets=1, now=lambda: None)
    now(buckets.create_bucket(world, asked))


FAULT = (
    b"<Envelope xmlns='%b'><Body><Fault><faultcode>Client.X</faultcode></Fault></Body></Envelope>"
)


def consumers() -> Mapping[str, Consumer]:
    """All of them, by name."""
    front, internal = Rules.front_door(), Rules.internal()
    fault = FAULT % soap.ENVELOPE.encode()
    bundle = making.ours(b"x" * 10_000, _keys()).document
    return {
        "users' SOAP": Consumer(
            _soap(front), letter(FRONT).text(), Refused, front.limits.size, b"</soapenv:Body>"
        ),
        "components' SOAP": Consumer(
            _soap(internal), letter(INTERNAL).text(), Refused, internal.limits.size,
            b"</soapenv:Body>",
        ),
        "faults of peers": Consumer(soap.read_fault, fault, Refused, USUAL.size, b"</Body>"),
        "bundles": Consumer(_bundle, bundle, BadManifest, LONGEST, b"</bundler>"),
        "manifests to register": Consumer(
            lambda document: registering.parse("b/x", document), manifest(), Refused, USUAL.size,
            b"</image>",
        ),
        "network documents": Consumer(
            read, write(world(guest(1))), BadNetworkDocument, LIMITS.size, b"</configuration>"
        ),
        "bucket configurations": Consumer(
            _create_bucket,
            b"<CreateBucketConfiguration><LocationConstraint>eucalyptus</LocationConstraint>"
            b"</CreateBucketConfiguration>",
            Refused, USUAL.size, b"</CreateBucketConfiguration>",
        ),
    }  # fmt: skip
