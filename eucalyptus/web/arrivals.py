# SPDX-License-Identifier: BSD-2-Clause
"""A request as the doors see it, and the reply they send: values, so that doors need no socket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from eucalyptus.contracts.refusals import Refused
from eucalyptus.web.channel import REQUEST_ID
from eucalyptus.web.prompt import flush
from eucalyptus.web.requests import BoundedRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """One HTTP request. Header names are lower case; ``query`` is raw; ``local`` is the address
    of ours that the peer connected to."""

    method: str
    path: str
    query: str
    headers: Mapping[str, tuple[str, ...]]
    body: bytes
    request_id: str
    source: str = ""
    local: str = ""
    port: int = 0
    secure: bool = False

    def header(self, name: str) -> str:
        """The first value of header ``name``, or ""."""
        return (self.headers.get(name) or ("",))[0]

    @property
    def content_type(self) -> str:
        """The media type without its parameters, lower case."""
        return self.header("content-type").partition(";")[0].strip().lower()

    def with_body(self, body: bytes) -> Arrived:
        """The same, with the body that came behind the head."""
        return replace(self, body=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One HTTP answer."""

    status: int
    body: bytes
    content_type: str = "text/xml; charset=UTF-8"
    headers: Mapping[str, str] = field(default_factory=dict)


def retry_after(refused: Refused) -> Mapping[str, str]:
    """The header that tells a client when to try again, where that may help."""
    return {"Retry-After": str(refused.retry_after)} if refused.retry_after else {}


def arrival(request: BoundedRequest, request_id: str) -> Arrived:
    """Read a Twisted request; raises BodyRefused when its body cannot be taken."""
    headers = {
        name.decode("latin-1").lower(): tuple(v.decode("latin-1") for v in values)
        for name, values in request.requestHeaders.getAllRawHeaders()
    }
    host = request.getHost()
    return Arrived(
        method=request.method.decode("latin-1"),
        path=request.path.decode("latin-1"),
        query=request.query.decode("latin-1"),
        headers=headers,
        body=request.body(),
        request_id=request_id,
        source=getattr(request.client, "host", ""),
        local=getattr(host, "host", ""),
        port=getattr(host, "port", 0),
        secure=bool(request.isSecure()),
    )


def send(request: BoundedRequest, reply: Reply, request_id: str) -> None:
    """Write ``reply`` unless the peer has gone; a header names the request id."""
    if request.finished or request.channel is None:
        return
    transport = request.channel.transport
    headers = {REQUEST_ID: request_id, "Content-Type": reply.content_type, **reply.headers}
    request.answer(reply.status, headers, reply.body)
    flush(transport)
