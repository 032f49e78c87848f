# SPDX-License-Identifier: BSD-2-Clause
"""Images for nodes: a bundle's manifest is checked, its parts are opened, the image is served.

Only the cloud itself asks, with its own access key. A bundle that is not what its manifest says
is refused before a byte of the image is sent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from eucalyptus.bundles import text
from eucalyptus.bundles.manifest import LONGEST, BadManifest, Manifest, Part
from eucalyptus.bundles.opening import unseal, unwrap
from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import INVALID_MANIFEST, UNAVAILABLE
from eucalyptus.wire.certificates import loaded
from walrus.core.asking import Asked
from walrus.core.conditions import Slice, asked_range, etag_among
from walrus.core.pieces import cut, size_of
from walrus.core.records import Bucket, Piece, Stored
from walrus.database import objects
from walrus.drivers.images import ImageReading, NoRoom, Prepared
from walrus.drivers.stores.store import Damaged, NoBlob, Store, StoreFailed
from walrus.operations.encrypting import face
from walrus.operations.reading import Begun, Pieces, begin, pieces_of
from walrus.operations.receiving import refusal_of
from walrus.operations.world import Answer, Cloud, World

_log = Logger()
Content = tuple[Store, Sequence[Piece]]
"""The pieces of an object, and the store as one may read them from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A manifest that was found good, with its parts' objects in order.

    ``digest`` is the SHA-256 of the manifest's document in hex.
    """

    manifest: Manifest
    digest: str
    parts: tuple[Stored, ...]


async def get_image(world: World, asked: Asked) -> Answer:
    """The image of a manifest, whole or in part; with ``?describe`` only facts about it, which
    whoever may read the manifest may hear."""
    found = await find(world, asked)
    if "describe" in asked.query:
        progress = await world.in_thread(world.images.progress, found.digest)
        facts = json.dumps({**describe(found), **_state(progress)}).encode()
        return Answer(headers={"content-type": "application/json"}, body=facts)
    if etag_among(asked.headers.get("if-none-match", ""), found.digest):
        return Answer(status=304, headers={"etag": f'"{found.digest}"'})
    prepared = await _prepared(world, found)
    return await _answer(world, asked, prepared, found.digest)


def describe(found: Found) -> Mapping[str, object]:
    """What registration wants to know of an image."""
    manifest = found.manifest
    return {
        "type": manifest.kind,
        "name": manifest.name,
        "size": manifest.size,
        "architecture": manifest.architecture,
        "kernel": manifest.kernel_id or None,
        "ramdisk": manifest.ramdisk_id or None,
        "owner": manifest.account_id,
        "digest": found.digest,
        "bundled_size": manifest.bundled_size,
        "parts": len(manifest.parts),
        "block_device_mapping": dict(manifest.mappings),
    }


def _state(progress: int | None) -> Mapping[str, object]:
    """How far the cloud is with an image: nodes wait for it to be prepared once."""
    if progress is None:
        return {"state": "unprepared", "progress": 0}
    return {"state": "prepared" if progress == 100 else "preparing", "progress": progress}


async def _answer(world: World, asked: Asked, prepared: Prepared, digest: str) -> Answer:
    part = asked_range(asked.headers, digest, prepared.size)
    whole = part or Slice(0, prepared.size)
    headers = {
        "etag": f'"{digest}"',
        "content-type": "application/octet-stream",
        "accept-ranges": "bytes",
        "content-length": str(whole.length),
        "x-amz-meta-image-sha256": prepared.sha256,
    }
    if part:
        headers["content-range"] = f"bytes {part.first}-{part.end - 1}/{prepared.size}"
    opened = await begin(
        world,
        lambda: ImageReading(prepared, whole.first, whole.end),
        Begun(whole.length, f"image {digest}"),
    )
    return Answer(status=206 if part else 200, headers=headers, opened=opened)


# --- the manifest --------------------------------------------------------------------------------


async def find(world: World, asked: Asked) -> Found:
    """Read and check a manifest and find its parts; raises INVALID_MANIFEST saying what is off."""
    target, bucket, stored = asked.target, asked.the_bucket, asked.the_object
    document = await _document(world, stored)
    digest = hashlib.sha256(document).hexdigest()
    try:
        manifest = text.read(document, await _signers(world, bucket))
        if manifest.account_id != bucket.owner.account_id:
            raise BadManifest(f"its user {manifest.account_id} does not own the bucket")
        parts = await _parts(world, target.bucket, target.key, manifest)
    except BadManifest as wrong:
        _log.warn("{id} {key}: {wrong}", id=asked.request_id, key=target.key, wrong=str(wrong))
        # An image whose parts were deleted is given to nobody, so it need not be kept.
        await world.in_thread(world.images.drop, digest)
        raise INVALID_MANIFEST(reason=str(wrong)) from wrong
    return Found(manifest=manifest, digest=digest, parts=parts)


async def _document(world: World, stored: Stored) -> bytes:
    if stored.size > LONGEST:
        raise INVALID_MANIFEST(reason=f"it is longer than {LONGEST} bytes")
    content = await _content(world, stored)
    try:
        document: bytes = await world.in_thread(lambda: b"".join(_plain(content, "it")))
    except BadManifest as wrong:
        # Asking again helps as little as with a wrong manifest, and nodes need not try.
        raise INVALID_MANIFEST(reason=str(wrong)) from wrong
    except StoreFailed as failure:
        raise refusal_of(failure) from failure
    return document


async def _signers(world: World, bucket: Bucket) -> list[RSAPublicKey]:
    """The keys by which a manifest in the bucket may be signed: the owner's and the cloud's."""
    certificates = await world.signers.certificates_of(bucket.owner.account_id)
    cloud: Cloud = await world.in_thread(world.cloud)
    pems = [certificate.pem for certificate in certificates]
    return [loaded(pem).key for pem in (*pems, cloud.certificate)]


async def _parts(world: World, bucket: str, key: str, manifest: Manifest) -> tuple[Stored, ...]:
    folder = key[: key.rfind("/") + 1]
    names = [folder + part.filename for part in manifest.parts]
    there = await world.tables.read(objects.find_all, bucket, names)
    for name in names:
        if name not in there:
            raise BadManifest(f"part {name} is missing")
    parts = tuple(there[name] for name in names)
    total = sum(part.size for part in parts)
    if total != manifest.bundled_size:
        raise BadManifest(f"the parts have {total} bytes, not {manifest.bundled_size}")
    return parts


# --- the image -----------------------------------------------------------------------------------


async def _prepared(world: World, found: Found) -> Prepared:
    """The image from the cache, or made now; who asks meanwhile waits for the same work."""
    while True:
        prepared: Prepared | None = await world.in_thread(world.images.open, found.digest)
        if prepared is not None:
            return prepared
        working = world.under_way.get(found.digest)
        if working is None:
            return await _prepare(world, found)
        waiting: Deferred[None] = Deferred()
        working.append(waiting)
        await waiting


async def _prepare(world: World, found: Found) -> Prepared:
    world.under_way[found.digest] = []
    try:
        _log.info(
            "preparing image {digest} of {name}: {size} bytes",
            digest=found.digest, name=found.manifest.name, size=found.manifest.size,
        )  # fmt: skip
        contents = [await _content(world, part) for part in found.parts]
        made: Prepared = await world.in_thread(_open_bundle, world, found, contents)
        return made
    except BadManifest as wrong:
        _log.warn("image {digest} is refused: {wrong}", digest=found.digest, wrong=str(wrong))
        raise INVALID_MANIFEST(reason=str(wrong)) from wrong
    except NoBlob as gone:
        raise INVALID_MANIFEST(reason="a part was replaced meanwhile") from gone
    except NoRoom as full:
        raise _no_room(found, full) from full
    except StoreFailed as failure:
        raise refusal_of(failure) from failure
    finally:
        for waiting in world.under_way.pop(found.digest):
            waiting.callback(None)


def _no_room(found: Found, full: NoRoom) -> Refused:
    if full.later:
        return UNAVAILABLE(reason="Other images are being prepared; try again.")
    return INVALID_MANIFEST(
        reason=f"its image has {found.manifest.size} bytes, and the cloud prepares images of up to "
        f"{full.most} (WALRUS_IMAGE_CACHE_GB)"
    )


def _open_bundle(world: World, found: Found, contents: Sequence[Content]) -> Prepared:
    """Blocking: decrypt and unpack into the cache, checking everything on the way."""
    secret = unwrap(found.manifest, world.cloud().key)
    pieces = dict(zip(found.manifest.parts, contents, strict=True))

    def read(part: Part) -> Iterator[bytes]:
        return _plain(pieces[part], f"part {part.filename}")

    sha256, quarters = hashlib.sha256(), Quarters(found.manifest.size)
    writing = world.images.begin(found.digest, found.manifest.size, world.new_blob())

    def take(piece: bytes) -> None:
        sha256.update(piece)
        writing.write(piece)
        percent = quarters.passed(len(piece))
        if percent:
            _log.info("image {digest}: {percent} % prepared", digest=found.digest, percent=percent)

    try:
        unseal(found.manifest, secret, read, take)
        return writing.keep(found.digest, sha256.hexdigest())
    except BaseException:
        writing.discard()
        raise


class Quarters:
    """Tells when another quarter of so many bytes has passed."""

    def __init__(self, size: int) -> None:
        self._size, self._passed, self._told = size, 0, 0

    def passed(self, more: int) -> int:
        """The percentage of the last quarter that is through now, 0 when none was added."""
        self._passed += more
        now = self._passed * 4 // self._size
        before, self._told = self._told, now
        return now * 25 if now > before else 0


async def _content(world: World, stored: Stored) -> Content:
    """Where an object's bytes are, as the cloud itself may read them."""
    return face(world, stored.encryption, {}), await pieces_of(world, stored)


def _plain(content: Content, name: str) -> Iterator[bytes]:
    """The bytes of an object; raises BadManifest, calling it ``name``, when they cannot be had."""
    store, pieces = content
    try:
        source = Pieces(store, tuple(cut(pieces, Slice(0, size_of(pieces)))))
        try:
            while piece := source.read():
                yield piece
        finally:
            source.close()
    except (NoBlob, Damaged) as gone:
        raise BadManifest(f"{name} was replaced meanwhile, or is damaged") from gone
