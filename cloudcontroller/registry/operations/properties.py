# SPDX-License-Identifier: BSD-2-Clause
"""Cloud properties: describe and modify."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cloudcontroller.registry.world import World
from eucalyptus import properties as declared
from eucalyptus.access.call import Call
from eucalyptus.contracts.properties import (
    DescribeProperties,
    DescribePropertiesResponse,
    ModifyPropertyValue,
    ModifyPropertyValueResponse,
    Property,
)
from eucalyptus.contracts.refusals import INVALID_PROPERTY, NO_SUCH_PROPERTY
from eucalyptus.database.properties import described, reset, store, stored
from eucalyptus.database.run import Tx

HIDDEN = "********"


def told(found: declared.Property[Any], text: str) -> Property:
    """A property as administrators see it."""
    return Property(
        name=found.name,
        value=HIDDEN if found.secret and text else text,
        description=found.says,
        default_value=found.default,
        read_only=found.read_only,
        structure=found.structure,
    )


async def describe_properties(
    world: World, call: Call, ask: DescribeProperties
) -> DescribePropertiesResponse:
    """All properties, or those named; a name also stands for everything under it."""
    texts = await world.database.read(stored)
    everything = described(texts)
    wanted = [asked.name for asked in ask.properties]
    for name in wanted:
        if not any(_under(found.name, name) for found, _ in everything):
            raise NO_SUCH_PROPERTY(name=name[:128])
    chosen = tuple(
        told(found, text)
        for found, text in everything
        if not wanted or any(_under(found.name, name) for name in wanted)
    )
    return DescribePropertiesResponse(properties=chosen)


def _under(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


async def modify_property_value(
    world: World, call: Call, ask: ModifyPropertyValue
) -> ModifyPropertyValueResponse:
    """Set or reset one property; every daemon hears of it."""
    found = declared.PROPERTIES.get(ask.name)
    if found is None:
        raise NO_SUCH_PROPERTY(name=ask.name[:128])
    if found.read_only:
        raise INVALID_PROPERTY(name=ask.name, reason="it cannot be changed. " + found.says)
    if ask.reset:
        text, kept = found.default, None
    elif ask.value is None:
        raise INVALID_PROPERTY(name=ask.name, reason="say a Value, or Reset.")
    else:
        text = kept = ask.value
        check(found, text, world.checks)
    if kept and found.secret:
        kept = world.seal(text.encode()).decode()
    old = await world.database.run(_change, found, kept, call.who.arn)
    now, before = told(found, text), told(found, old)
    return ModifyPropertyValueResponse(name=ask.name, value=now.value, old_value=before.value)


def check(
    found: declared.Property[Any], text: str, checks: Mapping[str, Callable[[str], object]]
) -> None:
    """Raise INVALID_PROPERTY unless the property and every house that uses it accept ``text``."""
    try:
        found.read(text)
        if found.name in checks and text:
            checks[found.name](text)
    except ValueError as wrong:
        raise INVALID_PROPERTY(name=found.name, reason=f"{wrong}.") from wrong


def _change(tx: Tx, found: declared.Property[Any], text: str | None, who: str) -> str:
    old = stored(tx).get(found.name, found.default)
    if text is None:
        reset(tx, found.name)
    else:
        store(tx, found.name, text, who)
    return old
