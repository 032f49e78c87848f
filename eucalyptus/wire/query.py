# SPDX-License-Identifier: BSD-2-Clause
"""EC2 Query and IAM-style requests: flat parameters -> messages; answers and errors as XML.

The names follow one rule (upper camel case; a list of single leaves takes the leaf's name, another
list its wrapper's name without ``Set``; structures are dotted); the exceptions are declared on the
parts. What old clients send is taken too: lists count from any number and may have gaps, a bare
name is a list of one, a one-entry list may stand where a leaf belongs, a list of single leaves may
be spelled out with its wrapper's name, and a structure of one leaf may be said without the leaf's
name (``Description`` for ``Description.Value``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eucalyptus.contracts.declare import Operation, Part, parts
from eucalyptus.contracts.refusals import (
    INVALID_COMBINATION,
    INVALID_PARAMETER,
    MISSING_PARAMETER,
    UNKNOWN_PARAMETER,
    Refused,
)
from eucalyptus.wire.attribute_form import is_value, spell_out
from eucalyptus.wire.codec import Codec, default_of
from eucalyptus.wire.leaves import READERS, BadLeaf, is_writable, write_str
from eucalyptus.wire.parameters import (
    ENVELOPE_NAMES,
    MOST_PARAMETERS,
    Node,
    entries,
    sole,
    tree,
)
from eucalyptus.wire.query_names import query_name, single_leaf, upper, wrapper_name
from eucalyptus.wire.suggestions import explained

__all__ = [
    "ENVELOPE_NAMES",
    "MOST_PARAMETERS",
    "answer",
    "error",
    "query_name",
    "read",
    "take_flag",
]

_SHOWN = 80
_EXPLAINED = 5
"""Unknown parameters of which we say what may have been meant: looking for it takes a while."""


def read(codec: Codec, operation: Operation, parameters: Mapping[str, str]) -> Any:
    """The message that flat ``parameters`` say.

    Raises UNKNOWN_PARAMETER naming all of them (EC2 only: IAM-style services ignore them, as the
    original did), MISSING_PARAMETER, INVALID_PARAMETER, INVALID_COMBINATION, TOO_BIG.
    """
    top = tree(parameters)
    spell_out(operation.asks, top, codec.version)
    reading = _Reading(codec, operation)
    value = reading.message(operation.asks, top, "")
    # What is misspelled is often what is missing, so that is said first.
    reading.refuse_unread(top)
    reading.refuse_missing()
    return value


def take_flag(parameters: dict[str, str], name: str) -> bool:
    """Take a flag that is no part of the message; raises INVALID_PARAMETER for a word we doubt."""
    text = parameters.pop(name, "false")
    try:
        return bool(READERS[bool](text))
    except BadLeaf as bad:
        raise INVALID_PARAMETER(name=name, value=text[:_SHOWN], wanted=bad.wanted) from bad


def _is_needed(message: type, part: Part) -> bool:
    if part.repeated:
        return bool(part.set_type) and part.least > 0
    return part.required and default_of(message, part) is None


class _Reading:
    """Reads one request's tree; knows codec and operation for refusals."""

    def __init__(self, codec: Codec, operation: Operation) -> None:
        self._codec, self._operation = codec, operation
        self._missing: list[str] = []

    def refuse_unread(self, top: Node) -> None:
        """Raise UNKNOWN_PARAMETER when parameters are left over and the service is strict."""
        unknown = sorted(top.unread()) if self._codec.contract.style == "ec2" else []
        if not unknown:
            return
        shown = [name[:_SHOWN] for name in unknown[:20]]
        for n, name in enumerate(shown[:_EXPLAINED]):
            shown[n] = explained(name, self._operation.asks, self._codec.version)
        more = f" and {len(unknown) - 20} more" if len(unknown) > 20 else ""
        raise UNKNOWN_PARAMETER(action=self._operation.name, names=", ".join(shown) + more)

    def refuse_missing(self) -> None:
        """Raise MISSING_PARAMETER naming all that a message needed and did not get."""
        if self._missing:
            raise MISSING_PARAMETER(action=self._operation.name, name=", ".join(self._missing[:20]))

    def message(self, message: type, node: Node, path: str) -> Any:
        """A message from what lies below ``node``."""
        got: dict[str, Any] = {}
        for part in parts(message):
            if not part.known_in(self._codec.version):
                if part.required and not part.repeated:
                    got[part.attribute] = default_of(message, part)  # as in SOAP
                continue
            found = self._part(part, node, path)
            if found is not None and found != ():
                got[part.attribute] = found
            elif _is_needed(message, part):
                self._missing.append(path + query_name(part))
                got[part.attribute] = found
        self._check_choices(parts(message), got, path)
        return message(**got)

    def _check_choices(self, among: tuple[Part, ...], got: dict[str, Any], path: str) -> None:
        chosen: dict[str, Part] = {}
        for part in among:
            if part.choice and part.attribute in got:
                other = chosen.setdefault(part.choice, part)
                if other is not part:
                    names = f"{path}{query_name(other)} and {path}{query_name(part)}"
                    raise INVALID_COMBINATION(reason=f"Only one of {names} may be given.")

    def _part(self, part: Part, node: Node, path: str) -> Any:
        if isinstance(part.query, Mapping):
            return self._spread(part, part.query, node, path)
        name = query_name(part)
        if part.repeated:
            return self._list(part, name, node, path)
        below = node.below.get(name)
        if below is None:
            return None
        if part.is_message:
            return self._structure(part, below, path + name + ".")
        return self._leaf(part, sole(below), path + name)

    def _structure(self, part: Part, node: Node, path: str) -> Any:
        inner = parts(part.of)
        if node.value is not None and not inner:
            node.used = True  # an element whose presence is all it says
        is_bare = part.of.__message__.mixed or is_value(part.of)
        if node.value is not None and is_bare and not node.below:
            return part.of(**{inner[0].attribute: self._leaf(inner[0], node, path.rstrip("."))})
        return self.message(part.of, node, path)

    def _leaf(self, part: Part, node: Node, name: str) -> Any:
        if node.value is None:
            return None
        node.used = True
        try:
            if not is_writable(node.value):
                raise BadLeaf("text without control characters")
            return READERS[part.of](node.value)
        except BadLeaf as bad:
            raise INVALID_PARAMETER(
                name=name, value=node.value[:_SHOWN], wanted=bad.wanted
            ) from bad

    def _list(self, part: Part, name: str, node: Node, path: str) -> Any:
        single, wrapper = single_leaf(part), wrapper_name(part)
        made: list[Any] = []
        for index, entry in entries(node.below.get(name)):
            where = f"{path}{name}.{index}"
            if single is not None:
                made += self._single(part, single, entry, where)
            elif part.is_message:
                made.append(self._structure(part, entry, where + "."))
            else:
                made += [leaf for leaf in [self._leaf(part, entry, where)] if leaf is not None]
        if single is not None and part.set_type and wrapper != name:
            for index, entry in entries(node.below.get(wrapper)):
                inner = entry.below.get(upper(single.name))
                if inner is not None:
                    made += self._single(part, single, inner, f"{path}{wrapper}.{index}")
        return tuple(made)

    def _single(self, part: Part, single: Part, node: Node, where: str) -> list[Any]:
        """A list entry that is one leaf: none when it has no value of its own."""
        leaf = self._leaf(single, node, where)
        return [] if leaf is None else [part.of(**{single.attribute: leaf})]

    def _spread(self, part: Part, names: Mapping[str, str], node: Node, path: str) -> Any:
        made: list[Any] = []
        by_attribute = {p.attribute: p for p in parts(part.of)}
        for attribute, name in names.items():
            for index, entry in entries(node.below.get(name)):
                made += self._single(part, by_attribute[attribute], entry, f"{path}{name}.{index}")
        return tuple(made)


_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def answer(codec: Codec, operation: Operation, value: Any, request_id: str) -> bytes:
    """The answer's document, in the contract's style."""
    name = operation.name
    if codec.contract.style == "ec2":
        return codec.write(value, f"{name}Response", before=_DECLARATION)
    said = parts(operation.answers)
    result = f"<{name}Result>{codec.content(value)}</{name}Result>" if said else ""
    return (
        f'{_DECLARATION}<{name}Response xmlns="{codec.namespace}">{result}<ResponseMetadata>'
        f"<RequestId>{write_str(request_id)}</RequestId></ResponseMetadata></{name}Response>"
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
