# SPDX-License-Identifier: BSD-2-Clause
"""The image path: what a node gets for a manifest's address."""

from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.bundles.making import Bundle, Keys, ours, theirs
from tests.walrus.serving import ALICE_PAIR, BOB, CLOUD, CLOUD_PAIR, Served, blocking
from tests.walrus.signing import presigned

KEYS = Keys(ALICE_PAIR.key, CLOUD_PAIR.key)
IMAGE = bytes(range(256)) * 200 + b"\0" * 300_000 + b"end"
MANIFEST = "images/disk.manifest.xml"


def upload(served: Served, bundle: Bundle) -> None:
    """Put a bundle into Alice's bucket."""
    s3 = served.boto3()
    s3.create_bucket(Bucket="first")
    for name, piece in bundle.parts.items():
        s3.put_object(Bucket="first", Key=f"images/{name}", Body=piece)
    s3.put_object(Bucket="first", Key=MANIFEST, Body=bundle.document)


def fetch(served: Served, query: str = "", key: Any = CLOUD, **headers: str) -> Any:
    """GET an image as a node does, by a presigned address."""
    url = f"{served.url}/image/first/{MANIFEST}"
    request = urllib.request.Request(presigned(url, key, query), headers=headers)
    with urllib.request.urlopen(request, timeout=20) as reply:
        return reply.headers, reply.read()


def refusal(served: Served, query: str = "", key: Any = CLOUD) -> str:
    """The error document that a GET ends with."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        fetch(served, query, key)
    return caught.value.read().decode()


@pytest.fixture
def signed(served: Served) -> Served:
    """A Walrus that knows Alice's certificate."""
    from tests.walrus.serving import ALICE

    served.people.certificates.append(ALICE_PAIR.of(ALICE))
    return served


@pytest.mark.parametrize("other", [False, True])
def test_a_node_gets_the_image(signed: Served, tmp_path: Path, other: bool) -> None:
    """Whole, again from the cache, in part, and described."""
    bundle = theirs(IMAGE, KEYS, tmp_path) if other else ours(IMAGE, KEYS)
    digest = hashlib.sha256(bundle.document).hexdigest()

    def talk() -> None:
        upload(signed, bundle)
        facts = json.loads(fetch(signed, "describe=")[1])
        assert facts["size"] == len(IMAGE) and facts["digest"] == digest
        assert (facts["type"], facts["owner"], facts["kernel"]) == ("machine", "1" * 12, None)
        for _ in range(2):
            headers, body = fetch(signed)
            assert body == IMAGE
            assert headers["ETag"] == f'"{digest}"'
            assert headers["Content-Length"] == str(len(IMAGE))
            assert headers["X-Amz-Meta-Image-Sha256"] == hashlib.sha256(IMAGE).hexdigest()
        assert fetch(signed, Range="bytes=5-9")[1] == IMAGE[5:10]
        again = {"Range": "bytes=5-9", "If-Range": headers["ETag"]}
        assert fetch(signed, **again)[1] == IMAGE[5:10]
        assert fetch(signed, **{**again, "If-Range": '"other"'})[1] == IMAGE
        with pytest.raises(urllib.error.HTTPError, match="304"):
            fetch(signed, **{"If-None-Match": headers["ETag"]})

    blocking(talk)
    kept = list((signed.root / "images").iterdir())
    assert len(kept) == 1 and kept[0].stat().st_blocks * 512 < len(IMAGE)


def test_others_get_nothing(signed: Served) -> None:
    """Not the owner, not a stranger, not without a signature."""
    from tests.walrus.serving import ALICE

    def talk() -> None:
        upload(signed, ours(IMAGE, KEYS))
        for key in (ALICE, BOB):
            assert "AccessDenied" in refusal(signed, key=key)
        assert "AccessDenied" in refusal(signed, "describe=", BOB)
        assert json.loads(fetch(signed, "describe=", ALICE)[1])["size"] == len(IMAGE)
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{signed.url}/image/first/{MANIFEST}")

    blocking(talk)


