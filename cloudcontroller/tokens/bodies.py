# SPDX-License-Identifier: BSD-2-Clause
"""Which function does which operation of the tokens contract."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from cloudcontroller.tokens.operations import messages
from cloudcontroller.tokens.world import World

Body = Callable[..., Awaitable[Any]]

BODIES: Mapping[str, Body] = {
    "DecodeAuthorizationMessage": messages.decode_authorization_message,
}


def bodies(world: World) -> Mapping[str, Body]:
    """Operation name -> callable(call, ask)."""
    return {name: partial(body, world) for name, body in BODIES.items()}
