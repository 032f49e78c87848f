# SPDX-License-Identifier: BSD-2-Clause
"""Timestamps, sound and odd: row W-75."""

from __future__ import annotations

from eucalyptus.wire.security.instants import format_instant
from tests.wire.security.forge import FRONT, NOW, Style, unsigned


def stamped(created: str | None, expires: str | None, style: Style = FRONT) -> bytes:
    """A message signed over this Timestamp, however odd."""
    scene = unsigned(style)
    for at, said in ((1, expires), (0, created)):
        if said is None:
            scene.T.remove(scene.T[at])
        else:
            scene.T[at].text = said
    return scene.seal().text()


def at(seconds: float) -> str:
    return format_instant(NOW + seconds)


GOOD_STAMPS = [
    (at(0), at(300)),
    (at(20), at(320)),
    (at(-299), at(1)),
    (at(-10), at(60)),
    (at(0).replace("Z", "+00:00"), at(300)),
    (at(0)[:19] + "Z", at(300)),
    ("\n " + at(0) + " ", at(300)),
    (at(0)[:19] + ".123456789Z", at(300)),
    (at(0), at(320)),
]
BAD_STAMPS = {
    "future": (at(21), at(300)),
    "expired": (at(-301), at(-1)),
    "expires now": (at(-300), at(0)),
    "no Expires": (at(0), None),
    "no Created": (None, at(300)),
    "empty": (None, None),
    "ten years": (at(0), at(10 * 365 * 86400)),
    "backwards": (at(10), at(5)),
    "no time at all": (at(0), at(0)),
    "year 9999": (at(0), "9999-12-31T23:59:59Z"),
    "year 0": ("0000-01-01T00:00:00Z", at(300)),
    "24:00": (at(0)[:11] + "24:00:00Z", at(300)),
    "leap second": (at(0)[:17] + "60Z", at(300)),
    "zone": (at(0).replace("Z", "+14:00"), at(300)),
    "no zone": (at(0).replace("Z", ""), at(300)),
    "lower case": (at(0).replace("Z", "z"), at(300)),
    "fraction": (at(0)[:19] + "." + "1" * 1000 + "Z", at(300)),
    "ten digits": (at(0)[:19] + "." + "1" * 10 + "Z", at(300)),
    "February 30": ("2027-02-30T00:00:00Z", at(300)),
    "other digits": (at(0).replace("2", "\u0662"), at(300)),
    "words": ("now", at(300)),
    "nothing": ("", at(300)),
    "plain date": (at(0)[:10], at(300)),
}
