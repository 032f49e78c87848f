# SPDX-License-Identifier: BSD-2-Clause
"""Query requests signed by hand, so that every part of them can lie."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlencode

from eucalyptus.services import COMPUTE
from eucalyptus.web.arrivals import Arrived
from eucalyptus.web.query_door import FORM
from eucalyptus.wire.signable import Signable, canonical_pairs
from eucalyptus.wire.sigv4_making import Signing, authorize, presign
from tests.web.listeners import SECRET

HOST = "127.0.0.1:8773"
MAKE = {"Action": "CreateKeyPair", "Version": "2013-02-01"}
Canonical = Callable[[Mapping[str, str]], str]


@dataclass(frozen=True)
class Ask:
    """A request as it will be sent; headers are lower case."""

    method: str
    query: str = ""
    body: bytes = b""
    headers: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    path: str = COMPUTE.path
    port: int = 8773

    def arrived(self) -> Arrived:
        """As a door sees it."""
        said = {"host": HOST, "content-type": FORM, **self.headers}
        headers = {
            name: (value,) if isinstance(value, str) else value
            for name, value in said.items()
            if value
        }
        return Arrived(
            method=self.method, path=self.path, query=self.query, headers=headers, body=self.body,
            request_id=str(uuid.uuid4()), source="10.9.8.7", local="127.0.0.1", port=self.port,
        )  # fmt: skip

    def but(self, old: str, new: str) -> Ask:
        """The same with a text changed once in query, body and Authorization header."""
        headers = {n: v.replace(old, new, 1) if n == "authorization" and isinstance(v, str) else v
                   for n, v in self.headers.items()}  # fmt: skip
        made = replace(
            self, query=self.query.replace(old, new, 1), headers=headers,
            body=self.body.replace(old.encode(), new.encode(), 1),
        )  # fmt: skip
        assert made != self, old
        return made


def stamp(ago: float = 0.0) -> str:
    """A time as version 2 writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - ago))


def pairs2(said: Mapping[str, str]) -> dict[str, str]:
    """The parameters of a request with version 2, before they are signed; "" leaves one out."""
    whole = {
        **MAKE, "AWSAccessKeyId": "AKIADMIN", "SignatureVersion": "2",
        "SignatureMethod": "HmacSHA256", "Timestamp": stamp(), **said,
    }  # fmt: skip
    return {name: value for name, value in whole.items() if value != "\0"}


def version2(
    *, method: str = "GET", host: str = HOST, path: str = COMPUTE.path,
    canonical: Canonical = canonical_pairs, **said: str,
) -> Ask:  # fmt: skip
    """A request signed with version 2; what is said of it is what was signed."""
    whole = pairs2(said)
    text = f"{method}\n{host}\n{path}\n{canonical(whole)}".encode()
    name = "sha1" if whole.get("SignatureMethod") == "HmacSHA1" else "sha256"
    mac = base64.b64encode(hmac.digest(SECRET.encode(), text, name)).decode()
    sent = urlencode({**whole, "Signature": mac}, quote_via=quote, safe="~")
    return Ask(method, sent) if method == "GET" else Ask(method, body=sent.encode())


def version4(
    *, ago: float = 0.0, region: str = "eucalyptus", service: str = "ec2", **said: str
) -> Ask:
    """A POST signed with version 4 in its Authorization header."""
    body = urlencode({**MAKE, **said}).encode()
    request = Signable(
        method="POST", path=COMPUTE.path, query="", headers={"host": (HOST,)},
        body_sha256=hashlib.sha256(body).hexdigest(),
    )  # fmt: skip
    signing = Signing(key_id="AKIADMIN", secret=SECRET, service=service, region=region)
    return Ask("POST", body=body, headers=dict(authorize(request, signing, time.time() - ago)))


def presigned(*, seconds: int = 60, ago: float = 0.0, **said: str) -> Ask:
    """A GET signed with version 4 in its URL."""
    signing = Signing(key_id="AKIADMIN", secret=SECRET, service="ec2")
    url = f"http://{HOST}{COMPUTE.path}?{urlencode({**MAKE, **said}, quote_via=quote)}"
    return Ask("GET", presign(url, signing, time.time() - ago, seconds).partition("?")[2])


def claimed(text: str, names: str, *, date: str = "", **headers: str) -> Ask:
    """CreateKeyPair signed with version 4 over exactly the headers ``names``, in that order."""
    from eucalyptus.wire.signable import Scope
    from eucalyptus.wire.sigv4_text import signing_key

    body = urlencode({**MAKE, "KeyName": text}).encode()
    date = date or time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    said = {"host": HOST, "content-type": FORM, "x-amz-date": date,
            **{name.replace("_", "-"): value for name, value in headers.items()}}  # fmt: skip
    lines = "".join(f"{n.lower()}:{said.get(n.lower(), '')}\n" for n in names.split(";"))
    digest = hashlib.sha256(body).hexdigest()
    canonical = f"POST\n{COMPUTE.path}\n\n{lines}\n{names}\n{digest}"
    scope = Scope(day=date[:8], region="r", service="ec2")
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashed}".encode()
    mac = hmac.digest(signing_key(SECRET, scope), to_sign, "sha256").hex()
    said["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential=AKIADMIN/{scope}, SignedHeaders={names}, Signature={mac}"
    )
    return Ask("POST", body=body, headers=said)


def signable(asked: Ask) -> Signable:
    """What there is to sign of a request without parameters in its URL."""
    arrived = asked.arrived()
    return Signable(
        method=arrived.method, path=arrived.path, query=arrived.query, headers=arrived.headers,
        body_sha256=hashlib.sha256(arrived.body).hexdigest(), port=arrived.port,
    )  # fmt: skip
