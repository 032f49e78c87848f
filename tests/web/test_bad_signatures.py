# SPDX-License-Identifier: BSD-2-Clause
"""Query signatures of version 2 and 4 that do not fit what is asked, at the door of users."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from urllib.parse import quote, quote_plus

import pytest

from eucalyptus.contracts.refusals import Refused
from eucalyptus.web.arrivals import Reply
from eucalyptus.wire.signable import Accepts, canonical_pairs, check
from eucalyptus.wire.signatures import parse
from tests.fixtures.reactor import spin
from tests.oracle import attack
from tests.web.asking import HOST, Ask, claimed, presigned, signable, stamp, version2, version4
from tests.web.listeners import SECRET, Listener

pytestmark = pytest.mark.parametrize("listener", ["front"], indirect=True, scope="module")

Made = Callable[[], Ask]
DENY, BAD, EXPIRED = {"AuthFailure"}, {"MalformedRequest"}, {"RequestExpired"}
NOBODY = {"MissingAuthenticationToken"}
EITHER = DENY | BAD


def ask(listener: Listener, asked: Ask) -> Reply:
    """What the endpoint answers."""
    assert listener.endpoint is not None
    reply: Reply = spin(listener.endpoint.respond(asked.arrived()))
    return reply


def code(reply: Reply) -> str:
    """The error's code, "" for an answer."""
    found = re.search("<Code>([^<]+)</Code>", reply.body.decode())
    assert (found is None) == (reply.status == 200)
    return found[1] if found else ""


def v2(old: str, new: str) -> Made:
    """Version 2, changed after it was signed."""
    return lambda: version2(KeyName="k").but(old, new)


def v4(old: str, new: str) -> Made:
    """Version 4 in a header, changed after it was signed."""
    return lambda: version4(KeyName="k").but(old, new)


def url(old: str, new: str) -> Made:
    """Version 4 in the URL, changed after it was signed."""
    return lambda: presigned(KeyName="k").but(old, new)


def canon(change: Callable[[str], str]) -> Made:
    """Version 2 over another canonical form of a value that has everything in it."""
    return lambda: version2(KeyName="a b*~/é", canonical=lambda said: change(canonical_pairs(said)))


def signature(change: Callable[[str], str], make: Made = lambda: version2(KeyName="k")) -> Made:
    """A request whose signature was changed."""

    def made() -> Ask:
        good = make()
        text = good.query or str(good.headers["authorization"])
        found = re.search(r"Signature=([^&]+)", text)
        assert found is not None
        return good.but(found[0], f"Signature={change(found[1])}")

    return made


def in4(change: Callable[[str], str]) -> Made:
    """The same with version 4."""
    return signature(change, lambda: version4(KeyName="k"))


def flip(place: int) -> Callable[[str], str]:
    """One character is another one."""
    return lambda mac: mac[:place] + ("A" if mac[place] != "A" else "B") + mac[place + 1 :]


def with_(make: Made, **changes: object) -> Made:
    """A request of which other things than texts were changed."""
    return lambda: replace(make(), **changes)  # type: ignore[arg-type]


def plain2() -> Ask:
    """Version 2, unchanged."""
    return version2(KeyName="k")


def plain4() -> Ask:
    """Version 4, unchanged."""
    return version4(KeyName="k")


def headers(**more: str | tuple[str, ...]) -> Made:
    """Version 4 with headers more than were signed, or other ones."""

    def made() -> Ask:
        good = plain4()
        said = {name.replace("_", "-"): value for name, value in more.items()}
        return replace(good, headers={**good.headers, **said})

    return made


