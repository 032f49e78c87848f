# SPDX-License-Identifier: BSD-2-Clause
"""A SOAP echo by spyne as it comes, on twisted.web, nothing signed. Usage: echo.py PORT.

spyne's own Twisted server no longer imports; this resource calls its WSGI application, without a
thread between.
"""

from __future__ import annotations

import io
import sys
from typing import Any

# First, since it lends spyne what newer Pythons took away.
from eucalyptus.wire.models import Models  # noqa: F401  isort: skip

from spyne import Application, ServiceBase, Unicode, rpc
from spyne.protocol.soap import Soap11
from spyne.server.wsgi import WsgiApplication
from twisted.internet import reactor as installed
from twisted.web import resource, server

ECHO = "urn:echo"


class _Echo(ServiceBase):
    @rpc(Unicode, _returns=Unicode)  # type: ignore[untyped-decorator]
    def Say(self, text: str) -> str:
        """Give back what was said."""
        return text


class _Spyne(resource.Resource):
    isLeaf = True

    def __init__(self, application: WsgiApplication) -> None:
        super().__init__()
        self._application = application

    def render(self, request: Any) -> bytes:
        """One request through spyne's own WSGI application."""
        body = request.content.read()
        environment = {
            "REQUEST_METHOD": "POST", "CONTENT_TYPE": "text/xml; charset=utf-8",
            "CONTENT_LENGTH": str(len(body)), "PATH_INFO": "/", "QUERY_STRING": "",
            "wsgi.url_scheme": "http", "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80",
            "wsgi.input": io.BytesIO(body),
        }  # fmt: skip

        def begin(status: str, headers: list[tuple[str, str]], *_: object) -> None:
            request.setResponseCode(int(status[:3]))
            for name, value in headers:
                request.setHeader(name.encode(), value.encode())

        return b"".join(self._application(environment, begin))


def main() -> None:
    """Serve until killed."""
    application = Application([_Echo], ECHO, in_protocol=Soap11(), out_protocol=Soap11())
    site = server.Site(_Spyne(WsgiApplication(application)))
    reactor: Any = installed
    reactor.listenTCP(int(sys.argv[1]), site, interface="127.0.0.1")
    reactor.run()


if __name__ == "__main__":
    main()
