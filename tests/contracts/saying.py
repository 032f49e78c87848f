# SPDX-License-Identifier: BSD-2-Clause
"""Messages of ours that say all they can, and as little as they can."""

from __future__ import annotations

from dataclasses import MISSING
from typing import Any

from eucalyptus.contracts.declare import Part, parts
from eucalyptus.contracts.dialects import soap_parts
from tests.contracts.amazon import LEAVES


def leaf(of: Any) -> Any:
    """A value of a leaf, as in ``LEAVES``."""
    return next(one for one in LEAVES.values() if type(one) is getattr(of, "__origin__", of))


def filled(message: Any, version: str, pick: int) -> Any:
    """A message with every part there ever was; of ``version``'s choices, alternative ``pick``."""
    choices: dict[str, list[Part]] = {}
    for part in soap_parts(message, version):
        if part.choice:
            choices.setdefault(part.choice, []).append(part)
    chosen = {own[pick % len(own)].attribute for own in choices.values()}
    left_out = {part.attribute for own in choices.values() for part in own} - chosen
    return message(
        **{
            part.attribute: _full(part, version, pick)
            for part in parts(message)
            if part.attribute not in left_out
        }
    )


def _full(part: Part, version: str, pick: int) -> Any:
    one = filled(part.of, version, pick) if part.is_message else leaf(part.of)
    return (one, one) if part.repeated else one


def least(message: Any, version: str) -> Any:
    """A message with what it cannot be made without, and empty lists where they may be.

    Of a choice that is the first alternative that ``version`` knows.
    """
    chosen: dict[str, str] = {}
    for part in soap_parts(message, version):
        if part.choice:
            chosen.setdefault(part.choice, part.attribute)
    made = {}
    for part in parts(message):
        needed = message.__dataclass_fields__[part.attribute].default is MISSING
        if needed or part.least or part.attribute in chosen.values():
            one = least(part.of, version) if part.is_message else leaf(part.of)
            made[part.attribute] = (one,) * part.least if part.repeated else one
    return message(**made)
