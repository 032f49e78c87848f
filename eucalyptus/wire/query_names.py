# SPDX-License-Identifier: BSD-2-Clause
"""The names that parts of messages have in Query requests: one rule, and what parts declare."""

from __future__ import annotations

from eucalyptus.contracts.declare import Part, parts


def upper(name: str) -> str:
    """``imageId`` -> ``ImageId``."""
    return name[:1].upper() + name[1:]


def single_leaf(part: Part) -> Part | None:
    """The only leaf of a list's items, when they have just one and it is no structure."""
    inner = parts(part.of) if part.is_message else ()
    if len(inner) == 1 and not inner[0].is_message and not inner[0].repeated:
        return inner[0]
    return None


def wrapper_name(part: Part) -> str:
    """The name of a list of structures: its wrapper's, without ``Set``."""
    return upper(part.name.removesuffix("Set"))


def query_name(part: Part) -> str:
    """The name a part has in Query requests (of a list: without its index)."""
    if isinstance(part.query, str):
        return part.query
    if part.set_type:
        leaf = single_leaf(part)
        return upper(leaf.name) if leaf else wrapper_name(part)
    return upper(part.name)
