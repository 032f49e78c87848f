# SPDX-License-Identifier: BSD-2-Clause
"""Signature wrapping: the catalogue's rows W-01 to W-22 as changes of a signed message."""

from __future__ import annotations

import copy
from collections.abc import Callable

from lxml import etree
from lxml.etree import _Element as Element

from eucalyptus.wire.security import names
from tests.wire.security.forge import (
    FRONT,
    Scene,
    Style,
    canonical,
    letter,
    reference,
    signer,
)

Forge = Callable[[Scene], object]
WRAPPER = "{urn:evil}Wrapper"


def wrap(parent: Element, child: Element, tag: str = WRAPPER) -> None:
    """Move ``child`` into a new element under ``parent``."""
    etree.SubElement(parent, tag).append(child)


def lift(scene: Scene, into: Callable[[Scene], Element], evil_id: str | None = "x") -> None:
    """Move the signed Body somewhere and leave an evil one in its place."""
    body = scene.B
    scene.E.replace(body, scene.body(id=evil_id))
    into(scene).append(body)


def inside(tag: str) -> Callable[[Scene], Element]:
    return lambda scene: scene.find(tag)


def wrapper_in(find: Callable[[Scene], Element]) -> Callable[[Scene], Element]:
    return lambda scene: etree.SubElement(find(scene), WRAPPER)


def header(scene: Scene) -> Element:
    return scene.H


def nested(scene: Scene) -> None:
    """E'[H'[S', E[whole original]], B']"""
    whole = copy.deepcopy(scene.E)
    scene.E.replace(scene.B, scene.body(id="x"))
    scene.H.append(whole)


def nested_in_body(scene: Scene) -> None:
    outer = etree.Element(names.ENVELOPE)
    etree.SubElement(outer, names.BODY).append(scene.E)
    scene.E = outer


def swap(tag: str) -> Forge:
    """An evil Body of another name at the Body's place, the signed one in the Header."""

    def forge(scene: Scene) -> None:
        evil = scene.body()
        evil.tag = tag
        body = scene.B
        scene.E.replace(body, evil)
        scene.H.append(body)

    return forge


def rename_root(scene: Scene) -> None:
    scene.E.tag = "{urn:evil}Envelope"


def soap12_root(scene: Scene) -> None:
    scene.E.tag = f"{{{names.SOAP12}}}Envelope"


def two_bodies(*, evil_first: bool, id: str | None) -> Forge:
    def forge(scene: Scene) -> None:
        evil = scene.body(id=id)
        scene.B.addprevious(evil) if evil_first else scene.B.addnext(evil)

    return forge


def second_stamp(*, first: bool) -> Forge:
    """A second, unsigned Timestamp that never expires."""

    def forge(scene: Scene) -> None:
        fresh = copy.deepcopy(scene.T)
        fresh.set(names.WSU_ID, "t2")
        fresh[1].text = "2099-01-01T00:00:00Z"
        scene.T.addprevious(fresh) if first else scene.T.addnext(fresh)

    return forge


def stamp_moved(scene: Scene) -> None:
    second_stamp(first=False)(scene)
    wrap(scene.H, scene.T)


def second_signature(scene: Scene) -> None:
    """The victim's signature over everything, an attacker's over the Timestamp."""
    other = Scene(copy.deepcopy(scene.E), Style(signs=("T",)), signer("other")).seal()
    scene.S.append(other.G)


def second_security(*, first: bool, actor: bool) -> Forge:
    def forge(scene: Scene) -> None:
        other = letter(FRONT, signer("other")).S
        if actor:
            other.set(names.ACTOR, "urn:somebody")
        scene.H.insert(0 if first else len(scene.H), other)

    return forge


def second_token(*, first: bool, same_id: bool) -> Forge:
    def forge(scene: Scene) -> None:
        other = copy.deepcopy(letter(FRONT, signer("other")).K)
        other.set(names.WSU_ID, "k" if same_id else "k2")
        scene.K.addprevious(other) if first else scene.K.addnext(other)

    return forge


def token_elsewhere(find: Callable[[Scene], Element]) -> Forge:
    def forge(scene: Scene) -> None:
        find(scene).append(scene.K)

    return forge


def token_swapped(scene: Scene) -> None:
    """The token the key reference names lies in the Header; another stands in Security."""
    theirs = scene.K
    mine = copy.deepcopy(letter(FRONT, signer("other")).K)
    mine.set(names.WSU_ID, "k2")
    scene.S.replace(theirs, mine)
    scene.H.append(theirs)


def same_id(attribute: str, *, before: bool) -> Forge:
    """Another element carries the Body's id in another form."""

    def forge(scene: Scene) -> None:
        other = etree.Element("{urn:evil}Header")
        other.set(attribute, "b")
        scene.H.insert(0 if before else len(scene.H), other)

    return forge


