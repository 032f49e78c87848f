# SPDX-License-Identifier: BSD-2-Clause
"""Every changed message of the catalogue's first section, by row, in any style.

``EVIL[row](style)`` is a document that no door may take; ``letter(style).text()`` is its
unmodified twin. The same documents are tried on the verifiers alone and on every endpoint.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from eucalyptus.wire.security import names
from tests.wire.security import special
from tests.wire.security.addressing import ROWS as ADDRESSING_ROWS
from tests.wire.security.changes import Change
from tests.wire.security.forge import Scene, Style, letter, signer, unsigned
from tests.wire.security.holders import TOKEN_ROWS, key_rows, with_token
from tests.wire.security.methods import ROWS as METHOD_ROWS
from tests.wire.security.pointers import SIGNED_ROWS
from tests.wire.security.stamps import BAD_STAMPS, stamped
from tests.wire.security.texts import TEXT_ROWS, TextChange
from tests.wire.security.wrapping import ROWS as WRAPPING_ROWS
from tests.wire.security.wrapping import Forge

Made = Callable[[Style], bytes]


def _wrapped(forge: Forge, style: Style) -> bytes:
    scene: Scene = letter(style)
    forge(scene)
    return scene.text()


def _signed(change: Change, style: Style) -> bytes:
    return unsigned(style).seal(change).text()


def _changed(change: TextChange, style: Style) -> bytes:
    return change(letter(style).text(), style)


def _keyed(inside: str, style: Style) -> bytes:
    """The KeyInfo holds something else; "@" adds an attribute to it."""
    return re.sub(
        r"(<ds:KeyInfo[^>]*>).*?(</ds:KeyInfo>)",
        lambda found: (
            found[1].replace(">", ' x="">' if inside[:1] == "@" else ">")
            + inside.lstrip("@")
            + found[2]
        ),
        letter(style).text().decode(),
    ).encode()


def _rows() -> Iterator[tuple[str, Made]]:
    yield from ((row, partial(_wrapped, forge)) for row, forge in WRAPPING_ROWS)
    yield from ((row, partial(_signed, change)) for row, change in SIGNED_ROWS)
    yield from ((row, partial(_signed, change)) for row, change in METHOD_ROWS)
    yield from ((row, partial(_changed, change)) for row, change in TEXT_ROWS)
    yield from ((row, partial(with_token, change)) for row, change in TOKEN_ROWS)
    yield from ((f"W-66 {row}", partial(_keyed, inside)) for row, inside in key_rows())
    for row, stamp in BAD_STAMPS.items():
        yield f"W-75 {row}", partial(stamped, *stamp)
    for row, doctype in special.DOCTYPES.items():
        yield f"W-22 {row}", lambda style, doctype=doctype: doctype + letter(style).text()
    for row, secret in special.public_secrets().items():
        yield f"W-54 {row}", partial(special.hmac_with, secret)
    for tag in (names.SIGNED, names.SIGNATURE_VALUE, names.KEY):
        row = f"W-36 {tag.rpartition('}')[2]} covers itself"
        yield row, partial(special.over_itself, tag)


EVIL: Mapping[str, Made] = {
    **dict(_rows()),
    "W-15": special.replaced_stamp,
    "W-27 instead of the Body": special.through_a_manifest,
    "W-28 only the token": special.only_the_token,
    "W-35 digest of nothing": special.digest_of_nothing,
    "W-36 nothing": lambda style: special.resigned(letter(style), ""),
    "W-37 signed header": special.one_more_header,
    "W-37 insisting header": special.insisting_header,
    "W-53 half a digest": special.short_digest,
    "W-55 references": special.costly_references,
    "W-55 transforms": special.costly_transforms,
    "W-60 look-alike": lambda style: letter(style, who=special.lookalike()).text(),
    "W-60 the victim's token": special.under_the_victims_token,
    "W-70 attacker's certificate": lambda style: letter(style, who=signer("stranger")).text(),
}

EVIL_INSIDE: Mapping[str, Made] = {**EVIL, **ADDRESSING_ROWS}
"""For doors between components."""

MOST_CPU: Mapping[str, float] = {"W-50": 0.05, "W-51": 0.05, "W-55": 0.1}
"""CPU seconds that a row may take; others a quarter of a second."""


def most_cpu(row: str) -> float:
    """What the catalogue allows a row."""
    return MOST_CPU.get(row[:4], 0.25)
