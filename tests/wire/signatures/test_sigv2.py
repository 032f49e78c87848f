# SPDX-License-Identifier: BSD-2-Clause
"""Version 2: Query parameters as old clients sign them, and S3 against botocore."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from functools import partial
from urllib.parse import quote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from eucalyptus.wire import signatures
from eucalyptus.wire.dates import format_basic, parse_basic, parse_http, parse_iso
from eucalyptus.wire.security.instants import format_instant
from eucalyptus.wire.signable import Accepts, Signable
from tests.wire.signatures.peers import (
    EC2,
    KEY,
    S3,
    SECRET,
    boto_request,
    changed,
    outcome,
    query_v2,
    s3_v2,
    s3_v2_url,
    with_header,
)

NOW = 1.8e9
STAMP = format_instant(NOW)
BARE = Accepts(service="ec2", bare_path=True)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
NAMES = st.text("abcXYZ.-_~0é/+*%&= ", min_size=1, max_size=6)


def good(**more: str) -> Signable:
    return query_v2({"Action": "RunInstances", "Timestamp": STAMP, **more})


@settings(max_examples=100, deadline=None)
@given(
    parameters=st.dictionaries(NAMES, WORDS, max_size=5),
    hash_name=st.sampled_from(["sha1", "sha256"]),
    method=st.sampled_from(["GET", "POST"]),
)
def test_query_signatures_are_accepted(
    parameters: dict[str, str], hash_name: str, method: str
) -> None:
    request = query_v2({**parameters, "Timestamp": STAMP}, hash_name=hash_name, method=method)
    assert outcome(request) == ""
    assert outcome(request, later=901) == "RequestExpired"
    assert outcome(request, later=-21) == "RequestExpired"
    assert outcome(request, secret="other") == "AuthFailure"
    no_sha1 = Accepts(service="ec2", sha1=False)
    assert outcome(request, no_sha1) == ("" if hash_name == "sha256" else "MalformedRequest")


@settings(max_examples=200, deadline=None)
@given(
    which=st.integers(0, 5), where=st.integers(0, 40), byte=st.integers(33, 126), name=st.booleans()
)
def test_q01_one_changed_character_is_refused(
    which: int, where: int, byte: int, name: bool
) -> None:
    request = good(ImageId="emi-1")
    found = list(request.parameters)
    key, value = found[which % len(found)]
    text = key if name else value
    at = where % len(text)
    assume(text[at] != chr(byte))
    text = text[:at] + chr(byte) + text[at + 1 :]
    found[which % len(found)] = (text, value) if name else (key, text)
    assert outcome(changed(request, parameters=tuple(found)))


HABITS = {
    "host as sent": ("cloud.example:8773", "/services/compute/"),
    "host without port": ("cloud.example", "/services/compute/"),
    "root": ("cloud.example:8773", "/"),
    "root without port (Net::Amazon::EC2)": ("cloud.example", "/"),
}


@pytest.mark.parametrize("habit", HABITS)
def test_old_clients_take_liberties_with_host_and_path(habit: str) -> None:
    request = query_v2({"Timestamp": STAMP}, signed_as=HABITS[habit])
    assert outcome(request, BARE) == ""
    assert outcome(request, EC2) == ("AuthFailure" if "root" in habit else "")


def test_a_host_sent_without_its_port_may_be_signed_with_it() -> None:
    signed_as = ("cloud.example:8773", "/services/compute/")
    request = query_v2({"Timestamp": STAMP}, host="Cloud.Example", signed_as=signed_as)
    assert outcome(request) == ""
    assert outcome(changed(request, port=0)) == "AuthFailure"


def without(name: str) -> Callable[[], Signable]:
    def make() -> Signable:
        request = good()
        return changed(request, parameters=tuple(p for p in request.parameters if p[0] != name))

    return make


def signature(change: Callable[[str], str]) -> Callable[[], Signable]:
    def make() -> Signable:
        found = dict(good().parameters)
        found["Signature"] = change(found["Signature"])
        return changed(good(), parameters=tuple(found.items()))

    return make


def lax(text: str) -> str:
    """The same bytes to a lax base64 decoder."""
    return text[:-2] + chr(ord(text[-2]) + 1) + "="


ROWS: dict[str, Callable[[], Signable]] = {
    "Q-01 method": lambda: changed(good(), method="POST"),
    "Q-01 case of method": lambda: changed(good(), method="get"),
    "Q-01 added": lambda: changed(good(), parameters=(*good().parameters, ("X", "1"))),
    "Q-04 twice": lambda: changed(good(), parameters=(*good().parameters, ("Action", "X"))),
    "Q-06 path": lambda: changed(good(), path="/services/compute"),
    "Q-06 case of path": lambda: changed(good(), path="/Services/compute/"),
    "Q-06 double slash": lambda: changed(good(), path="//services/compute/"),
    "Q-06 root for Euare": lambda: query_v2(
        {"Timestamp": STAMP}, path="/services/Euare", signed_as=("cloud.example", "/")
    ),
    "Q-07 host": lambda: with_header(good(), "host", "other.example:8773"),
    "Q-07 no host": lambda: with_header(good(), "host"),
    "Q-07 two hosts": lambda: with_header(good(), "host", "a", "b"),
    **{f"Q-08 version {v!r}": partial(good, SignatureVersion=v) for v in ("0", "1", "3", "2 ", "")},
    "Q-08 no version": without("SignatureVersion"),
    **{
        f"Q-08 method {m[:12]!r}": partial(good, SignatureMethod=m)
        for m in ("HmacMD5", "", "HmacSHA512", "hmacsha256", "x" * 1_000_000)
    },
    "Q-08 no method": without("SignatureMethod"),
    "Q-12 empty": signature(lambda s: ""),
    "Q-12 short": signature(lambda s: s[:20]),
    "Q-12 no padding": signature(lambda s: s.rstrip("=")),
    "Q-12 more padding": signature(lambda s: s + "="),
    "Q-12 lax padding bits": signature(lax),
    "Q-12 space": signature(lambda s: s + " "),
    "Q-12 trailing NUL": signature(lambda s: s + "\0"),
    "Q-12 not ASCII": signature(lambda s: "é" + s[1:]),
    "no key": without("AWSAccessKeyId"),
    "odd key": lambda: good(AWSAccessKeyId="a b"),
    "Q-20 no time": without("Timestamp"),
    "Q-20 both": lambda: good(Expires=STAMP),
    **{
        f"Q-20 {t!r}": partial(query_v2, {"Timestamp": t})
        for t in (
            "",
            "now",
            "2027-01-01",
            "20270101T000000",
            "2027-13-01T00:00:00Z",
            "2027-01-01T25:00:00Z",
            "2027-01-01T00:00:00ZZ",
            "2027-01-01T00:00:60Z",
            "2" * 100_000,
        )
    },
}


@pytest.mark.parametrize("row", ROWS)
def test_query_rows(row: str) -> None:
    assert outcome(good()) == ""
    assert outcome(ROWS[row]()) in ("AuthFailure", "MalformedRequest"), row


def test_q02_delimiters_in_values_mean_themselves() -> None:
    request = good(Name="a&ImageId=emi-2", Other="x=y\nz")
    assert outcome(request) == ""
    split = tuple(p for p in request.parameters if p[0] != "Name")
    assert outcome(changed(request, parameters=(*split, ("Name", "a"), ("ImageId", "emi-2"))))


def test_q20_expires_is_capped_at_a_week() -> None:
    request = query_v2({"Expires": STAMP})
    signed = signatures.parse(request, EC2)
    assert (signed.ends, signed.begins) == (NOW, NOW - 604800)
    far = signatures.parse(query_v2({"Expires": "2099-01-01T00:00:00Z"}), EC2)
    assert far.begins > NOW, "not valid before its last week"


def test_an_extra_authorization_header_of_libcloud_is_ignored() -> None:
    assert outcome(with_header(good(), "authorization", "AWS a:b")) == ""


def test_session_tokens_are_reported() -> None:
    assert signatures.parse(good(SecurityToken="T"), EC2).token == "T"


# --- S3 ------------------------------------------------------------------------------------------

OBJECT = "http://s3.example:8773/services/objectstorage/b/"
SUB = st.sampled_from(
    [
        "acl",
        "uploads",
        "versionId",
        "partNumber",
        "max-keys",
        "prefix",
        "response-content-type",
        "x",
    ]
)
SAFE = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=6)


@settings(max_examples=100, deadline=None)
@given(
    method=st.sampled_from(["GET", "PUT", "DELETE", "HEAD", "POST"]),
    key=st.text(min_size=1, max_size=8),
    query=st.dictionaries(SUB, SAFE.filter(bool), max_size=3),
    headers=st.dictionaries(
        st.sampled_from(["x-amz-meta-a", "X-Amz-Acl", "Content-Type", "Content-MD5", "Range"]), SAFE
    ),
)
def test_s3_header_signatures_are_accepted(
    method: str, key: str, query: dict[str, str], headers: dict[str, str]
) -> None:
    try:
        path = quote(key, safe="/~")
    except UnicodeEncodeError:
        return
    said = "&".join(f"{k}={quote(v, safe='')}" for k, v in query.items())
    request = s3_v2(
        boto_request(method, OBJECT + "a" + path + ("?" + said if said else ""), headers)
    )
    assert outcome(request, S3) == ""
    assert outcome(request, S3, later=901) == "RequestExpired"
    assert outcome(changed(request, path=request.path + "x"), S3) == "AuthFailure"
    assert outcome(with_header(request, "x-amz-copy-source", "/b/k"), S3) == "AuthFailure"


@settings(max_examples=50, deadline=None)
@given(expires=st.integers(2, 10_000), query=st.dictionaries(SUB, SAFE.filter(bool), max_size=2))
def test_s3_urls_are_accepted(expires: int, query: dict[str, str]) -> None:
    said = "&".join(f"{k}={quote(v, safe='')}" for k, v in query.items())
    request = s3_v2_url(boto_request("GET", OBJECT + "k" + ("?" + said if said else "")), expires)
    assert outcome(request, S3) == ""
    assert outcome(request, S3, later=2) == "RequestExpired"
    assert outcome(changed(request, method="PUT"), S3) == "AuthFailure"
    assert outcome(changed(request, query=request.query + "&acl"), S3) == (
        "AuthFailure" if "acl" not in query else "MalformedRequest"
    )


def s3_signed(resource: str, **parts: object) -> Signable:
    """Signed over a resource as a client names it."""
    text = f"GET\n\n\nSat, 21 Nov 2026 12:00:00 GMT\n{resource}"
    digest = hmac.digest(SECRET.encode(), text.encode("latin-1"), "sha1")
    said = f"AWS {KEY}:{base64.b64encode(digest).decode()}"
    request = Signable(
        method="GET",
        path="/services/objectstorage/b/k",
        query="",
        headers={
            "host": ("h",),
            "date": ("Sat, 21 Nov 2026 12:00:00 GMT",),
            "authorization": (said,),
        },
        resources=("/services/objectstorage/b/k", "/b/k"),
    )
    return changed(request, **parts)


def test_s3_clients_name_the_resource_with_or_without_the_service_path() -> None:
    assert outcome(s3_signed("/b/k"), S3) == ""
    assert outcome(s3_signed("/services/objectstorage/b/k"), S3) == ""
    assert outcome(s3_signed("/b/k", resources=()), S3) == "AuthFailure"
    assert outcome(s3_signed("/b/other"), S3) == "AuthFailure"
    assert outcome(s3_signed("/b/k?acl", query="acl"), S3) == ""
    assert outcome(s3_signed("/b/k?acl", query="acl="), S3) == ""


@pytest.mark.parametrize(
    "date",
    [
        "Sat, 21 Nov 2026 12:00:00 GMT",
        "Sat, 21 Nov 2026 12:00:00 +0000",
        "Sat, 21 Nov 2026 12:00:00 UTC",
        "Saturday, 21-Nov-26 12:00:00 GMT",
        "Sat Nov 21 12:00:00 2026",
        "20261121T120000Z",
        "2026-11-21T12:00:00Z",
        "Sat, 21 Nov 2026 13:00:00 +0100",
        "2026-11-21T12:00:00",
        "2026-11-21T11:30:00-00:30",
        "2026-11-21T12:00:00.000+00:00",
        "2026-11-21T14:00:00+02",
    ],
)
def test_dates_in_every_form(date: str) -> None:
    assert parse_http(date) == parse_basic("20261121T120000Z")


@pytest.mark.parametrize(
    "date", ["", "x", "x" * 100, "Sat, 41 Nov 2026 12:00:00 GMT", "1", "2026-11-21"]
)
def test_dates_in_no_form(date: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        parse_http(date)
    with pytest.raises(ValueError):
        parse_iso(date)
    assert outcome(with_header(s3_signed("/b/k"), "date", date), S3) == "AuthFailure"


def test_basic_dates_go_out_and_come_back() -> None:
    assert parse_iso(format_basic(NOW)) == NOW


S3_ROWS: dict[str, Callable[[], Signable]] = {
    "x-amz-date wins, the Date line is empty": lambda: with_header(
        s3_signed("/b/k"), "x-amz-date", "Sat, 21 Nov 2026 12:00:00 GMT"
    ),
    "no date": lambda: with_header(s3_signed("/b/k"), "date"),
    "no colon": lambda: with_header(s3_signed("/b/k"), "authorization", f"AWS {KEY}"),
    "other word": lambda: with_header(s3_signed("/b/k"), "authorization", "AWS  a:b"),
    "two": lambda: with_header(s3_signed("/b/k"), "authorization", "AWS a:b", "AWS a:b"),
    "S-20 header": lambda: with_header(s3_signed("/b/k"), "x-amz-acl", "public-read"),
    "S-20 Content-MD5": lambda: with_header(s3_signed("/b/k"), "content-md5", "x"),
    "S-20 Content-Type": lambda: with_header(s3_signed("/b/k"), "content-type", "x"),
    "S-21 sub-resource": lambda: s3_signed("/b/k", query="acl"),
    "S-21 override": lambda: s3_signed("/b/k", query="response-content-type=text/html"),
    "Q-04 twice": lambda: s3_signed("/b/k", query="a&a"),
    "both": lambda: s3_signed("/b/k", query="Signature=x&AWSAccessKeyId=y"),
    "v4 too": lambda: s3_signed("/b/k", query="X-Amz-Signature=x"),
    "not a header": lambda: with_header(
        s3_signed("/b/k", query="Xignature=Signature=&AWSAccessKeyId="), "authorization", "Basic x"
    ),
}


@pytest.mark.parametrize("row", S3_ROWS)
def test_s3_rows(row: str) -> None:
    assert outcome(s3_signed("/b/k"), S3) == ""
    assert outcome(S3_ROWS[row](), S3) in ("AuthFailure", "MalformedRequest"), row


@pytest.mark.parametrize("expires", ["-1", "9223372036854775808", "1.5", "", "1e9", "\u0661"])
def test_s22_expires_is_a_plain_number(expires: str) -> None:
    request = s3_v2_url(boto_request("GET", OBJECT + "k"))
    parts = [piece for piece in request.query.split("&") if not piece.startswith("Expires=")]
    query = "&".join([*parts, "Expires=" + quote(expires)])
    assert outcome(changed(request, query=query), S3) == "MalformedRequest"


def test_a_url_may_carry_a_session_token() -> None:
    from botocore.auth import HmacV1QueryAuth

    from tests.wire.signatures.peers import credentials, received

    request = boto_request("GET", OBJECT + "k")
    HmacV1QueryAuth(credentials("TOKEN"), expires=300).add_auth(request)
    assert outcome(received(request), S3) == ""
    assert signatures.parse(received(request), S3).token == "TOKEN"
    assert (
        outcome(
            changed(
                received(request), query=request.url.partition("?")[2].replace("TOKEN", "TOKEM")
            ),
            S3,
        )
        == "AuthFailure"
    )


def test_s3_url_with_a_broken_signature() -> None:
    request = s3_v2_url(boto_request("GET", OBJECT + "k"))
    query = "&".join(
        piece for piece in request.query.split("&") if not piece.startswith("Signature=")
    )
    assert outcome(changed(request, query=query + "&Signature=x"), S3) == "MalformedRequest"
