# SPDX-License-Identifier: BSD-2-Clause
"""What an attacker sends, as bytes for the wire: the catalogue's kinds, mixed.

They come from the builders of the attack tests; those prove that each is refused, these are for
sending many.
"""

from __future__ import annotations

import gzip
import uuid
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import cast
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from cloudcontroller.identity.core.bundle import Credentials
from eucalyptus.services import COMPUTE
from eucalyptus.wire import certificates
from eucalyptus.wire.security import names
from tests.street.town import Key, signed
from tests.web.listeners import Listener
from tests.web.test_bad_http import REFUSED
from tests.wire.security.changes import many_references
from tests.wire.security.forge import FRONT, Signer, letter, operation, unsigned
from tests.wire.security.wrapping import ROWS
from tests.wire.test_documents import HUGE

Headers = Mapping[str, tuple[str, ...]]

REGIONS = operation("DescribeRegions", "")
DESCRIBE = {"Action": "DescribeRegions", "Version": "2016-11-15"}
LAUGHS = b"<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]>"


def post(body: bytes, kind: str, headers: Headers | None = None, path: str = COMPUTE.path) -> bytes:
    """A POST that leaves the connection open."""
    said = {"host": ("127.0.0.1:8773",), "content-type": (kind,), **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, values in said.items() for value in values)
    head = f"POST {path} HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n"
    return head.encode("latin-1") + body


def soap(document: bytes) -> bytes:
    """A POSTed document."""
    return post(document, "text/xml")


def query(key: Key | None, now: float, path: str = COMPUTE.path, **asks: str) -> bytes:
    """A Query request, signed as of ``now``."""
    body = urlencode({**DESCRIBE, **asks}).encode()
    made = signed(path, key, body, lambda: now)
    return post(body, made.content_type, made.headers, path)


def signer_of(user: Credentials) -> Signer:
    """A user's key and certificate."""
    key = certificates.load_key(user.private_key)
    assert isinstance(key, RSAPrivateKey)
    return Signer(key, user.certificate)


def queries(user: Credentials, now: float) -> Iterator[tuple[str, bytes]]:
    """Signatures that are wrong, old, nobody's; and good ones under nonsense."""
    mine = Key(user.key_id, user.secret)
    for number in range(40):
        yield f"Q nobody {number}", query(Key(f"AKI{uuid.uuid4().hex[:17].upper()}", "x"), now)
        yield f"Q wrong {number}", query(Key(user.key_id, "x"), now, Marker=str(number))
    yield "Q unsigned", query(None, now)
    yield "Q old", query(mine, now - 3600)
    yield "Q early", query(mine, now + 3600)
    yield "Q unknown action", query(mine, now, Action="Nonsense")
    yield "Q unknown parameter", query(mine, now, Nonsense="1")
    yield "Q malformed value", query(mine, now, DryRun="perhaps")


def messages(user: Credentials, now: float) -> Iterator[tuple[str, bytes]]:
    """SOAP that is forged, wrapped, old, nobody's, repeated, or no SOAP at all."""
    victim = signer_of(user)
    good = letter(who=victim, body=REGIONS, now=now).text()
    yield "S repeated", soap(good)
    yield "S unsigned", soap(unsigned(who=victim, body=REGIONS, now=now).text())
    yield "S old", soap(letter(who=victim, body=REGIONS, now=now - 3600).text())
    yield "S changed", soap(good.replace(b"DescribeRegions", b"DescribeImages"))
    yield "S laughs", soap(LAUGHS + good)
    yield "S cut", soap(good[: len(good) // 2])
    yield "S garbage", soap(b"\x00\xff" * 200)
    yield "S SOAP 1.2", soap(good.replace(names.SOAP.encode(), names.SOAP12.encode()))
    for number in range(8):
        key = certificates.make_key()
        pem = certificates.self_issue(key, certificates.subject("nobody", "User"), now)
        document = letter(who=Signer(key, pem), body=REGIONS, now=now).text()
        yield f"S nobody {number}", soap(document)
    for row, forge in ROWS:
        scene = letter(who=victim, body=REGIONS, now=now)
        forge(scene)
        yield f"S {row}", soap(scene.text())


FORM = "application/x-www-form-urlencoded"


def http() -> dict[str, bytes]:
    """What is no honest HTTP, and forms that are none."""
    at = cast("Listener", SimpleNamespace(path=COMPUTE.path))
    bombed = {"content-encoding": ("gzip",)}
    return {
        **{f"H {row}": made(at) for row, made in REFUSED},
        "F twice": post(b"Action=a&Action=b", FORM),
        "F not UTF-8": post(b"Action=%ff", FORM),
        "F 10,000 parameters": post(b"&".join(b"a%d=1" % n for n in range(10_000)), FORM),
        "F another type": post(b"{}", "application/json"),
        "F gzip bomb": post(gzip.compress(b"x" * 20_000_000), FORM, bombed),
        "F no gzip": post(b"Action=x", FORM, bombed),
        "F nowhere": b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n",
        "F metadata of nobody": b"GET /latest/meta-data/ HTTP/1.1\r\nHost: x\r\n\r\n",
    }


def mix(user: Credentials, now: float) -> dict[str, bytes]:
    """Every kind, by name; good for five minutes from ``now`` (POSIX seconds)."""
    return {**dict(queries(user, now)), **dict(messages(user, now)), **http()}


def bombs(user: Credentials, now: float) -> dict[str, bytes]:
    """Messages made to be dear: a megabyte to parse, to canonicalize, to verify."""
    victim = signer_of(user)
    made = {f"X {name}": soap(document) for name, document in HUGE.items()}
    wide = letter(who=victim, body=operation("DescribeRegions", "<a/>" * 40_000), now=now)
    wide.B[0].set("forged", "1")
    made["X forged Body"] = soap(wide.text())
    crowd = unsigned(FRONT, victim, REGIONS, now).seal(many_references(3000))
    made["X many References"] = soap(crowd.text())
    deep = "<a>" * 30 + "</a>" * 30
    nested = letter(who=victim, body=operation("DescribeRegions", deep * 1000), now=now)
    nested.G[1].text = "AAAA"
    made["X no signature"] = soap(nested.text())
    return made
