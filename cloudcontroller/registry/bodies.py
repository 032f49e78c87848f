# SPDX-License-Identifier: BSD-2-Clause
"""Which function does which operation of the properties contract."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from cloudcontroller.registry.operations import properties
from cloudcontroller.registry.world import World

Body = Callable[..., Awaitable[Any]]

BODIES: Mapping[str, Body] = {
    "DescribeProperties": properties.describe_properties,
    "ModifyPropertyValue": properties.modify_property_value,
}


def bodies(world: World) -> Mapping[str, Body]:
    """Operation name -> callable(call, ask)."""
    return {name: partial(body, world) for name, body in BODIES.items()}
