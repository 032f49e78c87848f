# SPDX-License-Identifier: BSD-2-Clause
"""What a daemon has taken in and not finished yet: bounded, so that more load is refused, not kept.

Beyond the bounds callers hear ``ServiceUnavailable`` at once and can try elsewhere; memory and
waiting times stay what they are.
"""

from __future__ import annotations

from eucalyptus.contracts.refusals import UNAVAILABLE


class Load:
    """Requests under way and bytes of their bodies, over all connections of one site."""

    def __init__(self, requests: int, octets: int) -> None:
        self._most_requests, self._most_octets = requests, octets
        self.requests = self.octets = 0

    def begin(self) -> None:
        """Begin work on one more request; raises UNAVAILABLE when there are too many."""
        if self.requests >= self._most_requests:
            raise UNAVAILABLE(reason=f"{self._most_requests} requests are under way here.")
        self.requests += 1

    def end(self) -> None:
        """The work on a request is over, whatever became of it."""
        self.requests -= 1

    def hold(self, octets: int) -> bool:
        """Take in a piece of a body; False (and nothing is taken) when there is no room."""
        if self.octets + octets > self._most_octets:
            return False
        self.octets += octets
        return True

    def release(self, octets: int) -> None:
        """Let go of what was held."""
        self.octets -= octets
