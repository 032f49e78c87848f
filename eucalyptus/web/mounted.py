# SPDX-License-Identifier: BSD-2-Clause
"""One site: resources by path, and a place for each connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from twisted.logger import Logger
from twisted.web import resource, server
from twisted.web.http_headers import Headers

from eucalyptus.web.channel import REQUEST_ID, BoundedChannel
from eucalyptus.web.crowd import Crowd
from eucalyptus.web.limits import HttpLimits
from eucalyptus.web.load import Load
from eucalyptus.web.requests import BoundedRequest

BACKLOG = 1024
"""Connections that the kernel keeps for us until we take them."""
SERVER = b"Eucalyptus"
"""What the Server header says: a name, and nothing that a list of known weaknesses has."""


Hosted = tuple[Callable[[bytes], bool], resource.IResource]
"""Whether a Host header names a resource, whatever the path, and the resource."""


def host_of(headers: Headers) -> bytes:
    """The Host header, b"" without one."""
    return (headers.getRawHeaders(b"host") or [b""])[0]


class _Missing(resource.Resource):
    """Answers where there is nothing."""

    isLeaf = True

    def render(self, request: Any) -> bytes:
        """404 with the request's id, whatever the method."""
        request_id = request.site.new_id()
        text = f"There is no service here.\nRequest id: {request_id}\n".encode()
        request.setResponseCode(404)
        request.setHeader(REQUEST_ID.encode(), request_id.encode())
        request.setHeader(b"content-type", b"text/plain")
        request.setHeader(b"content-length", str(len(text)).encode())
        return b"" if request.method == b"HEAD" else text


class Mounted(server.Site):
    """A site that finds its resources by the longest mounted path.

    A resource that is a leaf (``isLeaf``) is asked for every path below its own, another one for
    its own only.
    """

    protocol = cast("Any", BoundedChannel)
    requestFactory = BoundedRequest
    events = Logger(namespace="eucalyptus.web.access")

    def __init__(
        self,
        mounts: Mapping[bytes, resource.IResource],
        limits: HttpLimits,
        new_id: Callable[[], str],
        hosted: Sequence[Hosted] = (),
    ) -> None:
        self.new_id, self.limits, self._hosted = new_id, limits, hosted
        self._missing = _Missing()
        super().__init__(self._missing, requestFactory=BoundedRequest, timeout=limits.idle)
        self._mounts = sorted(mounts.items(), key=lambda pair: -len(pair[0]))
        self.crowd = Crowd(most=limits.connections, each=limits.each)
        self.load = Load(limits.requests, limits.bodies)
        self.displayTracebacks = False

    def buildProtocol(self, addr: Any) -> Any:
        """A channel, or None when there is no place for one more connection from there."""
        address = str(getattr(addr, "host", ""))
        if not self.crowd.enter(address):
            return None
        channel: Any = super().buildProtocol(addr)
        channel.holds(self.crowd, address)
        return channel

    def resource_at(self, path: bytes, host: bytes = b"") -> resource.IResource:
        """The resource that the Host header ``host`` names, else the one mounted at the longest
        prefix of ``path``; a trailing slash is the same."""
        return self._find(path, host)[1]

    def _find(self, path: bytes, host: bytes) -> tuple[bytes, resource.IResource]:
        for names, hosted in self._hosted:
            if names(host):
                return b"", hosted
        for prefix, mounted in self._mounts:
            if path in (prefix, prefix + b"/"):
                return prefix, mounted
            if path.startswith(prefix + b"/"):
                return prefix, mounted if mounted.isLeaf else self._missing
        return b"", self._missing

    def log(self, request: Any) -> None:
        """One line per request, unless its resource wrote a better one.

        Without the query, in which signatures stand.
        """
        if request.noted:
            return
        said: dict[str, Any] = {
            "method": request.method.decode("latin-1")[:20],
            "path": (request.path or b"").decode("latin-1"),
            "source": getattr(request.client, "host", ""),
            "status": request.code,
        }
        if request.code >= 400:
            said["why"] = "refused"  # so that many of one source are summed up
        self.events.info("{method} {path} from {source}: {status}", **said)

    def getResourceFor(self, request: Any) -> resource.IResource:
        """Called by Twisted for each request; sets what is left of the path."""
        request.setHeader(b"server", SERVER)
        path = bytes(request.path)
        prefix, mounted = self._find(path, host_of(request.requestHeaders))
        request.prepath = [prefix.lstrip(b"/")]
        request.postpath = [p for p in path[len(prefix) :].lstrip(b"/").split(b"/") if p]
        return mounted
