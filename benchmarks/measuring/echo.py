# SPDX-License-Identifier: BSD-2-Clause
"""A SOAP echo by spyne as it comes, on twisted.web, nothing signed. Usage: echo.py PORT.

spyne's own Twisted server no longer imports; this resource does what it did, without a thread.
"""

from __future__ import annotations

import sys
from typing import Any

# First, since it lends spyne what newer Pythons took away.
from eucalyptus.wire.models import Models  # noqa: F401  isort: skip

from spyne import Application, ServiceBase, Unicode, rpc
from spyne.protocol.soap import Soap11
from spyne.server.wsgi import WsgiApplication, WsgiMethodContext
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
        """Read, dispatch and write with spyne's own serializers."""
        body = request.content.read()
        environment = {
            "REQUEST_METHOD": "POST", "CONTENT_TYPE": "text/xml; charset=utf-8",
            "CONTENT_LENGTH": str(len(body)), "PATH_INFO": "/", "QUERY_STRING": "",
            "wsgi.url_scheme": "http", "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80",
        }  # fmt: skip
        context: Any = WsgiMethodContext(self._application, environment, "text/xml")
        context.in_string = [body]
        context, *_ = self._application.generate_contexts(context, "utf-8")
        self._application.get_in_object(context)
        self._application.get_out_object(context)
        self._application.get_out_string(context)
        answer = b"".join(context.out_string)
        context.close()
        request.setHeader(b"content-type", b"text/xml; charset=utf-8")
        return answer


def main() -> None:
    """Serve until killed."""
    application = Application([_Echo], ECHO, in_protocol=Soap11(), out_protocol=Soap11())
    site = server.Site(_Spyne(WsgiApplication(application)))
    reactor: Any = installed
    reactor.listenTCP(int(sys.argv[1]), site, interface="127.0.0.1")
    reactor.run()


if __name__ == "__main__":
    main()
