# SPDX-License-Identifier: BSD-2-Clause
"""``Attribute=``: how Query requests choose one of a message's attributes, rewritten in place.

SOAP chooses by an element (``<launchPermission/>``), Query by ``Attribute=launchPermission``.
Before structures could be dotted a change was said beside it, and old clients still say it so:
``Attribute=description&Value=…`` is ``Description.Value=…``, and
``Attribute=launchPermission&OperationType=add&UserId.1=…&UserGroup.1=all`` is
``LaunchPermission.Add.1.UserId=…&LaunchPermission.Add.2.Group=all``.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from eucalyptus.contracts.declare import Part, parts
from eucalyptus.contracts.refusals import INVALID_COMBINATION, INVALID_PARAMETER, MISSING_PARAMETER
from eucalyptus.wire.parameters import Node, entries
from eucalyptus.wire.query_names import ATTRIBUTE, query_name, upper

_OPERATIONS = {"add": "Add", "remove": "Remove"}


def is_value(message: type) -> bool:
    """Whether a structure only wraps one leaf, as ``value``; clients also send that by itself."""
    inner = parts(message)
    return len(inner) == 1 and not inner[0].is_message and not inner[0].repeated


def _is_chosen(part: Part) -> bool:
    """Whether ``Attribute`` may name a part: one of a choice, or one that adds and removes."""
    inner = parts(part.of) if part.is_message else ()
    return part.choice == ATTRIBUTE or {p.name for p in inner} == _OPERATIONS.keys()


def spell_out(message: type, top: Node, version: str) -> None:
    """Make the part that ``Attribute`` names as if it had been said in full; raises Refused.

    Nodes are shared and not copied, so that what nobody reads is still known by its own name.
    """
    named = top.below.get("Attribute")
    if named is None or named.value is None:
        return
    known = (part for part in parts(message) if part.known_in(version))
    choices = {part.name: part for part in known if _is_chosen(part)}
    if not choices:
        return
    part = choices.get(named.value)
    if part is None:
        wanted = "one of " + ", ".join(choices)
        raise INVALID_PARAMETER(name="Attribute", value=named.value[:80], wanted=wanted)
    named.used = True
    if part.is_message and not part.repeated:
        _fill(message.__name__, part, top, named)
    elif "OperationType" in top.below and _operation(top) != "Add":
        raise INVALID_PARAMETER(
            name="OperationType", value="remove", wanted=f"add: nothing is taken from {part.name}"
        )


def _fill(action: str, part: Part, top: Node, named: Node) -> None:
    name, inner = query_name(part), parts(part.of)
    if not inner:
        top.below.setdefault(name, Node(named.name, value=""))
    elif is_value(part.of):
        if name not in top.below and "Value" in top.below:
            top.below[name] = top.below["Value"]
    elif {p.name for p in inner} == _OPERATIONS.keys():
        _fill_lists(action, part, top)


def _operation(top: Node) -> str:
    said = top.below["OperationType"]
    wanted = _OPERATIONS.get((said.value or "").lower())
    if wanted is None:
        raise INVALID_PARAMETER(
            name="OperationType", value=(said.value or "")[:80], wanted="add or remove"
        )
    said.used = True
    return wanted


def _fill_lists(action: str, part: Part, top: Node) -> None:
    """The flat lists beside ``OperationType`` as entries of its list."""
    listed = next(p for p in parts(part.of) if p.name in _OPERATIONS)
    found = list(_flat(listed, top))
    if "OperationType" not in top.below:
        if found:
            raise MISSING_PARAMETER(action=action, name="OperationType (add or remove)")
        return
    operation, name = _operation(top), query_name(part)
    below = top.below.setdefault(name, Node(name)).below
    for other in _OPERATIONS.values():
        if other != operation and other in below:
            reason = f"OperationType says {operation}, yet {name}.{other} is given."
            raise INVALID_COMBINATION(reason=reason)
    listed_below = below.setdefault(operation, Node("")).below
    free = (str(n) for n in itertools.count(1) if str(n) not in listed_below)
    for leaf, node in found:
        listed_below[next(free)] = Node(node.name, below={leaf: node})


def _flat(listed: Part, top: Node) -> Iterator[tuple[str, Node]]:
    """Each leaf of the flat lists with the name it has in an entry: ``UserGroup.1`` is a Group."""
    for leaf in parts(listed.of):
        name = upper(leaf.name)
        for flat in dict.fromkeys((name, "User" + name.removeprefix("User"))):
            for _, node in entries(top.below.get(flat)):
                yield name, node
