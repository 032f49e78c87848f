# SPDX-License-Identifier: BSD-2-Clause
"""The cloud asks the store about an image once for all its nodes, which then need not ask."""

from __future__ import annotations

import hashlib
import time
import urllib.request

import pytest
from twisted.internet import reactor

from cloudcontroller.compute.drivers.walrus import WalrusManifests
from eucalyptus.access.principals import AccessKey, Principal
from eucalyptus.web.connections import Connections
from tests.bundles.making import Keys, ours
from tests.fixtures.reactor import spin
from tests.walrus.serving import ALICE, ALICE_PAIR, CLOUD, CLOUD_PAIR, Served, blocking
from tests.walrus.web.test_images import upload

LOCATION = "first/images/disk.manifest.xml"


def manifests(front: str, own: AccessKey | None = CLOUD) -> WalrusManifests:
    async def no_key(_: Principal) -> AccessKey | None:
        return None

    return WalrusManifests(
        front=front, connections=Connections(reactor), key_of=no_key, clock=time.time, own=own
    )


def test_a_location_says_which_content_was_meant(served: Served) -> None:
    """By its fragment, which is no part of what is signed; without one it is the same address."""
    served.people.certificates.append(ALICE_PAIR.of(ALICE))
    bundle = ours(b"disk" * 5000, Keys(ALICE_PAIR.key, CLOUD_PAIR.key))
    blocking(upload, served, bundle)
    told = manifests(f"http://127.0.0.1:{served.port}")
    digest = spin(told.digest(LOCATION))
    assert digest == hashlib.sha256(bundle.document).hexdigest()
    url = told.image_url(LOCATION, time.time(), digest)
    assert url.endswith(f"#{digest}") and "#" not in told.image_url(LOCATION, time.time(), "")

    def fetch() -> tuple[str | None, bytes]:
        with urllib.request.urlopen(url, timeout=20) as reply:
            return reply.headers["ETag"], reply.read()

    assert blocking(fetch) == (f'"{digest}"', b"disk" * 5000)


def test_what_the_store_does_not_say_is_left_to_the_nodes(served: Served) -> None:
    """No such image, nobody there: each node asks and says what is wrong."""
    assert spin(manifests(f"http://127.0.0.1:{served.port}").digest(LOCATION)) == ""
    assert spin(manifests("http://127.0.0.1:9").digest(LOCATION)) == ""


def test_only_the_daemon_with_the_clouds_key_asks(served: Served) -> None:
    with pytest.raises(RuntimeError, match="the cloud's key"):
        spin(manifests(f"http://127.0.0.1:{served.port}", None).digest(LOCATION))
