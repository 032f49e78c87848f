# SPDX-License-Identifier: BSD-2-Clause
"""CORS: the rules of a bucket, what browsers ask before, and what they are told with an answer."""

from __future__ import annotations

from dataclasses import replace

from eucalyptus.contracts.s3 import (
    CROSSING_FORBIDDEN,
    CROSSING_UNCLEAR,
    NO_SUCH_BUCKET,
    NO_SUCH_CORS,
)
from walrus.core import cors
from walrus.core.asking import Asked
from walrus.core.cors import Crossing, Rule
from walrus.database import bucket_settings, buckets
from walrus.operations.world import XML, Answer, World

KIND = "cors"


async def _rules(world: World, bucket: str) -> tuple[Rule, ...]:
    kept = await world.tables.read(bucket_settings.find, bucket, KIND)
    return cors.of_kept(kept) if kept else ()


async def get_bucket_cors(world: World, asked: Asked) -> Answer:
    """The bucket's rules."""
    rules = await _rules(world, asked.the_bucket.name)
    if not rules:
        raise NO_SUCH_CORS()
    return Answer(headers=XML, body=cors.document(rules))


async def put_bucket_cors(world: World, asked: Asked) -> Answer:
    """Replace the bucket's rules."""
    kept = cors.kept(cors.read(asked.body))
    await world.tables.statement(bucket_settings.put, asked.the_bucket.name, KIND, kept)
    return Answer()


async def delete_bucket_cors(world: World, asked: Asked) -> Answer:
    """Forget the bucket's rules."""
    await world.tables.statement(bucket_settings.remove, asked.the_bucket.name, KIND)
    return Answer(status=204)


async def preflight(world: World, asked: Asked) -> Answer:
    """Whether a script may send what it means to send; asked by its browser, who is nobody."""
    crossing = cors.crossing("", asked.headers)
    if crossing is None or not crossing.method:
        raise CROSSING_UNCLEAR()
    bucket = asked.target.bucket
    rules = await _rules(world, bucket)
    if not rules and await world.tables.read(buckets.find, bucket) is None:
        raise NO_SUCH_BUCKET(bucket=bucket)
    allowed = cors.allowed(rules, crossing)
    if allowed is None:
        raise CROSSING_FORBIDDEN()
    return Answer(headers=allowed)


async def crossed(world: World, bucket: str, crossing: Crossing, answer: Answer) -> Answer:
    """An answer with what lets the script that asked for it see it, if a rule allows that."""
    allowed = cors.allowed(await _rules(world, bucket), crossing)
    return replace(answer, headers={**(allowed or {}), **answer.headers})
