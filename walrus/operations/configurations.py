# SPDX-License-Identifier: BSD-2-Clause
"""Configurations of buckets that are a word each, or that this cloud has none of.

Clients that look at everything a bucket has get the answers of a bucket without it; setting what
would not be done is refused.
"""

from __future__ import annotations

from eucalyptus.contracts.s3 import MALFORMED_XML, NOT_IMPLEMENTED
from eucalyptus.contracts.s3_access import NO_REPLICATION, NO_WEBSITE, OWNER_PAYS, REQUESTER
from walrus.core import markup
from walrus.core.asking import Asked
from walrus.core.guarding import PAYER
from walrus.database import bucket_settings
from walrus.operations.world import XML, Answer, World

_PAYMENT = "RequestPaymentConfiguration"
_NOTIFICATION = "NotificationConfiguration"


async def get_bucket_request_payment(world: World, asked: Asked) -> Answer:
    """Who pays for requests."""
    payer = asked.the_bucket.settings.get(PAYER, OWNER_PAYS)
    return Answer(headers=XML, body=markup.root(_PAYMENT, (markup.element("Payer", payer),)))


async def put_bucket_request_payment(world: World, asked: Asked) -> Answer:
    """Decide who pays for requests."""
    found = markup.parts(markup.read(asked.body, _PAYMENT), {"Payer"})
    payer = markup.content(found["Payer"])
    if payer not in (OWNER_PAYS, REQUESTER):
        raise MALFORMED_XML(reason=f"the payer is {OWNER_PAYS} or {REQUESTER}")
    await world.tables.statement(bucket_settings.put, asked.the_bucket.name, PAYER, payer)
    return Answer()


async def get_bucket_website(world: World, asked: Asked) -> Answer:
    """There is none."""
    raise NO_WEBSITE(bucket=asked.the_bucket.name)


async def get_bucket_replication(world: World, asked: Asked) -> Answer:
    """There is none."""
    raise NO_REPLICATION(bucket=asked.the_bucket.name)


async def nothing_to_delete(world: World, asked: Asked) -> Answer:
    """What cannot be set is gone already."""
    return Answer(status=204)


async def get_bucket_notification(world: World, asked: Asked) -> Answer:
    """Nobody is told of anything."""
    return Answer(headers=XML, body=markup.root(_NOTIFICATION, ()))


async def put_bucket_notification(world: World, asked: Asked) -> Answer:
    """Only to tell nobody, as it is already."""
    if len(markup.read(asked.body, _NOTIFICATION)):
        raise NOT_IMPLEMENTED(what="Telling queues, topics or functions of events")
    return Answer()


async def get_bucket_accelerate(world: World, asked: Asked) -> Answer:
    """There is no other way to the bucket."""
    return Answer(headers=XML, body=markup.root("AccelerateConfiguration", ()))
