# SPDX-License-Identifier: BSD-2-Clause
"""What is wrong with an element, as refusals that name the place; and xsi:nil."""

from __future__ import annotations

from typing import NoReturn

from lxml import etree

from eucalyptus.contracts.refusals import (
    INVALID_COMBINATION,
    INVALID_PARAMETER,
    MALFORMED,
    MISSING_PARAMETER,
    Refused,
)
from eucalyptus.wire.leaves import BadLeaf
from eucalyptus.wire.writing import INSTANCE

NIL = f"{{{INSTANCE}}}nil"
_SHOWN = 80


def has_value(element: etree._Element) -> bool:
    """Whether an element is not ``xsi:nil``."""
    return element.get(NIL) not in ("true", "1")


def _local(element: etree._Element) -> str:
    """An element's name without its namespace, shortened: it may be a caller's invention."""
    return str(element.tag).rpartition("}")[2][:_SHOWN]


def place(element: etree._Element) -> tuple[str, str]:
    """The operation's element that ``element`` is in, and the path from there ("" for itself)."""
    names = [_local(element)]
    for above in element.iterancestors():
        if _local(above) == "Body":
            break
        names.append(_local(above))
    names.reverse()
    return names[0], "/".join(names[1:])


def stranger(element: etree._Element) -> Refused:
    """An element that its parent does not know."""
    parent = element.getparent()
    action, path = ("the message", "") if parent is None else place(parent)
    within = f"{action}/{path}" if path else action
    return MALFORMED(reason=f"{within} does not know an element {str(element.tag)[:_SHOWN]}")


def refuse(element: etree._Element) -> NoReturn:
    """Raise what ``stranger`` says, where only an expression may stand."""
    raise stranger(element)


def twice(element: etree._Element) -> Refused:
    """An element that stands more than once."""
    action, path = place(element)
    return MALFORMED(reason=f"{path} stands twice in {action}")


def crowded(element: etree._Element) -> Refused:
    """A leaf that holds elements."""
    return MALFORMED(reason=f"{place(element)[1]} holds elements where text belongs")


def missing(element: etree._Element, name: str) -> Refused:
    """A part that must be there and is not."""
    action, path = place(element)
    return MISSING_PARAMETER(action=action, name=f"{path}/{name}" if path else name)


def several(element: etree._Element, name: str) -> Refused:
    """More items than one, in a list that is no list to us."""
    action, path = place(element)
    within = f"{path}/{name}" if path else name
    return INVALID_COMBINATION(
        reason=f"{action} takes one item in {within}: send one request each."
    )


def together(element: etree._Element, names: str) -> Refused:
    """Parts that exclude each other."""
    action, path = place(element)
    within = f"{action}/{path}" if path else action
    return INVALID_COMBINATION(reason=f"{within} may hold only one of: {names}.")


def invalid(element: etree._Element, text: str, bad: BadLeaf) -> Refused:
    """A leaf whose text is not of its type."""
    return INVALID_PARAMETER(name=place(element)[1], value=text[:_SHOWN], wanted=bad.wanted)


def crammed(element: etree._Element, name: str, most: int) -> Refused:
    """A list with more entries than it may have."""
    action, path = place(element)
    within = f"{path}/{name}" if path else name
    return INVALID_COMBINATION(reason=f"{action} may have {most} {within}.")


def untyped(element: etree._Element, known: str) -> Refused:
    """An element that does not say which of several types it is of, or says another one."""
    return MALFORMED(reason=f"{place(element)[1]} must say by xsi:type that it is one of {known}")


def text_of(element: etree._Element) -> str | None:
    """The text beside the elements of mixed content, or None when there is none."""
    pieces = [element.text or "", *(child.tail or "" for child in element)]
    return "".join(pieces).strip() or None