def test_what_does_not_match_is_refused(signed: Served) -> None:
    """A changed part, a missing part, a manifest that nobody known has signed."""

    def talk() -> None:
        bundle = ours(IMAGE, KEYS)
        upload(signed, bundle)
        s3, name = signed.boto3(), sorted(bundle.parts)[0]
        piece = bytearray(bundle.parts[name])
        piece[7] ^= 1
        s3.put_object(Bucket="first", Key=f"images/{name}", Body=bytes(piece))
        assert "InvalidManifest" in refusal(signed)
        s3.put_object(Bucket="first", Key=f"images/{name}", Body=bytes(piece[:-1]))
        assert "bytes, not" in refusal(signed, "describe=")
        s3.delete_object(Bucket="first", Key=f"images/{name}")
        assert "is missing" in refusal(signed, "describe=")
        signed.people.certificates.clear()
        assert "not by an active certificate" in refusal(signed, "describe=")
        stranger = ours(IMAGE, KEYS, account_id="2" * 12)
        s3.put_object(Bucket="first", Key=MANIFEST, Body=stranger.document)
        assert "InvalidManifest" in refusal(signed)

    blocking(talk)
    assert list((signed.root / "images").iterdir()) == []


def test_many_at_once_are_one_work(signed: Served) -> None:
    """Nodes that ask together wait for one preparation."""
    from concurrent.futures import ThreadPoolExecutor

    def talk() -> None:
        upload(signed, ours(IMAGE, KEYS))
        with ThreadPoolExecutor(6) as pool:
            assert all(body == IMAGE for _, body in pool.map(lambda _: fetch(signed), range(6)))

    blocking(talk)


def test_the_cache_is_bounded(signed: Served) -> None:
    """The least recently used image goes when the next needs its room."""
    import os

    signed.world.images.most = 1 << 20

    def talk() -> None:
        upload(signed, ours(os.urandom(600_000), KEYS, 250_000))
        fetch(signed)
        bundle = ours(os.urandom(600_001), KEYS, 250_000)
        s3 = signed.boto3()
        for name, piece in bundle.parts.items():
            s3.put_object(Bucket="first", Key=f"images/{name}", Body=piece)
        s3.put_object(Bucket="first", Key=MANIFEST, Body=bundle.document)
        assert len(fetch(signed)[1]) == 600_001

    blocking(talk)
    assert len(list((signed.root / "images").iterdir())) == 1


def test_how_far_an_image_is_can_be_seen(signed: Served) -> None:
    """Before and after; what is in between is told by the cache (drivers/test_image_files)."""

    def talk() -> None:
        upload(signed, ours(IMAGE, KEYS))
        states = []
        for _ in range(2):
            facts = json.loads(fetch(signed, "describe=")[1])
            states.append((facts["state"], facts["progress"]))
            fetch(signed)
        assert states == [("unprepared", 0), ("prepared", 100)]

    blocking(talk)


def test_deleted_parts_free_the_cache(signed: Served) -> None:
    """Nobody gets an image whose parts are gone, so it is kept no longer."""

    def talk() -> None:
        bundle = ours(IMAGE, KEYS)
        upload(signed, bundle)
        fetch(signed)
        assert len(list((signed.root / "images").iterdir())) == 1
        signed.boto3().delete_object(Bucket="first", Key=f"images/{sorted(bundle.parts)[0]}")
        assert "is missing" in refusal(signed)

    blocking(talk)
    assert list((signed.root / "images").iterdir()) == []


@pytest.mark.parametrize("many", [False, True])
def test_a_deleted_manifest_frees_the_cache(signed: Served, many: bool) -> None:
    """At once; other objects' deletion does not."""

    def talk() -> None:
        bundle = ours(IMAGE, KEYS)
        upload(signed, bundle)
        fetch(signed)
        s3 = signed.boto3()
        s3.delete_object(Bucket="first", Key=f"images/{sorted(bundle.parts)[0]}")
        assert len(list((signed.root / "images").iterdir())) == 1
        if many:
            s3.delete_objects(Bucket="first", Delete={"Objects": [{"Key": MANIFEST}]})
        else:
            s3.delete_object(Bucket="first", Key=MANIFEST)
        assert list((signed.root / "images").iterdir()) == []

    blocking(talk)


def test_an_image_larger_than_the_cache_is_refused(signed: Served) -> None:
    """With what to do about it; and one beside which another is made may come again."""
    signed.world.images.most = 1 << 20

    def talk() -> None:
        upload(signed, ours(bytes(1 << 20) + b"!", KEYS))
        assert "WALRUS_IMAGE_CACHE_GB" in refusal(signed)
        images = signed.world.images
        busy = images.begin("f" * 64, 1 << 20, "other")
        upload_again = ours(IMAGE, KEYS)
        for name, piece in upload_again.parts.items():
            signed.boto3().put_object(Bucket="first", Key=f"images/{name}", Body=piece)
        signed.boto3().put_object(Bucket="first", Key=MANIFEST, Body=upload_again.document)
        assert "ServiceUnavailable" in refusal(signed)
        busy.discard()
        assert fetch(signed)[1] == IMAGE

    blocking(talk)
