# SPDX-License-Identifier: BSD-2-Clause
"""A browser's form at the door: read as far as its file, who signed it, what it may do."""

from __future__ import annotations

from dataclasses import replace

from eucalyptus.contracts.s3 import INVALID_REQUEST, MALFORMED_POST, MISSING_LENGTH, TOO_LARGE
from walrus.core import content, forms, posting
from walrus.core.asking import Asked
from walrus.core.content import LARGEST
from walrus.core.forms import FilePart, Head
from walrus.core.keys import Target
from walrus.core.posting import Policy
from walrus.operations.authorising import authorise
from walrus.operations.objects import admit_put
from walrus.operations.posting import Posted, ReceivingFile
from walrus.web.exchange import Door, Exchange
from walrus.web.letting_in import let_in_form

_ANYTHING = Policy(ends=float("inf"), conditions=(), least=0, most=LARGEST)
"""What an anonymous form may post, as far as the bucket takes it at all."""


async def admit_form(door: Door, exchange: Exchange, asked: Asked) -> tuple[Asked, ReceivingFile]:
    """The PUT that a form means, and what takes its file; raises Refused."""
    between = _delimiter(exchange, asked)
    head: Head | None = await exchange.incoming.peek(lambda data: forms.head(data, between))
    if head is None:
        raise MALFORMED_POST(reason="it ends before its file")
    key = posting.key(head.fields, head.filename)
    policy = _ANYTHING
    caller = await let_in_form(head.fields, door.principals, door.now().timestamp())
    if caller.who is not None:
        policy = posting.read(head.fields["policy"], LARGEST)
        said = {**head.fields, "bucket": asked.target.bucket, "key": key}
        policy.check(said, door.now().timestamp())
    asked = replace(
        asked, who=caller.who, headers=posting.headers(head.fields),
        arrival=caller.arrived(exchange.arrival),
        target=Target(bucket=asked.target.bucket, key=key),
    )  # fmt: skip
    asked = await authorise(door.world, asked)
    vessel = await admit_put(door.world, asked)
    posted = Posted(
        part=FilePart(between, head.begins), policy=policy, fields=head.fields,
        encryption=vessel.encryption,
    )  # fmt: skip
    promised = content.of_form(asked.headers)
    return asked, ReceivingFile(promised, vessel.store, door.world.new_blob(), posted)


def _delimiter(exchange: Exchange, asked: Asked) -> bytes:
    """What parts the form's fields, if it is one that can be taken."""
    if asked.who is not None:
        raise INVALID_REQUEST(reason="a form is signed by its policy, not by a header or an URL")
    between = forms.delimiter(asked.headers.get("content-type", ""))
    if exchange.length is None:
        raise MISSING_LENGTH()
    if exchange.length > LARGEST + 2 * forms.LONGEST_HEAD:
        raise TOO_LARGE(limit=LARGEST)
    return between
