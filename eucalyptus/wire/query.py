# SPDX-License-Identifier: BSD-2-Clause
"""EC2 Query and IAM-style requests: flat parameters -> messages; answers and errors as XML.

The names follow one rule (upper camel case; a list of single leaves takes the leaf's name, another
list its wrapper's name without ``Set``; structures are dotted); the exceptions are declared on the
parts. Lists count from any number, may have gaps, and a bare name is a list of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eucalyptus.contracts.declare import Operation, Part, parts
from eucalyptus.contracts.refusals import (
    INVALID_PARAMETER,
    MISSING_PARAMETER,
    TOO_BIG,
    UNKNOWN_PARAMETER,
    Refused,
)
from eucalyptus.wire.codec import Codec
from eucalyptus.wire.leaves import READERS, BadLeaf, write_str

MOST_PARAMETERS = 2000
MOST_LEVELS = 12
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
class _Node:
    """One level of dotted names: its own value, what lies below, and whether it was read."""

    name: str
    value: str | None = None
    below: dict[str, _Node] = field(default_factory=dict)
    used: bool = False

    def child(self, name: str) -> _Node | None:
        return self.below.get(name)

    def leaves(self) -> list[_Node]:
        found = [self] if self.value is not None else []
        for node in self.below.values():
            found += node.leaves()
        return found


def read(codec: Codec, operation: Operation, parameters: Mapping[str, str]) -> Any:
    """The message that flat ``parameters`` say.

    Raises UNKNOWN_PARAMETER naming all of them (EC2 only: IAM-style services ignore them, as the
    original did), MISSING_PARAMETER, INVALID_PARAMETER, TOO_BIG.
    """
    tree = _tree(parameters)
    value = _Reading(codec, operation.name).message(operation.asks, tree, "")
    if codec.contract.style == "ec2":
        unknown = sorted(leaf.name for leaf in tree.leaves() if not leaf.used)
        if unknown:
            raise UNKNOWN_PARAMETER(action=operation.name, names=", ".join(unknown)[:400])
    return value


def _tree(parameters: Mapping[str, str]) -> _Node:
    if len(parameters) > MOST_PARAMETERS:
        raise TOO_BIG(limit=MOST_PARAMETERS, unit="parameters")
    root = _Node("")
    for name, value in parameters.items():
        if name in ENVELOPE_NAMES:
            continue
        node, words = root, name.split(".")
        if len(words) > MOST_LEVELS:
            raise TOO_BIG(limit=MOST_LEVELS, unit="levels in a parameter's name")
        for word in words:
            node = node.below.setdefault(word, _Node(name))
        node.name, node.value = name, value
    return root


def upper(name: str) -> str:
    """``imageId`` -> ``ImageId``."""
    return name[:1].upper() + name[1:]


def _single_leaf(part: Part) -> Part | None:
    """The only leaf of a list's items, when they have just one and it is no structure."""
    if not part.is_message:
        return None
    inner = parts(part.of)
    return (
        inner[0] if len(inner) == 1 and not inner[0].is_message and not inner[0].repeated else None
    )


def query_name(part: Part) -> str:
    """The name a part has in Query requests (of a list: without its index)."""
    if isinstance(part.query, str):
        return part.query
    if part.set_type:
        leaf = _single_leaf(part)
        return upper(leaf.name) if leaf else upper(part.name.removesuffix("Set"))
    return upper(part.name)


