# SPDX-License-Identifier: BSD-2-Clause
"""Where content goes and comes from: the store itself, or its encrypted face for one object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from twisted.logger import Logger

from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import INTERNAL, INVALID_REQUEST, KEY_LOST, NO_SUCH_DEFAULT
from walrus.core import encryption
from walrus.core.asking import Asked
from walrus.core.encryption import KEY, Customer, MasterKey
from walrus.core.records import Encryption
from walrus.database import buckets
from walrus.drivers.keyring import BadKeyring
from walrus.drivers.stores.encrypted import EncryptedStore
from walrus.drivers.stores.store import Store
from walrus.operations.world import XML, Answer, Depot, World

_log = Logger()
_NONCE = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Vessel:
    """What takes a request's content: a store, how it encrypts (None: not), and the checksum that
    is wanted of the content beside the sender's, "" for none."""

    store: Store
    encryption: Encryption | None = None
    also: str = ""


def vessel(world: Depot, asked: Asked) -> Vessel:
    """For the content of a new object, as the request or its bucket wants it; raises Refused."""
    made = wanted(world, asked)
    return Vessel(store=_face(world, made, asked.headers), encryption=made)


def wanted(world: Depot, asked: Asked) -> Encryption | None:
    """A new key for the object that a request makes, None if it is not to be encrypted."""
    how = encryption.wanted(asked.headers, asked.the_bucket.encryption)
    if not how:
        return None
    wrapping = how if isinstance(how, Customer) else _master(world)
    random = world.keyring.random
    return encryption.made(random(KEY), wrapping, random(_NONCE))


def of_upload(world: World, begun: Encryption | None, headers: Mapping[str, str]) -> Vessel:
    """For a part of an upload that was begun with this encryption; raises Refused."""
    said = {name: value for name, value in headers.items() if name != encryption.SSE}
    return Vessel(store=_face(world, begun, said), encryption=begun)


def face(world: Depot, found: Encryption | None, headers: Mapping[str, str]) -> Store:
    """The store as a reader with these headers may see an object's blobs.

    Raises INVALID_REQUEST for the wrong customer's key, KEY_LOST without the master key.
    """
    brought = encryption.reader(headers, found)
    if found is None:
        return world.store
    wrapping = brought or _find_master(world, found.by)
    secret = encryption.opened(found, wrapping)
    if secret is None:
        if brought is None:
            _log.error("master key {id} is not what it was", id=found.by)
            raise KEY_LOST()
        raise INVALID_REQUEST(reason="The object is encrypted by another key than the one sent.")
    return EncryptedStore(world.store, secret)


def _face(world: Depot, made: Encryption | None, headers: Mapping[str, str]) -> Store:
    """The same for a writer, whose request may name the algorithm."""
    said = {name: value for name, value in headers.items() if name != encryption.SSE}
    return face(world, made, said)


def _master(world: Depot) -> MasterKey:
    try:
        return world.keyring.newest()
    except BadKeyring as bad:
        raise _unusable(bad) from bad


def _find_master(world: Depot, key_id: str) -> MasterKey:
    try:
        found = world.keyring.find(key_id)
    except BadKeyring as bad:
        raise _unusable(bad) from bad
    if found is None:
        _log.error("master key {id} is lost", id=key_id)
        raise KEY_LOST()
    return found


def _unusable(bad: BadKeyring) -> Refused:
    _log.error("the master keys cannot be used: {why}", why=str(bad))
    return INTERNAL()


# --- a bucket's default --------------------------------------------------------------------------


async def get_bucket_encryption(world: World, asked: Asked) -> Answer:
    """The bucket's default."""
    if not asked.the_bucket.encryption:
        raise NO_SUCH_DEFAULT()
    return Answer(headers=XML, body=encryption.default_document(asked.the_bucket.encryption))


async def put_bucket_encryption(world: World, asked: Asked) -> Answer:
    """Set the bucket's default for new objects."""
    wanted = encryption.read_default(asked.body)
    await world.tables.run(buckets.change, asked.the_bucket.name, {"encryption": wanted})
    return Answer()


async def delete_bucket_encryption(world: World, asked: Asked) -> Answer:
    """Encrypt new objects only when it is asked for."""
    await world.tables.run(buckets.change, asked.the_bucket.name, {"encryption": ""})
    return Answer(status=204)
