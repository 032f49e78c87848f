# SPDX-License-Identifier: BSD-2-Clause
"""CORS rules: read strictly, matched as S3 matches them."""

from __future__ import annotations

import pytest

from eucalyptus.contracts.refusals import Refused
from walrus.core import cors
from walrus.core.cors import Crossing, Rule

GOOD = (
    "<AllowedOrigin>https://*.example.com</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"
    "<AllowedMethod>PUT</AllowedMethod><AllowedHeader>X-Amz-*</AllowedHeader>"
    "<ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds><ID>one</ID>"
)
RULE = Rule(
    id="one", origins=("https://*.example.com",), methods=("GET", "PUT"), headers=("X-Amz-*",),
    exposed=("ETag",), seconds=60,
)  # fmt: skip


def read(inside: str) -> tuple[Rule, ...]:
    """A document with one rule."""
    return cors.read(
        f"<CORSConfiguration><CORSRule>{inside}</CORSRule></CORSConfiguration>".encode()
    )


def test_there_and_back() -> None:
    """A document, its rules, their text, and a document again."""
    assert read(GOOD) == (RULE,)
    assert cors.of_kept(cors.kept((RULE,))) == (RULE,)
    assert cors.read(cors.document((RULE,))) == (RULE,)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("https://*.example.com", "https://*.example.*", id="S-70 two wildcards"),
        pytest.param("https://*.example.com", "http://a&#13;&#10;b", id="S-70 line end in origin"),
        pytest.param("https://*.example.com", "", id="S-70 empty origin"),
        pytest.param("https://*.example.com", "a" * 1025, id="S-70 endless origin"),
        pytest.param("ETag", "a&#10;Set-Cookie: b", id="S-70 CVE-2020-10753 line end exposed"),
        pytest.param("ETag", "*", id="S-70 wildcard in ExposeHeader"),
        pytest.param("X-Amz-*", "*-*", id="S-70 two wildcards in AllowedHeader"),
        pytest.param("X-Amz-*", "a b", id="S-70 blank in AllowedHeader"),
        pytest.param(">PUT<", ">OPTIONS<", id="S-70 method"),
        pytest.param("60", "-1", id="S-70 seconds"),
        pytest.param(">one<", f">{'i' * 256}<", id="S-70 long ID"),
        pytest.param(">one<", ">o&#10;e<", id="S-70 line end in ID"),
        pytest.param("<ID>one</ID>", "<ID>one</ID><ID>two</ID>", id="S-70 two IDs"),
        pytest.param("<ID>one</ID>", "<Other/>", id="S-70 unknown element"),
        pytest.param("<AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod>", "",
                     id="S-70 no method"),
    ],
)  # fmt: skip
def test_rules_that_are_none(old: str, new: str) -> None:
    """Refused; nothing of them could reach a header."""
    assert old in GOOD
    with pytest.raises(Refused) as caught:
        read(GOOD.replace(old, new))
    assert caught.value.refusal.code in ("InvalidRequest", "MalformedXML")


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(b"<CORSConfiguration/>", id="S-70 no rule"),
        pytest.param(b"<CORSConfiguration>" + b"<CORSRule/>" * 101 + b"</CORSConfiguration>",
                     id="S-70 many"),
        pytest.param(b"<CORSConfiguration><Rule/></CORSConfiguration>", id="S-70 no CORSRule"),
        pytest.param(b"<CORSConfiguration>" + b" " * 65536 + b"</CORSConfiguration>",
                     id="S-70 large"),
    ],
)  # fmt: skip
def test_documents_that_are_none(document: bytes) -> None:
    """MalformedXML."""
    with pytest.raises(Refused):
        cors.read(document)


def test_the_first_rule_that_allows_it_speaks() -> None:
    """Origin named only when the rule means it; cookies never for everybody."""
    everybody = Rule(origins=("*",), methods=("GET",))
    rules = (RULE, everybody)
    named = cors.allowed(rules, Crossing(origin="https://a.example.com", method="GET"))
    assert named == {
        "access-control-allow-origin": "https://a.example.com",
        "access-control-allow-methods": "GET, PUT",
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "ETag",
        "access-control-max-age": "60",
        "vary": "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
    }
    anybody = cors.allowed(rules, Crossing(origin="http://evil", method="GET"))
    assert anybody is not None
    assert anybody["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in anybody
    assert cors.allowed(rules, Crossing(origin="http://evil", method="PUT")) is None


@pytest.mark.parametrize(
    ("pattern", "origin", "matches"),
    [
        ("*suffix", "foo.suffix", True), ("*suffix", "foo.suffix.get", False),
        ("start*end", "startend", True), ("start*end", "start12end", True),
        ("start*end", "starend", False), ("ab*bc", "abc", False), ("prefix*", "prefix", True),
        ("prefix*", "bla.prefix", False), ("http://a", "http://A", False), ("*", "null", True),
    ],
)  # fmt: skip
def test_origins(pattern: str, origin: str, matches: bool) -> None:
    """One star stands for any text, also none."""
    rule = Rule(origins=(pattern,), methods=("GET",))
    assert (cors.allowed((rule,), Crossing(origin=origin, method="GET")) is not None) == matches


def test_headers_to_come() -> None:
    """Each must be allowed, whatever its capitals; they are told again."""
    said = {"origin": "https://a.example.com", "access-control-request-method": "PUT",
            "access-control-request-headers": "X-AMZ-Date, x-amz-acl"}  # fmt: skip
    crossing = cors.crossing("OPTIONS", said)
    assert crossing is not None
    allowed = cors.allowed((RULE,), crossing)
    assert allowed is not None
    assert allowed["access-control-allow-headers"] == "x-amz-date, x-amz-acl"
    other = cors.crossing("OPTIONS", {**said, "access-control-request-headers": "x-other"})
    assert other is not None
    assert cors.allowed((RULE,), other) is None
    assert cors.crossing("GET", {}) is None
