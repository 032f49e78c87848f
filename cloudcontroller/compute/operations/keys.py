# SPDX-License-Identifier: BSD-2-Clause
"""Key pairs: create, import, describe, delete."""

from __future__ import annotations

from twisted.logger import Logger

from cloudcontroller.compute.core import filters
from cloudcontroller.compute.core.filter_tables import KEY_FILTERS
from cloudcontroller.compute.core.keys import KeyPair, created, imported, key_name
from cloudcontroller.compute.database import keys
from cloudcontroller.compute.world import World
from eucalyptus.access.call import Call
from eucalyptus.contracts.ec2 import keys as ec2
from eucalyptus.contracts.refusals import DUPLICATE_KEY, NO_SUCH_KEY

_log = Logger()


async def create_key_pair(
    world: World, call: Call, ask: ec2.CreateKeyPair
) -> ec2.CreateKeyPairResponse:
    """Make a key pair; only the caller gets the private key."""
    name = key_name(ask.key_name)
    account = call.who.account_id
    # Making a key is dear: a name that is taken is refused before.
    if await world.database.read(keys.named, account, name) is not None:
        raise DUPLICATE_KEY(name=name)

    made = created(await world.chance.key(), name)

    pair = KeyPair(
        account_id=account, name=name, fingerprint=made.fingerprint, public_key=made.public_key
    )
    await world.database.run(keys.add, pair)

    _log.info("{request}: {account} made key {name}", request=call.request_id, account=account,
              name=name)  # fmt: skip
    return ec2.CreateKeyPairResponse(
        key_name=name, key_fingerprint=made.fingerprint, key_material=made.material
    )


async def import_key_pair(
    world: World, call: Call, ask: ec2.ImportKeyPair
) -> ec2.ImportKeyPairResponse:
    """Take the public key of a pair the caller has."""
    pair = imported(call.who.account_id, key_name(ask.key_name), ask.public_key_material)

    await world.database.run(keys.add, pair)

    return ec2.ImportKeyPairResponse(key_name=pair.name, key_fingerprint=pair.fingerprint)


async def describe_key_pairs(
    world: World, call: Call, ask: ec2.DescribeKeyPairs
) -> ec2.DescribeKeyPairsResponse:
    """Describe the caller's key pairs, or those named."""
    wanted = list(dict.fromkeys(k.key_name for k in ask.key if k.key_name != "verbose"))

    found = {k.name: k for k in await world.database.read(keys.of_account, call.who.account_id)}

    for name in wanted:
        if name not in found:
            raise NO_SUCH_KEY(name=name)
    chosen = [found[name] for name in wanted] if wanted else list(found.values())
    kept = filters.select(chosen, ask.filter, KEY_FILTERS)
    items = (
        ec2.DescribeKeyPairsResponseItem(key_name=k.name, key_fingerprint=k.fingerprint)
        for k in kept
    )
    return ec2.DescribeKeyPairsResponse(key=tuple(items))


async def delete_key_pair(
    world: World, call: Call, ask: ec2.DeleteKeyPair
) -> ec2.DeleteKeyPairResponse:
    """Forget a key pair; instances that were given it keep it."""
    await world.database.run(keys.remove, call.who.account_id, key_name(ask.key_name))
    return ec2.DeleteKeyPairResponse(succeeded=True)
