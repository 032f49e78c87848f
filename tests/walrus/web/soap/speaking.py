# SPDX-License-Identifier: BSD-2-Clause
"""A SOAP client without a library: messages as they stand, signed as S3 or by WS-Security."""

from __future__ import annotations

import base64
import functools
import http.client
import itertools
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from lxml import etree

from eucalyptus.access.principals import AccessKey
from eucalyptus.contracts.s3 import NAMESPACE
from eucalyptus.contracts.s3_soap.contract import S3_SOAP
from eucalyptus.wire import s3_signature, soap, wsdl
from eucalyptus.wire.certificates import identity, key_pem
from eucalyptus.wire.security import sign
from tests.walrus.serving import ALICE, Pair, Served, blocking
from walrus.core.enclosures import dime, mime
from walrus.core.enclosures.enclosure import Bare, Unwrapping
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
    signer = identity(pair.pem, key_pem(pair.key))
    return sign(element(operation, inside), signer, None, now or time.time())


@functools.cache
def schema() -> etree.XMLSchema:
    """The schema that we publish."""
    document = etree.fromstring(wsdl.text(S3_SOAP, "", "http://localhost/"))
    (said,) = document.iter("{http://www.w3.org/2001/XMLSchema}schema")
    return etree.XMLSchema(etree.fromstring(etree.tostring(said)))


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes
    message: bytes = b""
    attached: bytes = b""

    def split(self) -> Reply:
        """With the message and what is attached to it told apart; every answer is checked against
        the schema."""
        kind = self.headers.get("content-type", "")
        unwrapping: Unwrapping = Bare()
        if kind.startswith(mime.MEDIA_TYPE):
            unwrapping = mime.MimeUnwrapping(kind)
        elif kind == dime.MEDIA_TYPE:
            unwrapping = dime.DimeUnwrapping()
        parts = [b"", b""]
        for part, run in unwrapping.feed(self.body):
            parts[part] += run
        unwrapping.finish()
        made = replace(self, message=parts[0], attached=parts[1])
        if self.status == 200 and b":definitions " not in parts[0][:200]:
            schema().assertValid(made.content)
        return made

    @property
    def content(self) -> etree._Element:
        """The element in the Body."""
        (inside,) = etree.fromstring(self.message).find(f"{ENVELOPE}Body")  # type: ignore[union-attr]
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
            return Reply(got.status, named, got.read()).split()
        finally:
            line.close()

    return blocking(talk)


def ask(served: Served, operation: str, inside: str = "", key: AccessKey | None = ALICE) -> Reply:
    """Send a signed message and read its answer."""
    return post(served, message(operation, inside, key))


# --- what is said, time and again ---------------------------------------------------------------

ETAG = '"5d41402abc4b2a76b9719d911017c592"'
WHERE = "<Bucket>bucket</Bucket><Key>k</Key>"
ALL = "<GetMetadata>true</GetMetadata><GetData>true</GetData><InlineData>true</InlineData>"


def inline(data: bytes, more: str = "", where: str = WHERE, length: int | None = None) -> str:
    """What PutObjectInline says."""
    length = len(data) if length is None else length
    text = base64.b64encode(data).decode()
    return f"{where}{more}<Data>{text}</Data><ContentLength>{length}</ContentLength>"


def metadata(**said: str) -> str:
    """Metadata entries."""
    return "".join(
        f"<Metadata><Name>{name.replace('_', '-')}</Name><Value>{value}</Value></Metadata>"
        for name, value in said.items()
    )
