# SPDX-License-Identifier: BSD-2-Clause
"""What one HTTP request may cost before anybody knows who sent it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """Bounds on a request: sizes in bytes, times in seconds.

    ``body`` bounds what is kept in memory (also after gunzip); resources that stream bring their
    own bound. ``head`` bounds request line and headers together, which must arrive within
    ``head_time``; ``headers`` is how many there may be. ``whole`` is how long a request that is
    not streamed may take to arrive, ``idle`` how long a connection may stay silent, or leave
    unread what it is sent. There may be ``connections`` of one process, ``each`` from one address.
    ``requests`` bounds those under way in one process, ``bodies`` the bytes of all their bodies.
    """

    body: int = 1 << 20
    head: int = 16384
    headers: int = 100
    head_time: float = 10.0
    idle: float = 60.0
    whole: float = 30.0
    connections: int = 2048
    each: int = 256
    requests: int = 1024
    bodies: int = 16 << 20