def only_id(attribute: str) -> Forge:
    """The Body's id is moved to an attribute that names nothing here; signed all the same."""

    def forge(scene: Scene) -> None:
        del scene.B.attrib[names.WSU_ID]
        scene.B.set(attribute, "b")
        text = [reference("#b", canonical(scene.B), scene.style)]
        text += [
            reference(
                f"#{scene.by_letter(part).get(names.WSU_ID)}",
                canonical(scene.by_letter(part)),
                scene.style,
            )
            for part in scene.style.signs
            if part != "B"
        ]
        head = canonical(scene.G[0]).decode().split("<ds:Reference", 1)[0]
        scene.sign_text(head + "".join(text) + "</ds:SignedInfo>")

    return forge


def headers_twice(scene: Scene) -> None:
    evil = etree.Element(names.HEADER)
    evil.append(scene.S)
    scene.H.addnext(evil)


def move_body(where: int) -> Forge:
    return lambda scene: scene.E.insert(where, scene.B)


ID_FORMS = (
    "Id",
    "ID",
    "id",
    "{http://www.w3.org/XML/1998/namespace}id",
    names.WSU_ID,
    "AssertionID",
    "{urn:evil}Id",
)

ROWS: list[tuple[str, Forge]] = [
    ("W-01", lambda s: lift(s, wrapper_in(header))),
    ("W-01 bare", lambda s: lift(s, header)),
    ("W-02", lambda s: lift(s, wrapper_in(header), None)),
    ("W-03", lambda s: lift(s, inside(names.SECURITY))),
    ("W-03 wrapper", lambda s: lift(s, wrapper_in(inside(names.SECURITY)))),
    ("W-04", lambda s: lift(s, lambda t: etree.SubElement(t.G, f"{{{names.DS}}}Object"))),
    *(
        (f"W-05 {tag.rpartition('}')[2]}", lambda s, tag=tag: lift(s, inside(tag)))
        for tag in (
            names.KEY,
            names.SIGNED,
            names.TOKEN,
            names.TIMESTAMP,
            names.SIGNATURE,
            names.TOKEN_REFERENCE,
            names.WSSE_REFERENCE,
            names.TRANSFORMS,
            names.SIGNATURE_VALUE,
            names.DIGEST_METHOD,
            names.CREATED,
        )
    ),
    ("W-06", two_bodies(evil_first=True, id="x")),
    ("W-07", two_bodies(evil_first=False, id="x")),
    ("W-08 first", two_bodies(evil_first=True, id="b")),
    ("W-08 last", two_bodies(evil_first=False, id="b")),
    ("W-08 no id", two_bodies(evil_first=True, id=None)),
    ("W-09", lambda s: lift(s, lambda t: t.E[1])),
    ("W-09 deeper", lambda s: lift(s, lambda t: t.E[1][0])),
    ("W-09 inner", lambda s: s.B.append(s.body(id="x"))),
    ("W-10", nested),
    ("W-10 in Body", nested_in_body),
    ("W-11 Body first", move_body(0)),
    ("W-11 two Headers", headers_twice),
    ("W-11 empty Header", lambda s: s.H.addnext(etree.Element(names.HEADER))),
    ("W-12 Body", swap("{urn:evil}Body")),
    ("W-12 Envelope", rename_root),
    ("W-12 bare Body", swap("Body")),
    ("W-13 Body", swap(f"{{{names.SOAP12}}}Body")),
    ("W-13 beside", lambda s: s.B.addnext(etree.Element(f"{{{names.SOAP12}}}Body"))),
    ("W-13 inside", lambda s: s.B[0].append(etree.Element(f"{{{names.SOAP12}}}Body"))),
    ("W-13 Envelope", soap12_root),
    ("W-14", stamp_moved),
    ("W-16 first", second_stamp(first=False)),
    ("W-16 last", second_stamp(first=True)),
    ("W-17", second_signature),
    *(
        (f"W-18 first={first} actor={actor}", second_security(first=first, actor=actor))
        for first in (True, False)
        for actor in (True, False)
    ),
    ("W-18 only for another", lambda s: s.S.set(names.ACTOR, "urn:somebody")),
    *(
        (f"W-19 first={first} same={same}", second_token(first=first, same_id=same))
        for first in (True, False)
        for same in (True, False)
    ),
    ("W-20 Body", token_elsewhere(lambda s: s.B)),
    ("W-20 operation", token_elsewhere(lambda s: s.B[0])),
    ("W-20 header", token_elsewhere(header)),
    ("W-20 swapped", token_swapped),
    *(
        (f"W-21 {form} before={before}", same_id(form, before=before))
        for form in ID_FORMS
        for before in (True, False)
    ),
    *(
        (f"W-21 alone {form}", only_id(form))
        for form in ID_FORMS
        if form not in (names.WSU_ID, "Id")
    ),
]
