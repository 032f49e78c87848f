# SPDX-License-Identifier: BSD-2-Clause
"""W-40: every placement of the signed Body or Timestamp, with an evil copy at every legal place.

The sound documents among the generated ones (the original put back where it was) do not occur,
since the evil copy always stands somewhere; so every single one must be refused.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator

from lxml import etree

from eucalyptus.wire.security import names
from tests.wire.security.forge import Scene, Style, letter

EVIL_IDS = ("b", "x", None)


def evil_copy(scene: Scene, letter: str, id: str | None) -> etree._Element:
    """An unsigned look-alike of part ``letter``."""
    if letter == "B":
        return scene.body(id=id)
    evil = copy.deepcopy(scene.T)
    evil[1].text = "2099-01-01T00:00:00Z"
    evil.attrib.pop(names.WSU_ID)
    if id is not None:
        evil.set(names.WSU_ID, {"b": "t"}.get(id, id))
    return evil


def placements(style: Style, part: str) -> Iterator[tuple[str, bytes]]:
    """Move ``part`` under each element; put the evil copy first or last where it is dispatched."""
    signed = etree.tostring(letter(style).E)
    count = len(list(etree.fromstring(signed).iter()))
    for target in range(count):
        for id in EVIL_IDS:
            for first in (True, False):
                scene = Scene(etree.fromstring(signed), style, None)  # type: ignore[arg-type]
                place = list(scene.E.iter())[target]
                moved = scene.by_letter(part)
                if place is moved or moved in place.iterancestors():
                    break
                home = moved.getparent()
                assert home is not None
                at = home.index(moved)
                evil = evil_copy(scene, part, id)
                place.insert(0 if first else len(place), moved)
                home.insert(at, evil)
                yield f"{part} in {place.tag} evil id {id} first {first}", scene.text()
