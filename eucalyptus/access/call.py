# SPDX-License-Identifier: BSD-2-Clause
"""One call as a body sees it: who asks, in which API version, under which request id."""

from __future__ import annotations

from dataclasses import dataclass

from eucalyptus.access.principals import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The circumstances of one request.

    ``component`` names the signer of an internal message ("cloud", "cluster", "node"), else "".
    ``version`` is the API version (ISO date) or "" for undated contracts; ``source`` the peer's
    IP address; ``to`` the URL the request was sent to.
    """

    request_id: str
    principal: Principal | None = None
    component: str = ""
    version: str = ""
    source: str = ""
    to: str = ""

    @property
    def who(self) -> Principal:
        """The principal of an authenticated user call."""
        if self.principal is None:
            raise RuntimeError("a component's call has no principal")
        return self.principal

    @property
    def caller(self) -> str:
        """Who asks, for the log: a user's ARN or a component's name."""
        return self.principal.arn if self.principal else self.component
