# SPDX-License-Identifier: BSD-2-Clause
"""The one gate: every request passes here before anything is done and before a body is taken.

What an action needs stands in its row of ``contracts.s3.ACTIONS``. The answer carries the bucket
and the object that were looked at, so that what is then done is done to these.
"""

from __future__ import annotations

from dataclasses import replace

from eucalyptus.contracts.s3 import ACCESS_DENIED, ACTIONS, NO_SUCH_BUCKET
from eucalyptus.contracts.s3_access import BUCKET, OBJECT, SERVICE
from walrus.core.asking import Asked
from walrus.core.keys import Target
from walrus.core.permitting import permit
from walrus.core.records import Bucket, Stored
from walrus.database import looking, objects
from walrus.operations import granting
from walrus.operations.world import World

_EXPECTED = "x-amz-expected-bucket-owner"
_SOURCE_EXPECTED = "x-amz-source-expected-bucket-owner"


async def authorise(world: World, asked: Asked) -> Asked:
    """The request with its bucket and object; raises ACCESS_DENIED or NO_SUCH_BUCKET.

    ``stored`` stays None when the object is not there and the caller may know that.
    """
    level, target = asked.action.needs.level, asked.target
    if level != SERVICE:
        bucket, stored = await _look(world, asked)
        asked = replace(asked, bucket=bucket, stored=stored)
    if level != SERVICE and asked.bucket is None:
        raise NO_SUCH_BUCKET(bucket=target.bucket)
    _check_expected(asked)
    permit(asked)
    if asked.action.makes_object:
        return replace(asked, access=await granting.new_object(world, asked))
    return asked


async def _look(world: World, asked: Asked) -> tuple[Bucket | None, Stored | None]:
    target = asked.target
    if asked.action.needs.level == BUCKET:
        statement, values = looking.BUCKET, looking.BUCKET.values(bucket=target.bucket)
    elif asked.version is None:
        named = {"bucket": target.bucket, "key": target.key}
        statement, values = looking.OBJECT, looking.OBJECT.values(**named)
    else:
        return await world.tables.read(objects.look, target.bucket, target.key, asked.version)
    return looking.looked(await world.tables.brief(statement.text, *values, repeatable=True))


async def authorise_reading(world: World, asked: Asked, source: Target, version: str) -> Asked:
    """A GET of another object by the same caller: the source of a copy. ``version`` may be ""."""
    query = {"versionId": version} if version else {}
    headers = {name: value for name, value in asked.headers.items() if name != _EXPECTED}
    if _SOURCE_EXPECTED in headers:
        headers[_EXPECTED] = headers[_SOURCE_EXPECTED]
    reading = replace(
        asked, action=ACTIONS[(OBJECT, "GET", "")], target=source, query=query, headers=headers
    )
    return await authorise(world, reading)


def _check_expected(asked: Asked) -> None:
    """Who says whose the bucket must be is not served from another's."""
    expected = asked.headers.get(_EXPECTED)
    if expected and asked.bucket and expected != asked.bucket.owner.account_id:
        raise ACCESS_DENIED(reason=f"The bucket does not belong to account {expected[:12]}.")
