# SPDX-License-Identifier: BSD-2-Clause
"""What looks like wrapping and is none: habits of honest clients beside rows W-21 and W-37."""

from __future__ import annotations

from lxml import etree

from eucalyptus.wire.security import Rules, names
from tests.wire.security.forge import (
    FRONT,
    INTERNAL,
    letter,
    operation,
    refused,
)
from tests.wire.security.wrapping import only_id

STYLES = {"front": (FRONT, Rules.front_door()), "internal": (INTERNAL, Rules.internal())}


def test_a_plain_id_alone_names_a_part_at_the_front_door_only() -> None:
    scene = letter(FRONT)
    only_id("Id")(scene)
    assert refused(scene.text(), Rules.front_door()) == ""
    scene = letter(INTERNAL)
    only_id("Id")(scene)
    assert refused(scene.text(), Rules.internal()) == "AuthFailure"


def test_other_headers_are_tolerated_unless_they_insist() -> None:
    scene = letter()
    extra = etree.SubElement(scene.H, "{urn:other}Trace")
    extra.append(etree.fromstring(operation()))
    assert refused(scene.text(), Rules.front_door()) == ""
    extra.set(names.MUST_UNDERSTAND, "0")
    assert refused(scene.text(), Rules.front_door()) == ""
    for value in ("1", "true", " 1 "):
        extra.set(names.MUST_UNDERSTAND, value)
        assert refused(scene.text(), Rules.front_door()) == "MustUnderstand"