class _Reading:
    """Reads one request's tree; knows codec and operation for refusals."""

    def __init__(self, codec: Codec, action: str) -> None:
        self._codec, self._action = codec, action

    def message(self, message: type, node: _Node, path: str) -> Any:
        got: dict[str, Any] = {}
        for part in parts(message):
            if not part.known_in(self._codec.version):
                continue
            found = self._part(part, node, path)
            if found is not None:
                got[part.attribute] = found
            elif part.required and not part.repeated:
                raise MISSING_PARAMETER(action=self._action, name=path + query_name(part))
        return message(**got)

    def _part(self, part: Part, node: _Node, path: str) -> Any:
        if isinstance(part.query, Mapping):
            return self._spread(part, part.query, node, path)
        name = query_name(part)
        if part.repeated:
            return self._list(part, name, node, path)
        below = node.child(name)
        if below is None:
            return None
        if part.is_message:
            return self._structure(part, below, path + name + ".")
        return self._leaf(part, _sole(below), path + name)

    def _structure(self, part: Part, node: _Node, path: str) -> Any:
        mixed = part.of.__message__.mixed
        if node.value is not None:
            node.used = True
            if mixed and not node.below:
                return part.of(**{parts(part.of)[0].attribute: node.value})
        return self.message(part.of, node, path)

    def _leaf(self, part: Part, node: _Node, name: str) -> Any:
        if node.value is None:
            return None
        node.used = True
        try:
            return READERS[part.of](node.value)
        except BadLeaf as bad:
            raise INVALID_PARAMETER(name=name, value=node.value[:80], wanted=bad.wanted) from bad

    def _list(self, part: Part, name: str, node: _Node, path: str) -> Any:
        structured, _, leaf_name = name.partition(".")
        below = node.child(structured)
        if below is None:
            return None
        single = None if leaf_name else _single_leaf(part)
        made: list[Any] = []
        for entry in _entries(below):
            where = f"{path}{structured}.{len(made) + 1}"
            if single is not None:
                value = self._leaf(single, entry, where)
                made.append(part.of(**{single.attribute: value}))
            elif part.is_message:
                made.append(self._structure(part, entry, where + "."))
            else:
                made.append(self._leaf(part, entry, where))
        return tuple(made)

    def _spread(self, part: Part, names: Mapping[str, str], node: _Node, path: str) -> Any:
        made: list[Any] = []
        by_attribute = {p.attribute: p for p in parts(part.of)}
        for attribute, name in names.items():
            below = node.child(name)
            for entry in _entries(below) if below else ():
                value = self._leaf(by_attribute[attribute], entry, path + name)
                made.append(part.of(**{attribute: value}))
        return tuple(made) if made else None


def _sole(node: _Node) -> _Node:
    """A leaf, or the only entry of a list sent where a leaf belongs (``InstanceId.1``)."""
    if node.value is None and len(node.below) == 1:
        (name, only), *_ = node.below.items()
        if name.isdigit():
            return only
    return node


def _entries(node: _Node) -> list[_Node]:
    member = node.child("member")
    if member is not None:
        node = member
    numbered = [
        (int(name), below)
        for name, below in node.below.items()
        if name.isascii() and name.isdigit() and len(name) <= _INDEX_DIGITS
    ]
    entries = [below for _, below in sorted(numbered, key=lambda pair: pair[0])]
    return [node, *entries] if node.value is not None else entries


_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def answer(codec: Codec, operation: Operation, value: Any, request_id: str) -> bytes:
    """The answer's document, in the contract's style."""
    name = operation.name
    if codec.contract.style == "ec2":
        return _DECLARATION.encode() + codec.write(value, f"{name}Response")
    return (
        f'{_DECLARATION}<{name}Response xmlns="{codec.namespace}"><{name}Result>'
        f"{codec.content(value)}</{name}Result><ResponseMetadata><RequestId>"
        f"{write_str(request_id)}</RequestId></ResponseMetadata></{name}Response>"
    ).encode()


def error(style: str, namespace: str, refused: Refused, request_id: str) -> bytes:
    """The error's document, in the contract's style (EC2's has no namespace)."""
    code, text = write_str(refused.refusal.code), write_str(refused.message)
    if style == "ec2":
        return (
            f"{_DECLARATION}<Response><Errors><Error><Code>{code}</Code><Message>{text}</Message>"
            f"</Error></Errors><RequestID>{write_str(request_id)}</RequestID></Response>"
        ).encode()
    side = "Receiver" if refused.refusal.is_ours else "Sender"
    return (
        f'{_DECLARATION}<ErrorResponse xmlns="{namespace}"><Error><Type>{side}</Type>'
        f"<Code>{code}</Code><Message>{text}</Message></Error>"
        f"<RequestId>{write_str(request_id)}</RequestId></ErrorResponse>"
    ).encode()
