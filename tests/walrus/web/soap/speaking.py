# SPDX-License-Identifier: BSD-2-Clause
"""A SOAP client without a library: messages as they stand, signed as S3 or by WS-Security."""

from __future__ import annotations

import http.client
import itertools
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from lxml import etree

from eucalyptus.access.principals import AccessKey
from eucalyptus.contracts.s3 import NAMESPACE
from eucalyptus.wire import s3_signature, soap
from eucalyptus.wire.certificates import Identity
from eucalyptus.wire.security import sign
from tests.walrus.serving import ALICE, Pair, Served, blocking
from walrus.core.keys import SOAP_MOUNTS

ENVELOPE = f"{{{soap.ENVELOPE}}}"
_ticks = itertools.count()


def stamp(ahead: float = 0.0) -> str:
    """A time stamp that no other request has."""
    moment = datetime.now(UTC) + timedelta(seconds=ahead, milliseconds=next(_ticks))
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def claim(operation: str, key: AccessKey = ALICE, when: str = "") -> str:
    """The three elements that sign an operation."""
    when = when or stamp()
    signature = s3_signature.sign(key.secret, operation, when)
    return (
        f"<AWSAccessKeyId>{key.key_id}</AWSAccessKeyId><Timestamp>{when}</Timestamp>"
        f"<Signature>{signature}</Signature>"
    )


def element(operation: str, inside: str) -> bytes:
    """An operation's element."""
    return f'<{operation} xmlns="{NAMESPACE}">{inside}</{operation}>'.encode()


def message(operation: str, inside: str = "", key: AccessKey | None = ALICE) -> bytes:
    """A whole message, signed as S3's clients do; None is nobody."""
    signed = claim(operation, key) if key else ""
    return soap.envelope(element(operation, inside + signed))


def sealed(operation: str, inside: str, pair: Pair, now: float = 0.0) -> bytes:
    """The same, signed by WS-Security."""
    identity = Identity(key=pair.key, certificate_pem=pair.pem)
    return sign(element(operation, inside), identity, None, now or time.time())


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes
    message: bytes = field(default=b"")

    @property
    def content(self) -> etree._Element:
        """The element in the Body."""
        (inside,) = etree.fromstring(self.message or self.body).find(f"{ENVELOPE}Body")  # type: ignore[union-attr]
        return inside

    @property
    def code(self) -> str:
        """The code of a fault, "" of an answer."""
        return (self.content.findtext("faultcode") or "").rpartition(".")[2]

    @property
    def why(self) -> str:
        """The sentence of a fault."""
        return self.content.findtext("faultstring") or ""

    def text(self, name: str) -> str:
        """The text of the first element with this local name."""
        return str(self.content.findtext(f".//{{{NAMESPACE}}}{name}"))

    def texts(self, name: str) -> list[str]:
        """The text of each such element."""
        return [str(found.text) for found in self.content.iter(f"{{{NAMESPACE}}}{name}")]


def post(
    served: Served,
    body: bytes,
    headers: dict[str, str] | None = None,
    path: str = SOAP_MOUNTS[0],
    method: str = "POST",
) -> Reply:
    """Send one message."""

    def talk() -> Reply:
        line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
        try:
            said = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'}
            line.request(method, path, body, said | (headers or {}))
            got = line.getresponse()
            named = {name.lower(): value for name, value in got.getheaders()}
            return Reply(got.status, named, got.read())
        finally:
            line.close()

    return blocking(talk)


def ask(served: Served, operation: str, inside: str = "", key: AccessKey | None = ALICE) -> Reply:
    """Send a signed message and read its answer."""
    return post(served, message(operation, inside, key))
