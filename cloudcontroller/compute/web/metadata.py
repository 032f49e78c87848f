# SPDX-License-Identifier: BSD-2-Clause
"""The metadata service: a guest asks 169.254.169.254, and who it is says its source address.

Traffic from guests reaches port 8773 with the guest's own address. No header is believed: neither
the original's ``Euca-Instance-Id`` nor ``X-Forwarded-For`` changes who asks.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.web import resource
from twisted.web.server import NOT_DONE_YET

from cloudcontroller.compute.core import metadata
from cloudcontroller.compute.core.addressing import network
from cloudcontroller.compute.core.metadata import VERSIONS, Facts
from cloudcontroller.compute.core.networkview import DOMAIN
from cloudcontroller.compute.database import instances, properties
from cloudcontroller.compute.world import World
from eucalyptus.contracts.refusals import Refused
from eucalyptus.database.run import Tx
from eucalyptus.properties import NETWORK_CONFIGURATION

ADDRESS = b"169.254.169.254"
FRESH = 1.0
"""Seconds for which an instance's facts are remembered: guests read leaf after leaf."""
MOST = 4096

_MISSING = b"""<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
  "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head><title>404 - Not Found</title></head>
 <body><h1>404 - Not Found</h1></body>
</html>
"""

_METHODS = (b"GET", b"HEAD")

log = Logger()


class Metadata(resource.Resource):
    """Answers every path that no service is mounted at."""

    isLeaf = True

    def __init__(self, world: World) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._world = world
        self._known: dict[str, tuple[float, Facts | None]] = {}

    def render(self, request: Any) -> int:
        """Answer when the database has said who asks."""
        gone = request.notifyFinish()
        work = Deferred.fromCoroutine(self._serve(request))
        gone.addErrback(lambda _: work.cancel())
        work.addErrback(lambda failure: failure.trap(CancelledError))
        return NOT_DONE_YET

    async def _serve(self, request: Any) -> None:
        status, body = 404, _MISSING
        try:
            if request.method not in _METHODS:
                status, body = 405, b"Metadata is read by GET.\n"
                request.setHeader(b"allow", b", ".join(_METHODS))
            elif (found := await self.find(request)) is not None:
                status, body = 200, found
        except Refused as refused:
            status, body = 503, f"{refused.message}\n".encode()
        except CancelledError:
            raise
        except Exception:
            log.failure("metadata for {source} failed", source=request.getClientAddress().host)
            status, body = 500, b"The cloud failed to do this. Tell your administrator.\n"
        request.setResponseCode(status)
        kind = b"text/plain" if status != 404 else b"text/html"
        request.setHeader(b"content-type", kind)
        request.setHeader(b"content-length", str(len(body)).encode())
        if request.method != b"HEAD":
            request.write(body)
        request.finish()

    async def find(self, request: Any) -> bytes | None:
        """What the path holds for the guest that asks; None: nothing, or nobody we know."""
        path = bytes(request.path).decode("utf-8", "replace")
        version, _, rest = path.lstrip("/").partition("/")
        if not version:
            is_ours = (request.getHeader(b"host") or b"").split(b":")[0] == ADDRESS
            return "\n".join(VERSIONS).encode() if is_ours else None
        if not metadata.is_version(version):
            return None
        facts = await self.facts(request)
        return metadata.read(facts, rest) if facts else None

    async def facts(self, request: Any) -> Facts | None:
        """The facts of the instance that asks."""
        source = str(request.getClientAddress().host)
        now = self._world.clock()
        until, known = self._known.get(source, (0.0, None))
        if now < until:
            return known
        found = await self._world.database.read(_facts, source)
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[source] = (now + FRESH, found)
        return found


def _facts(tx: Tx, source: str) -> Facts | None:
    instance = instances.at_address(tx, source)
    if instance is None or instance.state.is_over:
        return None
    config = network(properties.text(tx, NETWORK_CONFIGURATION))
    domain = (config.instance_dns_domain if config else "") or DOMAIN
    return Facts(instance=instance, domain=domain)
