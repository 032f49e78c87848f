# SPDX-License-Identifier: BSD-2-Clause
"""The least that twisted.web does for a request: a fixed answer to a POST. Usage: bare.py PORT."""

from __future__ import annotations

import sys
from typing import Any

from twisted.internet import reactor as installed
from twisted.web import resource, server

ANSWER = b"<ok/>" * 80


class _Fixed(resource.Resource):
    isLeaf = True

    def render(self, request: Any) -> bytes:
        """Read the body, give the fixed answer."""
        request.content.read()
        request.setHeader(b"content-type", b"text/xml")
        return ANSWER


if __name__ == "__main__":
    reactor: Any = installed
    reactor.listenTCP(int(sys.argv[1]), server.Site(_Fixed()), interface="127.0.0.1")
    reactor.run()