ROWS: list[tuple[str, Made, set[str]]] = [
    # Version 2, one thing changed after it was signed.
    ("Q-01 method", with_(lambda: version2(KeyName="k", method="POST"), method="GET"), NOBODY),
    ("Q-01 method of a GET", with_(plain2, method="POST"), DENY),
    ("Q-01 host", with_(plain2, headers={"host": "127.0.0.2:8773"}), DENY),
    ("Q-01 path", with_(plain2, path="/services/computE"), DENY),
    ("Q-01 name", v2("KeyName=", "KeyNamf="), DENY),
    ("Q-01 case of a name", v2("KeyName=", "keyName="), DENY),
    ("Q-01 value", v2("KeyName=k", "KeyName=l"), DENY),
    ("Q-01 action", v2("CreateKeyPair", "DescribeRegions"), DENY),
    ("Q-01 version", v2("2013-02-01", "2012-02-01"), DENY),
    ("Q-01 time", v2("Timestamp=2", "Timestamp=3"), DENY),
    ("Q-01 key", v2("AKIADMIN", "AKIBDMIN"), DENY),
    ("Q-01 one more", v2("KeyName=k", "KeyName=k&DryRun=true"), DENY),
    ("Q-01 one less", v2("&KeyName=k", ""), DENY),
    ("Q-01 v4 value", v4("KeyName=k", "KeyName=l"), DENY),
    ("Q-01 v4 body gone", with_(plain4, body=b""), DENY),
    ("Q-01 v4 query", with_(plain4, query="DryRun=true"), DENY),
    ("Q-01 v4 method", with_(plain4, method="GET"), DENY),
    ("Q-01 v4 path", with_(plain4, path="/services/Eucalyptus"), DENY),
    ("Q-01 URL value", url("KeyName=k", "KeyName=l"), DENY),
    ("Q-01 URL method", with_(lambda: presigned(KeyName="k"), method="POST"), DENY),
    ("Q-01 URL and a body", with_(lambda: presigned(KeyName="k"), body=b"DryRun=true"), DENY),
    # Delimiters.
    ("Q-02 & unwrapped", lambda: version2(KeyName="k&DryRun=true").but("%26", "&")
     .but("DryRun%3D", "DryRun="), DENY),
    ("Q-02 = moved", lambda: version2(KeyName="k").but("KeyName=k", "Key=Namek"), DENY),
    ("Q-02 newline in a path", lambda: version2(path="/services/compute\nAction=x", KeyName="k"),
     DENY),
    ("Q-02 v4 & unwrapped", lambda: version4(KeyName="k&DryRun=true").but("%26", "&"), DENY),
    ("Q-02 name with =", lambda: version2(KeyName="k", **{"A=B": "c"}), {"UnknownParameter"}),
    # Forms of the same.
    ("Q-03 + for a blank", canon(lambda text: text.replace("%20", "+")), DENY),
    ("Q-03 %2B for a blank", lambda: version2(KeyName="a b").but("a%20b", "a%2Bb"), DENY),
    ("Q-03 as urlencode has it", lambda: version2(KeyName="a b", canonical=lambda said: "&".join(
        f"{quote_plus(name)}={quote_plus(said[name])}" for name in sorted(said))), DENY),
    ("Q-03 bare *", canon(lambda text: text.replace("%2A", "*")), DENY),
    ("Q-03 escaped ~", canon(lambda text: text.replace("~", "%7E")), DENY),
    ("Q-03 lower-case escapes", canon(
        lambda text: re.sub("%..", lambda found: found[0].lower(), text)), DENY),
    ("Q-03 bare slash", canon(lambda text: text.replace("%2F", "/")), DENY),
    ("Q-03 nothing escaped", lambda: version2(KeyName="a b", canonical=lambda said: "&".join(
        f"{name}={said[name]}" for name in sorted(said))), DENY),
    ("Q-03 twice escaped", canon(lambda text: text.replace("%", "%25")), DENY),
    ("Q-03 sent twice escaped", lambda: version2(KeyName="a b").but("a%20b", "a%2520b"), DENY),
    ("Q-03 decomposed", lambda: version2(KeyName="é").but("%C3%A9", "e%CC%81"), DENY),
    ("Q-03 not sorted", lambda: version2(KeyName="k", canonical=lambda said: "&".join(
        reversed(canonical_pairs(said).split("&")))), DENY),
    ("Q-03 sorted without case", lambda: version2(KeyName="k", aa="1", canonical=lambda said:
     "&".join(sorted(canonical_pairs(said).split("&"), key=str.lower))), DENY),
    ("Q-03 broken escape", v2("KeyName=k", "KeyName=%zz"), BAD),
    ("Q-04 signed twice over", lambda: replace(plain4(), query=plain2().query), BAD),
    ("Q-05 unsigned body of a GET", with_(plain2, body=b"KeyName=other", method="POST"), BAD),
    # Where to.
    ("Q-06 slash", with_(plain2, path="/services/compute/"), DENY),
    ("Q-06 v4 slash", with_(plain4, path="/services/compute/"), DENY),
    ("Q-06 dots", with_(plain4, path="/services/../services/compute"), DENY),
    ("Q-06 slashes", with_(plain4, path="//services/compute"), DENY),
    ("Q-06 v4 for /", lambda: claimed_for("/"), DENY),
    ("Q-07 another host", lambda: version2(KeyName="k", host="evil:8773"), DENY),
    ("Q-07 another port", lambda: version2(KeyName="k", host="127.0.0.1:80"), DENY),
    ("Q-07 no host", with_(plain2, headers={"host": ""}), DENY),
    ("Q-07 v4 host without port", headers(host="127.0.0.1"), DENY),
    ("Q-07 v4 two hosts", headers(host=(HOST, HOST)), DENY),
    # Versions and methods.
    *((f"Q-08 version {said!r}", lambda said=said: version2(KeyName="k", SignatureVersion=said),
       BAD) for said in ("0", "1", "3", "2 ", "4", "\0", "2" * 4000)),
    *((f"Q-08 method {said[:12]!r}", lambda said=said: version2(KeyName="k", SignatureMethod=said),
       BAD) for said in ("HmacMD5", "none", "HmacSHA512", "hmacsha256", "\0", "x" * 200_000)),
    ("Q-08 SHA-1 said, SHA-256 made", lambda: version2(
        KeyName="k", canonical=lambda said: canonical_pairs(said)).but("HmacSHA256", "HmacSHA1"),
     DENY),
    # What version 4 must sign.
    ("Q-09 no host", lambda: claimed("k", "x-amz-date"), DENY),
    ("Q-09 no date", lambda: claimed("k", "host"), DENY),
    ("Q-09 not sorted", lambda: claimed("k", "x-amz-date;host"), DENY),
    ("Q-09 twice", lambda: claimed("k", "host;host;x-amz-date"), DENY),
    ("Q-09 not there", lambda: claimed("k", "host;x-amz-date;x-amz-target"), DENY),
    ("Q-09 upper case", lambda: claimed("k", "Host;X-Amz-Date"), DENY),
    ("Q-09 empty name", lambda: claimed("k", "host;;x-amz-date"), BAD),
    ("Q-09 x-amz not listed", lambda: claimed("k", "host;x-amz-date", x_amz_target="y"), DENY),
    ("Q-09 x-amz added", headers(x_amz_security_token="t"), DENY),
    ("Q-09 listed content type changed", lambda: replace(
        (made := claimed("k", "content-type;host;x-amz-date")),
        headers={**made.headers, "content-type": ""}), DENY),
    # Scopes.
    ("Q-10 service", lambda: version4(KeyName="k", service="s3"), DENY),
    ("Q-10 service iam", lambda: version4(KeyName="k", service="iam"), DENY),
    ("Q-10 region changed", v4("/eucalyptus/", "/elsewhere/"), DENY),
    ("Q-10 service changed", v4("/ec2/", "/127/"), DENY),
    ("Q-10 day", lambda: with_day("19990101"), DENY),
    ("Q-10 terminator", v4("aws4_request", "aws4_request2"), BAD),
    ("Q-10 part missing", v4("/eucalyptus/ec2/", "/ec2/"), BAD),
    ("Q-10 part too many", v4("AKIADMIN/", "AKI/ADMIN/"), BAD),
    ("Q-10 no key", v4("Credential=AKIADMIN", "Credential="), BAD),
    # The header.
    ("Q-11 two", headers(authorization=("AWS4-HMAC-SHA256 a=b", "AWS4-HMAC-SHA256 a=b")), BAD),
    ("Q-11 no blank", v4("SHA256 Credential", "SHA256Credential"), BAD),
    ("Q-11 commas", v4(", Signed", ",, Signed"), BAD),
    ("Q-11 unknown part", v4(", Signature", ", Signatory=x, Signature"), BAD),
    ("Q-11 part twice", v4(", Signature", ", Signature=0, Signature"), BAD),
    ("Q-11 part missing", lambda: no_part("SignedHeaders"), BAD),
    ("Q-11 ECDSA", v4("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), BAD),
    ("Q-11 lower case", v4("AWS4-HMAC-SHA256", "aws4-hmac-sha256"), NOBODY),
    ("Q-11 header and URL", lambda: replace(
        presigned(KeyName="k"), headers=plain4().headers), BAD),
    # Signatures.
    *((f"Q-12 byte {place}", signature(flip(place)), EITHER) for place in (0, 1, 20, 42)),
    ("Q-12 empty", signature(lambda mac: ""), BAD),
    ("Q-12 short", signature(lambda mac: quote(mac[:20])), BAD),
    ("Q-12 no padding", signature(lambda mac: mac.removesuffix("%3D")), BAD),
    ("Q-12 more padding", signature(lambda mac: mac + "%3D"), BAD),
    ("Q-12 other alphabet", signature(lambda mac: "-_" + mac[2:]), EITHER),
    ("Q-12 blank", signature(lambda mac: mac + "%20"), BAD),
    ("Q-12 newline", signature(lambda mac: mac + "%0A"), BAD),
    ("Q-12 NUL", signature(lambda mac: mac + "%00"), BAD),
    *((f"Q-12 v4 digit {place}", in4(flip(place)), EITHER) for place in (0, 31, 63)),
    ("Q-12 v4 empty", in4(lambda mac: ""), BAD),
    ("Q-12 v4 63", in4(lambda mac: mac[:-1]), BAD),
    ("Q-12 v4 65", in4(lambda mac: mac + "0"), BAD),
    ("Q-12 v4 upper case", in4(str.upper), BAD),
    ("Q-12 v4 no hex", in4(lambda mac: "g" * 64), BAD),
    ("Q-12 v4 blank", in4(lambda mac: mac + " x"), BAD),
    # Time.
    ("Q-20 old", lambda: version2(KeyName="k", Timestamp=stamp(901)), EXPIRED),
    ("Q-20 future", lambda: version2(KeyName="k", Timestamp=stamp(-60)), EXPIRED),
    ("Q-20 neither", lambda: version2(KeyName="k", Timestamp="\0"), BAD),
    ("Q-20 both", lambda: version2(KeyName="k", Expires=stamp(-60)), BAD),
    ("Q-20 ended", lambda: version2(KeyName="k", Timestamp="\0", Expires=stamp(1)), EXPIRED),
    ("Q-20 until 2099", lambda: version2(
        KeyName="k", Timestamp="\0", Expires="2099-01-01T00:00:00Z"), EXPIRED),
    *((f"Q-20 {said!r}", lambda said=said: version2(KeyName="k", Timestamp=said), BAD)
      for said in ("now", "", "2026-13-01T00:00:00Z", "1795272125", "0000-00-00T00:00:00Z",
                   "9" * 4000, "2026-11-21T24:61:00Z", "\u0662\u0660\u0662\u0666-11-21T00:00:00Z")),
    ("Q-20 v4 old", lambda: version4(KeyName="k", ago=901), EXPIRED),
    ("Q-20 v4 future", lambda: version4(KeyName="k", ago=-60), EXPIRED),
    ("Q-20 v4 two dates", lambda: replace(
        (made := plain4()), headers={**made.headers, "x-amz-date": ("a", "b")}), BAD),
    *((f"Q-22 expires {said}", url("X-Amz-Expires=60", f"X-Amz-Expires={said}"), EITHER)
      for said in ("0", "-1", "604801", "1e3", "", "60%3B", "%2B60", "59")),
    ("Q-22 no expires", url("X-Amz-Expires=60", "X-Amz-Expire=60"), BAD),
    ("Q-22 over", lambda: presigned(KeyName="k", ago=61), EXPIRED),
    ("Q-22 future", lambda: presigned(KeyName="k", ago=-60), EXPIRED),
    # Who.
    ("Q-23 unknown key", lambda: version2(KeyName="k", AWSAccessKeyId="AKINOBODY"), DENY),
    ("Q-23 no key", lambda: version2(KeyName="k", AWSAccessKeyId=""), BAD),
    ("Q-23 key of bytes", lambda: version2(KeyName="k", AWSAccessKeyId="AK\x00I;<>"), EITHER),
    ("Q-23 key of 10 KB", lambda: version2(KeyName="k", AWSAccessKeyId="A" * 10_000), BAD),
    ("Q-23 token", lambda: version2(KeyName="k", SecurityToken="t"), DENY),
    ("Q-23 v4 token", lambda: claimed(
        "k", "host;x-amz-date;x-amz-security-token", x_amz_security_token="t"), DENY),
    ("Q-23 another's secret", signature(lambda mac: quote("A" * 43 + "=")), DENY),
    ("Q-35 unsigned", lambda: Ask("POST", body=b"Action=CreateKeyPair&KeyName=k"), NOBODY),
    ("Q-35 unsigned GET", lambda: Ask("GET", "Action=CreateKeyPair&KeyName=k"), NOBODY),
]  # fmt: skip


def claimed_for(path: str) -> Ask:
    """Version 4 signed for another path than it is sent to."""
    made = claimed("k", "host;x-amz-date")
    return replace(made, path=path)


def with_day(day: str) -> Ask:
    """Version 4 with a scope of another day."""
    made = plain4()
    said = re.sub(r"AKIADMIN/\d{8}", f"AKIADMIN/{day}", str(made.headers["authorization"]))
    return replace(made, headers={**made.headers, "authorization": said})


def no_part(name: str) -> Ask:
    """Version 4 without a part of its header."""
    made = plain4()
    said = re.sub(rf"{name}=[^,]+, ", "", str(made.headers["authorization"]))
    return replace(made, headers={**made.headers, "authorization": said})


@pytest.mark.parametrize(
    ("made", "codes"), [pytest.param(made, codes, id=name) for name, made, codes in ROWS]
)
def test_is_refused(listener: Listener, made: Made, codes: set[str]) -> None:
    """With one code of those that fit; the log knows from where and as whom, and no signature."""
    request = made()
    found = re.search(r"Signature=([\w%]{40,})", f"{request.query} {request.headers}")
    secrets = [SECRET, found[1]] if found and len(found[1]) < 100 else [SECRET]
    with attack(lambda: list(listener.done), secrets) as watched:
        reply = ask(listener, request)
        watched.answers.append(reply.body)
    assert code(reply) in codes, reply.body
    assert "10.9.8.7" in watched.lines[0]
    if codes in (DENY, EXPIRED) and "AKIADMIN" in f"{request}":
        assert "AKIADMIN" in watched.lines[0]


def form(change: Callable[[str], str]) -> Made:
    """A value with everything in it, sent in another of the forms that mean the same."""

    def made() -> Ask:
        good = version2(KeyName="a b*~/é")
        value = quote("a b*~/é", safe="~")
        return good.but(f"KeyName={value}", f"KeyName={change(value)}")

    return made


TWINS: list[tuple[str, Made, str]] = [
    ("Q-01 twin", plain2, "k"),
    ("Q-01 twin POST", lambda: version2(KeyName="k", method="POST"), "k"),
    ("Q-01 twin v4", plain4, "k"),
    ("Q-01 twin URL", lambda: presigned(KeyName="k"), "k"),
    ("Q-01 twin in another order", lambda: replace((made := plain2()), query="&".join(
        reversed(made.query.split("&")))), "k"),
    ("Q-02 twin", lambda: version2(KeyName="k&DryRun=true\n%26=%3D"), "k&DryRun=true\n%26=%3D"),
    ("Q-02 twin v4", lambda: version4(KeyName="k&DryRun=true%0A"), "k&DryRun=true%0A"),
    ("Q-03 twin with +", form(lambda value: value.replace("%20", "+")), "a b*~/é"),
    ("Q-03 twin with bare signs", form(
        lambda value: value.replace("%2A", "*").replace("%2F", "/")), "a b*~/é"),
    ("Q-03 twin with ~ escaped", form(lambda value: value.replace("~", "%7e")), "a b*~/é"),
    ("Q-03 twin in lower case", form(
        lambda value: re.sub("%..", lambda found: found[0].lower(), value)), "a b*~/é"),
    ("Q-03 twin all escaped", form(lambda _: "".join(
        f"%{byte:02X}" for byte in "a b*~/é".encode())), "a b*~/é"),
    ("Q-06 twin for /", lambda: version2(path="/", KeyName="k"), "k"),
    ("Q-07 twin without port", lambda: version2(KeyName="k", host="127.0.0.1"), "k"),
    ("Q-07 twin in upper case", with_(
        lambda: version2(KeyName="k", host="localhost:8773"), headers={"host": "LOCALHOST:8773"}),
     "k"),
    ("Q-08 twin SHA-1", lambda: version2(KeyName="k", SignatureMethod="HmacSHA1"), "k"),
    ("Q-09 twin", lambda: claimed("k", "content-type;host;x-amz-date"), "k"),
    ("Q-09 twin without content-type", lambda: claimed("k", "host;x-amz-date"), "k"),
    ("Q-10 twin region", lambda: version4(KeyName="k", region="mars"), "k"),
    ("Q-10 twin service", lambda: version4(KeyName="k", service="127"), "k"),
    ("Q-20 twin", lambda: version2(KeyName="k", Timestamp=stamp(890)), "k"),
    ("Q-20 twin Expires", lambda: version2(KeyName="k", Timestamp="\0", Expires=stamp(-86400)),
     "k"),
    ("Q-22 twin", lambda: presigned(KeyName="k", seconds=604_800, ago=604_000), "k"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("made", "name"), [pytest.param(made, name, id=row) for row, made, name in TWINS]
)
def test_is_heard(listener: Listener, made: Made, name: str) -> None:
    """What was signed is what is done."""
    assert code(ask(listener, made())) == ""
    assert listener.done[-1] == name


@pytest.mark.parametrize(
    "make", [pytest.param(plain2, id="Q-21 v2"), pytest.param(plain4, id="Q-21 v4"),
             pytest.param(lambda: presigned(KeyName="k"), id="Q-21 URL")]
)  # fmt: skip
def test_a_replay_has_no_second_effect(listener: Listener, make: Made) -> None:
    """The same bytes get the answer that they got."""
    request = make()
    first = ask(listener, request)
    with attack(lambda: list(listener.done), [SECRET], lines=0):
        assert ask(listener, request).body == first.body
    assert code(first) == ""


def test_q24_how_much_of_a_signature_fits_takes_no_time(listener: Listener) -> None:
    """The medians for one that is wrong at once and one that is wrong at its end are alike."""
    good = plain4()
    signed = parse(signable(good), Accepts(service="ec2"))
    mac = signed.signature
    wrong = {place: replace(signed, signature=flip(place)(mac)) for place in (0, 63)}
    took: dict[int, list[int]] = {0: [], 63: []}
    for _ in range(10_000):
        for place, claim in wrong.items():
            started = time.perf_counter_ns()
            with contextlib.suppress(Refused):
                check(claim, SECRET, time.time())
            took[place].append(time.perf_counter_ns() - started)
    first, last = (median(took[place]) for place in (0, 63))
    assert abs(first - last) < 0.2 * max(first, last)
