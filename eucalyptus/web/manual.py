# SPDX-License-Identifier: BSD-2-Clause
"""The reference page of a service, for whoever opens its address in a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.web import resource

from eucalyptus.web.requests import BoundedRequest

DOCS = "/docs"
"""Below a service's path."""


class Manual(resource.Resource):
    """Serves one page, which loads nothing and runs nothing. Anybody may read it."""

    isLeaf = False

    def __init__(self, page: Callable[[], bytes]) -> None:
        super().__init__()
        self._page = page

    def render_GET(self, request: BoundedRequest) -> Any:
        """The page; HEAD gets its headers."""
        request.setHeader(b"content-type", b"text/html; charset=utf-8")
        request.setHeader(
            b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'"
        )
        request.setHeader(b"x-content-type-options", b"nosniff")
        return self._page()
