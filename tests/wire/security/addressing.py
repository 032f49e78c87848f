# SPDX-License-Identifier: BSD-2-Clause
"""WS-Addressing between components: row W-29, what must be signed and must be once."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Mapping
from functools import partial

from lxml import etree

from eucalyptus.wire.security import names
from tests.wire.security.forge import Scene, Style, letter, unsigned


def _unsigned_copy(scene: Scene, tag: str) -> etree._Element:
    evil = copy.deepcopy(scene.by_letter(tag))
    evil.attrib.pop(names.WSU_ID)
    evil.text = "http://evil/"
    return evil


def _moved(tag: str, evil_in_place: bool, style: Style) -> bytes:
    scene = letter(style)
    header, evil = scene.by_letter(tag), _unsigned_copy(scene, tag)
    etree.SubElement(scene.H, "{urn:evil}Wrapper").append(header)
    if evil_in_place:
        scene.H.append(evil)
    return scene.text()


def _twice(tag: str, style: Style) -> bytes:
    scene = letter(style)
    scene.H.append(_unsigned_copy(scene, tag))
    return scene.text()


def _not_signed(tag: str, style: Style) -> bytes:
    signs = tuple(part for part in style.signs if part != tag)
    return letter(dataclasses.replace(style, signs=signs)).text()


def _absent(tag: str, style: Style) -> bytes:
    scene = unsigned(dataclasses.replace(style, signs=tuple(p for p in style.signs if p != tag)))
    scene.H.remove(scene.by_letter(tag))
    return scene.seal().text()


def _with_child(tag: str, style: Style) -> bytes:
    scene = unsigned(style)
    etree.SubElement(scene.by_letter(tag), "x")
    return scene.seal().text()


def _unsigned_reply_to(style: Style) -> bytes:
    scene = letter(style)
    etree.SubElement(scene.H, f"{{{names.WSA}}}ReplyTo")
    return scene.text()


def _rows(tag: str) -> Mapping[str, Callable[[Style], bytes]]:
    return {
        f"W-29 {tag} moved": partial(_moved, tag, False),
        f"W-29 {tag} moved, another in place": partial(_moved, tag, True),
        f"W-29 {tag} twice": partial(_twice, tag),
        f"W-29 {tag} not signed": partial(_not_signed, tag),
        f"W-29 {tag} absent": partial(_absent, tag),
        f"W-29 {tag} with a child": partial(_with_child, tag),
    }


ROWS: Mapping[str, Callable[[Style], bytes]] = {
    **_rows("To"),
    **_rows("Action"),
    **_rows("MessageID"),
    "W-29 unsigned ReplyTo": _unsigned_reply_to,
}
