# SPDX-License-Identifier: BSD-2-Clause
"""What a Reference may not point at, or how: rows W-23 to W-37 as changes of a SignedInfo."""

from __future__ import annotations

from eucalyptus.wire.security import names
from tests.wire.security.changes import (
    Change,
    adding,
    body_uri,
    dropping,
    many_references,
    replacing,
    transform,
    transforms,
)
from tests.wire.security.forge import FRONT, reference

SIGNED_ROWS: list[tuple[str, Change]] = [
    ("W-23 empty URI", body_uri('URI=""')),
    ("W-23 enveloped", lambda s: transforms(transform(names.ENVELOPED))(body_uri('URI=""')(s))),
    *(
        (f"W-24 {uri}", body_uri(f'URI="{uri}"'))
        for uri in ("#xpointer(/)", "#xpointer(id('b'))", "#xpointer(//*[@wsu:Id='b'])")
    ),
    ("W-25 no URI", body_uri("")),
    *(
        (f"W-25 {uri!r}", body_uri(f'URI="{uri}"'))
        for uri in ("#", "b", "#b ", "%23b", " #b", "#1b")
    ),
    *(
        (f"W-26 {uri}", body_uri(f'URI="{uri}"'))
        for uri in (
            "file:///etc/hostname",
            "http://127.0.0.1:9/",
            "https://127.0.0.1:9/",
            "ftp://x/",
            "cid:b",
            "data:,b",
            "x.xml",
            "//host/x",
            "x.xml#b",
            "file:///etc/hostname#b",
        )
    ),
    ("W-28 only Timestamp", dropping("b")),
    ("W-28 only Body", dropping("t")),
    ("W-28 neither", lambda s: dropping("b")(dropping("t")(s))),
    ("W-36 Id of SignedInfo", replacing("<ds:SignedInfo ", '<ds:SignedInfo Id="b" ')),
    ("W-37 unknown part", adding(reference("#w", b"", FRONT))),
    ("twice the same", many_references(1)),
    ("an attribute on a Reference", replacing('URI="#b"', 'URI="#b" Type="urn:x"')),
]
