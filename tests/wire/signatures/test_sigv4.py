# SPDX-License-Identifier: BSD-2-Clause
"""Version 4 against botocore: what it signs we accept, and every changed byte we refuse."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from eucalyptus.contracts.refusals import Refused
from eucalyptus.wire import signatures
from eucalyptus.wire.signable import EMPTY_SHA256, Accepts, Signable, check
from eucalyptus.wire.sigv4_making import Signing, authorize, presign
from tests.wire.signatures.peers import (
    EC2,
    FORM,
    KEY,
    S3,
    SECRET,
    URL,
    boto_request,
    changed,
    outcome,
    v4,
    v4_url,
    with_header,
)

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
BARE = Accepts(service="ec2", bare_path=True)
NAMES = st.text("abcXYZ.-_~0 é/+*%&=", min_size=1, max_size=6)
HEADER_WORDS = st.text(
    st.characters(min_codepoint=33, max_codepoint=126) | st.just(" "), max_size=9
)


def form(parameters: dict[str, str]) -> str:
    return "&".join(
        f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in parameters.items()
    )


@settings(max_examples=150, deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD"]),
    parameters=st.dictionaries(NAMES, WORDS, max_size=4),
    body=st.text(max_size=10),
    extra=st.dictionaries(
        st.sampled_from(["x-amz-meta-a", "X-Amz-Target", "Content-Type", "Range"]), HEADER_WORDS
    ),
    scope=st.tuples(
        st.sampled_from(["eucalyptus", "us-east-1", "0", "undefined-123", "US"]),
        st.sampled_from(["ec2", "127", "eucalyptus", "s3"]),
    ),
)
def test_what_botocore_signs_is_accepted(
    method: str,
    parameters: dict[str, str],
    body: str,
    extra: dict[str, str],
    scope: tuple[str, str],
) -> None:
    assume("FORM" not in extra)
    region, service = scope
    url = URL + "?" + form(parameters)
    request = v4(boto_request(method, url, extra, body), service, region)
    accepts = S3 if service == "s3" else EC2
    assert outcome(request, accepts) == ""
    assert outcome(request, accepts, secret=SECRET + "x") == "AuthFailure"
    assert outcome(request, accepts, later=901) == "RequestExpired"
    assert outcome(request, accepts, later=-accepts.future - 1) == "RequestExpired"


@settings(max_examples=100, deadline=None)
@given(
    key=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12),
    parameters=st.dictionaries(NAMES, WORDS, max_size=3),
    expires=st.integers(1, 604800),
)
def test_what_botocore_signs_in_urls_is_accepted(
    key: str, parameters: dict[str, str], expires: int
) -> None:
    path = quote(key, safe="/~")
    assume(not path.startswith("/"))
    url = "http://s3.example:8773/services/objectstorage/b/" + path + "?" + form(parameters)
    request = v4_url(boto_request("GET", url), "s3", expires)
    assert outcome(request, S3) == ""
    assert outcome(request, S3, later=expires + 1) == "RequestExpired"
    assert outcome(request, S3, later=expires - 1) == ""
    assert outcome(changed(request, method="PUT"), S3) == "AuthFailure"


@settings(max_examples=300, deadline=None)
@given(where=st.integers(0, 10_000), byte=st.integers(33, 126), in_url=st.booleans())
def test_one_changed_byte_is_refused(where: int, byte: int, in_url: bool) -> None:
    sign = v4_url if in_url else v4
    url = URL + "?Action=DescribeInstances&InstanceId.1=i-12345678"
    request = sign(boto_request("GET", url, {"x-amz-meta-a": "value"}))
    head = [request.method, request.path, request.query, *(v[0] for v in request.headers.values())]
    at = where % sum(map(len, head))
    number = 0
    while at >= len(head[number]):
        at -= len(head[number])
        number += 1
    text = head[number]
    assume(text[at] != chr(byte))
    head[number] = text[:at] + chr(byte) + text[at + 1 :]
    values = {name: (head[3 + n],) for n, name in enumerate(request.headers)}
    mutant = changed(request, method=head[0], path=head[1], query=head[2], headers=values)
    assume(meaning(mutant) != meaning(request))
    assert outcome(mutant), (head[number], request)


def meaning(request: Signable) -> object:
    """What a request says; percent escapes differ in case, and "&" may repeat, without meaning."""
    try:
        return signatures.parse(request, EC2)
    except Refused:
        return None


@pytest.mark.parametrize("host", ["127.0.0.1:8773", "127.0.0.1"], ids=["port", "no-port"])
@pytest.mark.parametrize("path", ["/services/compute", "/"])
def test_clients_may_sign_a_bare_path_and_host_where_the_door_says_so(path: str, host: str) -> None:
    """Net::Amazon::EC2 signs "/" and a host without the port that it sends; nothing more is lax."""
    signed = v4(boto_request("GET", f"http://{host}{path}?Action=DescribeInstances"))
    sent = changed(
        with_header(signed, "host", "127.0.0.1:8773"), path="/services/compute", port=8773
    )
    as_it_is = (path, host) == ("/services/compute", "127.0.0.1:8773")
    assert outcome(sent, BARE) == ""
    assert outcome(sent, EC2) == ("" if as_it_is else "AuthFailure")
    assert outcome(sent, BARE, secret=SECRET + "x") == "AuthFailure"
    for other in ("127.0.0.1:8774", "127.0.0.2:8773", "127.0.0.1:8773:8773"):
        assert outcome(with_header(sent, "host", other), BARE) == "AuthFailure"
    assert outcome(changed(sent, query="Action=TerminateInstances"), BARE) == "AuthFailure"


def test_our_own_signatures_pass_our_checks_and_carry_what_they_must() -> None:
    signing = Signing(key_id=KEY, secret=SECRET, service="s3")
    request = Signable(
        method="PUT",
        path="/services/objectstorage/b/k%20ey",
        query="uploads=&a=b",
        headers={"host": ("h:8773",), "x-amz-acl": ("private",)},
        body_sha256=EMPTY_SHA256,
    )
    added = authorize(request, signing, 1.8e9)
    whole = changed(request, headers={**request.headers, **{k: (v,) for k, v in added.items()}})
    signed = signatures.parse(whole, S3)
    check(signed, SECRET, 1.8e9)
    assert (signed.key_id, signed.payload, signed.version) == (KEY, EMPTY_SHA256, 4)
    streaming = authorize(changed(request, body_sha256=""), signing, 1.8e9)
    assert streaming["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD"
    ec2 = Signing(key_id=KEY, secret=SECRET, service="ec2")
    plain = Signable(method="GET", path="/", query="Action=X", headers={"host": ("h",)})
    added = authorize(plain, ec2, 1.8e9)
    assert "x-amz-content-sha256" not in added
    assert (
        outcome(changed(plain, headers={**plain.headers, **{k: (v,) for k, v in added.items()}}))
        == ""
    )
    assert "wJal" not in repr(signing)


@pytest.mark.parametrize(("service", "accepts"), [("s3", S3), ("ec2", EC2)])
def test_urls_we_sign(service: str, accepts: object) -> None:
    signing = Signing(key_id=KEY, secret=SECRET, service=service)
    url = presign("http://h:8773/services/x/b/m%20x.xml?versionId=1", signing, 1.8e9, 3600)
    parts = urlsplit(url)
    request = Signable(
        method="GET", path=parts.path, query=parts.query, headers={"host": (parts.netloc,)}
    )
    signed = signatures.parse(request, accepts)  # type: ignore[arg-type]
    check(signed, SECRET, 1.8e9 + 3600)
    assert signed.presigned
    with pytest.raises(Refused):
        check(signed, SECRET, 1.8e9 + 3601)
    for other in ({"method": "PUT"}, {"path": parts.path + "x"}, {"headers": {"host": ("h",)}}):
        with pytest.raises(Refused):
            check(signatures.parse(changed(request, **other), accepts), SECRET, 1.8e9)  # type: ignore[arg-type]
    for seconds in (0, -1, 604801):
        with pytest.raises(ValueError, match="604800 seconds"):
            presign(url, signing, 1.8e9, seconds)
    assert presign("http://h", signing, 1.8e9, 1).startswith("http://h/?X-Amz-Algorithm=")


def test_botocore_agrees_with_urls_we_sign() -> None:
    request = v4_url(boto_request("GET", "http://h:8773/b/k?versionId=1"), "s3")
    signed = signatures.parse(request, S3)
    signing = Signing(key_id=KEY, secret=SECRET, service="s3")
    ours = presign("http://h:8773/b/k?versionId=1", signing, signed.ends - 300, 300)
    assert ours.endswith("X-Amz-Signature=" + signed.signature)


# --- rows of the catalogue -----------------------------------------------------------------------


def good() -> Signable:
    url = URL + "?Action=DescribeInstances"
    return v4(boto_request("POST", url, {"Content-Type": FORM, "x-amz-meta-a": "1"}, "A=1"))


def authorization(old: str, new: str) -> Signable:
    request = good()
    said = request.headers["authorization"][0]
    assert old in said
    return with_header(request, "authorization", said.replace(old, new))


def resigned(headers: dict[str, tuple[str, ...]], names: str) -> Signable:
    """A request whose SignedHeaders is what an attacker with a key would like."""
    from eucalyptus.wire.dates import format_basic
    from eucalyptus.wire.signable import Scope
    from eucalyptus.wire.sigv4_text import Claim, sign_text, string_to_sign

    now, scope = 1.8e9, Scope(day=format_basic(1.8e9)[:8], region="r", service="ec2")
    base = {"host": ("h",), "x-amz-date": (format_basic(now),), **headers}
    request = Signable(method="GET", path="/", query="", headers=base)
    claim = Claim(
        key_id=KEY,
        scope=scope,
        names=tuple(n for n in names.split(";")),
        signature="",
        date=format_basic(now),
        instant=now,
    )
    present = changed(request, headers={**dict.fromkeys(claim.names, ("",)), **base})
    text = string_to_sign(present, {}, claim, (EMPTY_SHA256, False))
    said = (
        f"AWS4-HMAC-SHA256 Credential={KEY}/{scope}, SignedHeaders={names}, "
        f"Signature={sign_text(scope, SECRET, text)}"
    )
    return with_header(request, "authorization", said)


def test_the_attackers_signer_is_sound() -> None:
    assert outcome(resigned({}, "host;x-amz-date")) == ""
    assert outcome(resigned({"range": ("1",)}, "host;range;x-amz-date")) == ""


Q09 = {
    "no host": resigned({}, "x-amz-date"),
    "no date": resigned({}, "host"),
    "unsorted": resigned({}, "x-amz-date;host"),
    "twice": resigned({}, "host;host;x-amz-date"),
    "absent": resigned({}, "host;range;x-amz-date"),
    "upper case": resigned({}, "Host;x-amz-date"),
    "unsigned x-amz": resigned({"x-amz-copy-source": ("/b/k",)}, "host;x-amz-date"),
    "two hosts": resigned({"host": ("a", "b")}, "host;x-amz-date"),
}


@pytest.mark.parametrize("row", Q09)
def test_q09_what_must_be_signed(row: str) -> None:
    assert outcome(Q09[row]) == "AuthFailure"


Q10_Q11_Q12 = {
    "Q-10 day": lambda: authorization(f"{KEY}/2", f"{KEY}/1"),
    "Q-10 region": lambda: authorization("/eucalyptus/", "/elsewhere/"),
    "Q-10 service": lambda: authorization("/ec2/", "/s3/"),
    "Q-10 other service of ours": lambda: authorization("/ec2/", "/iam/"),
    "Q-10 unknown service": lambda: authorization("/ec2/", "/127/"),
    "Q-10 terminator": lambda: authorization("aws4_request", "aws4_request2"),
    "Q-10 missing part": lambda: authorization("/ec2", ""),
    "Q-10 slash in key": lambda: authorization(KEY, "A/B"),
    "Q-10 no service": lambda: authorization("/ec2/", "//"),
    "Q-10 no key": lambda: authorization(KEY, ""),
    "Q-11 two headers": lambda: with_header(
        good(), "authorization", *good().headers["authorization"] * 2
    ),
    "Q-11 no space": lambda: authorization("SHA256 ", "SHA256"),
    "Q-11 extra comma": lambda: authorization(", Signature", ",, Signature"),
    "Q-11 unknown part": lambda: authorization(", Signature", ", X=1, Signature"),
    "Q-11 repeated": lambda: authorization(", Signature", ", Signature=, Signature"),
    "Q-11 ECDSA": lambda: authorization("AWS4-HMAC", "AWS4-ECDSA-P256"),
    "Q-11 part missing": lambda: authorization("SignedHeaders=", "Signature="),
    "Q-11 two parts": lambda: with_header(good(), "authorization", "AWS4-HMAC-SHA256 Credential=x"),
    "Q-11 v2 too": lambda: changed(good(), parameters=(("Signature", "x"),)),
    "Q-11 URL too": lambda: changed(good(), query="X-Amz-Signature=" + "0" * 64),
    "Q-12 empty": lambda: authorization(good_signature(), ""),
    "Q-12 short": lambda: authorization(good_signature(), "0" * 63),
    "Q-12 long": lambda: authorization(good_signature(), "0" * 65),
    "Q-12 upper case": lambda: authorization(good_signature(), good_signature().upper()),
    "Q-12 zeros": lambda: authorization(good_signature(), "0" * 64),
    "Q-12 not hex": lambda: authorization(good_signature(), "g" * 64),
    "Q-09 names": lambda: authorization("SignedHeaders=", "SignedHeaders=;"),
    "Q-20 no date": lambda: with_header(good(), "x-amz-date"),
    "Q-20 bad date": lambda: with_header(good(), "x-amz-date", "yesterday"),
    "Q-20 two dates": lambda: with_header(good(), "x-amz-date", "20130201T000000Z", "x"),
    "Q-20 long date": lambda: with_header(with_header(good(), "x-amz-date"), "date", "x" * 99),
    "Q-20 odd date": lambda: with_header(with_header(good(), "x-amz-date"), "date", "1 2 3"),
    "Q-05 other body": lambda: changed(good(), body_sha256="0" * 64),
    "Q-04 twice": lambda: changed(good(), query=good().query + "&Action=TerminateInstances"),
    "Q-04 no name": lambda: changed(good(), query=good().query + "&=x"),
    "Q-03 bad escape": lambda: changed(good(), query=good().query + "&a=%zz"),
    "Q-03 not UTF-8": lambda: changed(good(), query=good().query + "&a=%ff"),
    "Q-27 too many": lambda: changed(good(), query="&".join(f"a{n}=" for n in range(2001))),
    "Q-06 path": lambda: changed(good(), path="/services/compute"),
    "Q-06 root": lambda: changed(good(), path="/"),
    "Q-07 host": lambda: with_header(good(), "host", "cloud.example"),
}


def good_signature() -> str:
    return good().headers["authorization"][0].rpartition("=")[2]


@pytest.mark.parametrize("row", Q10_Q11_Q12)
def test_malformed_and_forged_signatures_are_refused(row: str) -> None:
    assert outcome(good()) == ""
    assert outcome(Q10_Q11_Q12[row]()) in ("AuthFailure", "MalformedRequest"), row


def test_any_region_and_unknown_services_are_accepted() -> None:
    for region, service in (("0", "127"), ("undefined-1", "compute"), ("US", "ec2")):
        assert outcome(v4(boto_request(), service, region)) == ""
    assert outcome(v4(boto_request(), "iam")) == "AuthFailure"


def test_the_date_header_serves_where_it_is_signed() -> None:
    request = v4(boto_request(headers={"Date": "will be replaced"}))
    assert "x-amz-date" not in request.headers
    assert outcome(request) == ""
    unsigned = v4(boto_request())
    date = unsigned.headers["x-amz-date"][0]
    said = f"{date[:4]}-{date[4:6]}-{date[6:11]}:{date[11:13]}:{date[13:]}"
    swapped = with_header(with_header(unsigned, "x-amz-date"), "date", said)
    said = swapped.headers["authorization"][0].replace(";x-amz-date", "")
    assert outcome(with_header(swapped, "authorization", said)) == "AuthFailure"


def test_q02_the_decoded_parameters_are_the_signed_ones() -> None:
    request = v4(boto_request(url=URL + "?a=x%26b%3Dy%0A"))
    assert request.parameters == (("a", "x&b=y\n"),)
    assert outcome(request) == ""
    assert outcome(changed(request, query="a=x&b=y%0A")) == "AuthFailure"


def test_plus_means_space_to_signature_and_dispatcher_alike() -> None:
    request = v4(boto_request(url=URL + "?a=x%20y"))
    assert outcome(changed(request, query="a=x+y")) == ""
    assert outcome(changed(request, query="a=x%2By")) == "AuthFailure"


def test_nothing_signed_is_told_so() -> None:
    for accepts in (EC2, S3):
        bare = Signable(method="GET", path="/", query="", headers={"host": ("h",)})
        assert outcome(bare, accepts) == "MissingAuthenticationToken"


def test_s3_payloads() -> None:
    request = v4(boto_request("PUT", "http://h/b/k", body="x"), "s3")
    assert signatures.parse(request, S3).payload == request.body_sha256
    for word in (
        "UNSIGNED-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    ):
        assert (
            signatures.parse(with_header(request, "x-amz-content-sha256", word), S3).payload == word
        )
        assert outcome(with_header(request, "x-amz-content-sha256", word), S3) == "AuthFailure"
    assert outcome(with_header(request, "x-amz-content-sha256", "x"), S3) == "MalformedRequest"
    bare = v4(boto_request("PUT", "http://h/b/k"), "127")
    assert outcome(bare, S3) == ""
    assert outcome(changed(bare, body_sha256=""), S3) == "MalformedRequest"


def test_query_presigned() -> None:
    request = v4_url(boto_request(url=URL + "?Action=DescribeRegions"))
    assert outcome(request) == ""
    assert outcome(changed(request, body_sha256="0" * 64)) == "AuthFailure"


def test_a_request_is_known_again_by_its_signature() -> None:
    request = good()
    one, same = (signatures.parse(request, EC2) for _ in range(2))
    assert one.replay_key == same.replay_key
    assert signatures.parse(v4(boto_request()), EC2).replay_key != one.replay_key
