# SPDX-License-Identifier: BSD-2-Clause
"""Instances in pages, oldest launch first."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence

from cloudcontroller.compute.core.instance import Instance
from eucalyptus.contracts.refusals import INVALID_PARAMETER

LEAST, MOST = 5, 1000
"""EC2's bounds of MaxResults."""

_Place = tuple[float, str, int]
_LONGEST = 200


def page(
    found: Sequence[Instance], token: str | None, size: int | None
) -> tuple[tuple[Instance, ...], str | None]:
    """At most ``size`` of ``found`` after the page that gave ``token``, and the next token.

    ``found`` is in order of launch. A token says where its page ended, so that instances which
    come or go meanwhile shift nothing. The last page has no token.
    """
    if size is not None and not LEAST <= size <= MOST:
        wanted = f"a number from {LEAST} to {MOST}"
        raise INVALID_PARAMETER(name="MaxResults", value=size, wanted=wanted)
    after = _read(token) if token else None
    left = tuple(one for one in found if after is None or _place(one) > after)
    shown = left[:size]
    return shown, _token(shown[-1]) if len(shown) < len(left) else None


def _place(one: Instance) -> _Place:
    return one.created, one.reservation_id, one.launch_index


def _token(last: Instance) -> str:
    text = "/".join(map(str, _place(last)))
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read(token: str) -> _Place:
    try:
        text = base64.b64decode(token[:_LONGEST], altchars=b"-_", validate=True).decode("ascii")
        created, reservation_id, index = text.split("/")
        return _moment(created), reservation_id, int(index)
    except ValueError as wrong:
        raise INVALID_PARAMETER(
            name="NextToken", value=token[:40], wanted="a token that an earlier page gave"
        ) from wrong


def _moment(text: str) -> float:
    moment = float(text)
    if not math.isfinite(moment):
        raise ValueError(text)
    return moment
