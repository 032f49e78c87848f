# SPDX-License-Identifier: BSD-2-Clause
"""Flat Query parameters as a tree of dotted names, bounded, each noting whether it was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from eucalyptus.contracts.refusals import TOO_BIG

MOST_PARAMETERS = 2000
MOST_LEVELS = 12
LONGEST_NAME = 256
LONGEST_VALUE = 1 << 18
"""Characters of one value; the longest honest ones are user data and policies."""

_INDEX_DIGITS = 7

ENVELOPE_NAMES = frozenset(
    {
        "Action", "Operation", "Version", "AWSAccessKeyId", "Signature", "SignatureMethod",
        "SignatureVersion", "Timestamp", "Expires", "SecurityToken", "X-Amz-Algorithm",
        "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders",
        "X-Amz-Signature", "X-Amz-Security-Token",
    }
)  # fmt: skip
"""Parameters about the request itself, not of the operation."""


@dataclass(slots=True)
class Node:
    """One level of dotted names: its own value, what lies below, and whether it was read."""

    name: str
    value: str | None = None
    below: dict[str, Node] = field(default_factory=dict)
    used: bool = False

    def unread(self) -> Iterator[str]:
        """The full names of the parameters at and below this level that nobody asked for."""
        if self.value is not None and not self.used:
            yield self.name
        for node in self.below.values():
            yield from node.unread()


def tree(parameters: Mapping[str, str]) -> Node:
    """The parameters of the operation itself; raises TOO_BIG."""
    if len(parameters) > MOST_PARAMETERS:
        raise TOO_BIG(limit=MOST_PARAMETERS, unit="parameters")
    root = Node("")
    for name, value in parameters.items():
        if name in ENVELOPE_NAMES:
            continue
        if len(name) > LONGEST_NAME:
            raise TOO_BIG(limit=LONGEST_NAME, unit="characters in a parameter's name")
        if len(value) > LONGEST_VALUE:
            raise TOO_BIG(limit=LONGEST_VALUE, unit="characters in a parameter")
        node, words = root, name.split(".")
        if len(words) > MOST_LEVELS:
            raise TOO_BIG(limit=MOST_LEVELS, unit="levels in a parameter's name")
        for word in words:
            node = node.below.setdefault(word, Node(name))
        node.name, node.value = name, value
    return root


def sole(node: Node) -> Node:
    """A leaf, or the only entry of a list sent where a leaf belongs (``InstanceId.1``)."""
    if node.value is None and len(node.below) == 1:
        (name, only), *_ = node.below.items()
        if _is_index(name):
            return only
    return node


def entries(node: Node | None) -> list[tuple[str, Node]]:
    """A list's entries in order, each with its index; a bare value is the first of them.

    Any index of up to seven digits will do, gaps too; IAM's ``.member.`` may stand before it.
    """
    if node is None:
        return []
    bare = [("1", node)] if node.value is not None else []
    numbered = [pair for pair in node.below.items() if _is_index(pair[0])]
    member = node.below.get("member")
    if member is not None:
        numbered += [pair for pair in member.below.items() if _is_index(pair[0])]
    return bare + sorted(numbered, key=lambda pair: int(pair[0]))


def _is_index(name: str) -> bool:
    plain = name.isascii() and name.isdigit() and len(name) <= _INDEX_DIGITS
    return plain and (name == "0" or name[0] != "0")
