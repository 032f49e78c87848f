# SPDX-License-Identifier: BSD-2-Clause
"""Nothing stands in a Security header but what its grammar names: at no place of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from lxml import etree
from lxml.etree import _Element as Element

from eucalyptus.contracts.refusals import AUTH_FAILURE, Refused
from eucalyptus.wire.security import Rules, names, open_envelope
from eucalyptus.wire.security.shape import MOST_SECURITY
from tests.wire.security.forge import FRONT, letter

RULES = Rules.front_door()


def scene(*, indented: bool) -> Element:
    """An honest message, its Security header with white space wherever there may be some."""
    root = etree.fromstring(letter(FRONT).text())
    for element in security(root) if indented else ():
        element.tail = "\n\t "
        if len(element):
            element.text = "\r\n"
    return root


def security(root: Element) -> list[Element]:
    """The elements of the Security header."""
    return list(next(root.iter(names.SECURITY)).iter())


def opened(root: Element) -> str:
    """Why the message is refused before any cryptography, "" when it is not."""
    try:
        open_envelope(etree.tostring(root), RULES)
    except Refused as refused:
        assert refused.refusal is AUTH_FAILURE
        return refused.message
    return ""


def text_before(element: Element) -> None:
    element.text = "x"


def text_after(element: Element) -> None:
    element.tail = "x"


def attribute(element: Element) -> None:
    element.set("Lang", "en")


def child(element: Element) -> None:
    etree.SubElement(element, "Foreign")


def again(element: Element) -> None:
    element.append(etree.fromstring(etree.tostring(element)))


CHANGES: dict[str, Callable[[Element], None]] = {
    "text before": text_before, "text after": text_after, "attribute": attribute, "child": child,
    "itself": again,
}  # fmt: skip


def places(change: str) -> Iterator[int]:
    """The positions of elements that may not be changed so."""
    for number, element in enumerate(security(scene(indented=False))):
        if change != "text before" or len(element):
            yield number


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("indented", [False, True])
def test_every_place_is_looked_at(change: str, indented: bool) -> None:
    """White space at other places does not distract."""
    assert opened(scene(indented=indented)) == ""
    for number in places(change):
        root = scene(indented=indented)
        CHANGES[change](security(root)[number])
        assert opened(root), (change, number)


def test_a_header_of_many_elements_is_not_read_to_its_end() -> None:
    root = scene(indented=False)
    info = next(root.iter(names.SIGNED))
    for _ in range(MOST_SECURITY):
        etree.SubElement(info, names.REFERENCE)
    assert f"more than {MOST_SECURITY}" in opened(root)
