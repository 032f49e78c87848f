# SPDX-License-Identifier: BSD-2-Clause
"""The names that parts of messages have in Query requests: one rule, and what parts declare."""

from __future__ import annotations

from eucalyptus.contracts.declare import Part, parts

ATTRIBUTE = "attribute"
"""What messages call the choice that the parameter ``Attribute`` makes."""


def upper(name: str) -> str:
    """``imageId`` -> ``ImageId``."""
    return name[:1].upper() + name[1:]


def _spelled_out(part: Part) -> bool:
    """Whether a list of single leaves names each leaf: ``IpRanges.n.CidrIp``."""
    return isinstance(part.query, str) and "." in part.query


def single_leaf(part: Part) -> Part | None:
    """The only leaf of a list's items, when they go by it: just one, and no structure."""
    inner = parts(part.of) if part.is_message and not _spelled_out(part) else ()
    if len(inner) == 1 and not inner[0].is_message and not inner[0].repeated:
        return inner[0]
    return None


def wrapper_name(part: Part) -> str:
    """The name of a list of structures: its wrapper's, without ``Set``."""
    return upper(part.name.removesuffix("Set"))


def is_named(part: Part) -> bool:
    """Whether a part is an empty element that Query chooses by ``Attribute=`` and its name."""
    return part.choice == ATTRIBUTE and part.is_message and not parts(part.of)


def query_name(part: Part) -> str:
    """The name a part has in Query requests (of a list: without its index)."""
    if isinstance(part.query, str):
        return part.query.partition(".")[0]
    if part.set_type:
        leaf = single_leaf(part)
        return upper(leaf.name) if leaf else wrapper_name(part)
    return upper(part.name)
