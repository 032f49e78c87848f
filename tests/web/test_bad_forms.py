# SPDX-License-Identifier: BSD-2-Clause
"""Well-formed HTTP with bodies and parameters that no honest client sends, at the port of users."""

from __future__ import annotations

import gzip

import pytest

from eucalyptus.web.query_door import FORM
from tests.oracle import attack
from tests.web.conftest import Talk, closed, one, statuses
from tests.web.listeners import SECRET, Listener, post

pytestmark = pytest.mark.parametrize("listener", ["front"], indirect=True, scope="module")

GOOD = b"Action=DescribeRegions"
MANY = "&".join(f"a{number}=1" for number in range(10_000)).encode()
ROWS: list[tuple[str, bytes, dict[str, str], str, set[int]]] = [
    # What kind of body it is.
    ("X-12 unknown coding", GOOD, {"Content-Encoding": "br"}, "", {415}),
    ("X-12 deflate", GOOD, {"Content-Encoding": "deflate"}, "", {415}),
    ("X-12 nested codings", GOOD, {"Content-Encoding": "gzip, gzip"}, "", {415}),
    ("X-12 bomb", gzip.compress(b"x" * 20_000_000), {"Content-Encoding": "gzip"}, "", {413}),
    ("X-12 gzip in gzip", gzip.compress(gzip.compress(GOOD)), {"Content-Encoding": "gzip"}, "",
     {400}),
    ("X-12 no gzip", GOOD, {"Content-Encoding": "gzip"}, "", {400}),
    ("X-11 too big", b"x" * 1_100_000, {}, "", {413}),
    ("Q-05 multipart", b"x", {"Content-Type": "multipart/form-data; boundary=x"}, "", {400}),
    ("Q-05 text", GOOD, {"Content-Type": "text/plain"}, "", {400}),
    ("Q-05 JSON", b"{}", {"Content-Type": "application/x-amz-json-1.1"}, "", {400}),
    ("Q-05 UTF-16", "Action=x".encode("utf-16"), {"Content-Type": FORM + "; charset=utf-16"}, "",
     {400}),
    # Parameters, before anybody asks who signed them.
    ("Q-27 10,000", MANY, {}, "", {413}),
    ("Q-03 not UTF-8", b"Action=%ff", {}, "", {400}),
    ("Q-03 raw bytes", b"Action=\xff\xfe", {}, "", {400}),
    ("Q-03 overlong UTF-8", b"Action=%c0%af", {}, "", {400}),
    ("Q-03 surrogate", b"Action=%ed%a0%80", {}, "", {400}),
    ("Q-03 broken escape", b"Action=%zz", {}, "", {400}),
    ("Q-03 escape cut short", b"Action=x%2", {}, "", {400}),
    ("Q-03 broken escape in a name", b"%=x&Action=x", {}, "", {400}),
    ("Q-04 twice the same", b"Action=a&Action=a", {}, "", {400}),
    ("Q-04 twice", b"Action=a&Action=b", {}, "", {400}),
    ("Q-04 twice, once escaped", b"Action=a&%41ction=b", {}, "", {400}),
    ("Q-04 in URL and form", b"Action=b", {}, "?Action=a", {400}),
    ("Q-04 no name", b"=x&Action=a", {}, "", {400}),
    ("Q-04 signature twice", b"Signature=a&Signature=b", {}, "", {400}),
    ("Q-04 key twice", b"AWSAccessKeyId=a&AWSAccessKeyId=b", {}, "", {400}),
    ("Q-04 list entry twice", b"Action=a&InstanceId.1=a&InstanceId.1=b", {}, "", {400}),
    ("Q-35 nobody", GOOD, {}, "", {403}),
    ("Q-35 nothing at all", b"", {}, "", {403}),
    ("Q-35 NUL", b"Action=%00&%00=%00", {}, "", {403}),
    # What is in the headers.
    ("Q-11 two signatures", GOOD, {"Authorization": "AWS4-HMAC-SHA256 x\r\nAuthorization: AWS y"},
     "", {400}),
    ("Q-11 bytes", GOOD, {"Authorization": "AWS4-HMAC-SHA256 \xff Credential=\xe9/\xe9"}, "",
     {400}),
    ("Q-11 cookies", GOOD, {"Cookie": "\xff=;;;=\r\nCookie: a"}, "", {403}),
    ("Q-11 another scheme", GOOD, {"Authorization": "Basic YWxpY2U6c2VjcmV0"}, "", {403}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "headers", "query", "expected"),
    [pytest.param(*row, id=name) for name, *row in ROWS],
)
def test_is_refused(
    listener: Listener, talk: Talk, body: bytes, headers: dict[str, str], query: str,
    expected: set[int],
) -> None:  # fmt: skip
    """Before anything is looked up."""
    said = {"Host": "x", "Connection": "close", "Content-Type": FORM, **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in said.items()).encode("latin-1")
    target = f"POST {listener.path}{query} HTTP/1.1\r\n".encode()
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    with attack(lambda: list(listener.done), [SECRET]) as watched:
        answer = talk(target + lines + length + body)
        watched.answers.append(answer)
    assert one(statuses(answer)) in expected, answer
    assert b"equestI" in answer or b"equest id" in answer


@pytest.mark.parametrize(
    "packed", [pytest.param(False, id="Q-04 twin"), pytest.param(True, id="X-12 twin")]
)
def test_a_form_is_heard(listener: Listener, talk: Talk, packed: bool) -> None:
    """The twin; packed, the signature covers what is in it."""
    good = closed(listener.good(f"key {packed}"))
    if packed:
        head, _, body = good.partition(b"\r\n\r\n")
        lines = [line for line in head.decode().split("\r\n") if "Content-Length" not in line]
        headers = dict(line.split(": ", 1) for line in lines[1:])
        good = post(listener.path, gzip.compress(body), {**headers, "Content-Encoding": "gzip"})
    assert statuses(talk(good)) == [200]
    assert listener.done[-1] == f"key {packed}"
