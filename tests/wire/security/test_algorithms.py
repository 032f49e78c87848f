# SPDX-License-Identifier: BSD-2-Clause
"""Signature values byte by byte, and how much of anything is taken."""

from __future__ import annotations

import base64

from eucalyptus.wire.security import Rules
from tests.wire.security.changes import (
    FRONT_RULES,
    many_references,
)
from tests.wire.security.forge import (
    NOW,
    Scene,
    Style,
    letter,
    operation,
    refused,
    unsigned,
)


def test_w57_every_byte_of_the_signature_counts() -> None:
    scene = letter()
    value = base64.b64decode(scene.G[1].text or "")
    for at in range(len(value)):
        flipped = bytes([*value[:at], value[at] ^ (1 << at % 8), *value[at + 1 :]])
        scene.G[1].text = base64.b64encode(flipped).decode()
        assert refused(scene.text(), FRONT_RULES) == "AuthFailure"
    for other in (value[:-1], value + b"\0", b"\0" + value):
        scene.G[1].text = base64.b64encode(other).decode()
        assert refused(scene.text(), FRONT_RULES) == "AuthFailure"


def test_prefix_lists_within_bounds_are_taken() -> None:
    style = Style(inclusive=tuple(f"p{n}" for n in range(32)), inclusive_signed=("#default",))
    assert refused(letter(style).text(), FRONT_RULES) == ""
    assert refused(letter(Style(inclusive=("x" * 1100,))).text(), FRONT_RULES) == "AuthFailure"


def test_at_most_eight_references() -> None:
    scene: Scene = unsigned()
    assert refused(scene.seal(many_references(7)).text(), FRONT_RULES) == "AuthFailure"


def test_size_is_capped_before_parsing() -> None:
    text = letter(body=operation(inside="<x>" + "y" * 2000 + "</x>")).text()
    assert refused(text, Rules.front_door(largest=1500), NOW) == "RequestTooLarge"
    assert refused(text, Rules.front_door(largest=len(text)), NOW) == ""
