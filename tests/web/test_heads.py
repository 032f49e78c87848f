# SPDX-License-Identifier: BSD-2-Clause
"""What a request's head means. What is no honest head is in ``test_bad_http``, over a socket."""

from __future__ import annotations

import pytest

from eucalyptus.web import heads
from eucalyptus.web.heads import BadHead


def read(*lines: str) -> heads.Head:
    """A head of these lines."""
    return heads.read("\r\n".join(lines).encode("latin-1"), 5)


def test_a_head_is_read_into_values() -> None:
    """Names are lower case, values as they were sent but for outer blanks."""
    head = read("POST /a/b?c=d?e HTTP/1.1", "hOSt:\tx:80 ", "X: a", "x:", "Content-Length: 03")
    assert (head.method, head.target, head.path, head.query) == ("POST", "/a/b?c=d?e", "/a/b",
                                                                 "c=d?e")  # fmt: skip
    assert head.headers == {"host": ("x:80",), "x": ("a", ""), "content-length": ("03",)}
    assert (head.length, head.closes, head.expects) == (3, False, False)


def test_a_body_is_there_when_the_head_says_so() -> None:
    """In chunks it has no length."""
    assert read("GET / HTTP/1.1", "Host: x").length == 0
    assert read("POST / HTTP/1.1", "Host: x", "Transfer-Encoding: Chunked").length is None


@pytest.mark.parametrize(
    ("version", "said", "closes"),
    [("1.0", "", True), ("1.0", "keep-alive", True), ("1.1", "", False), ("1.1", "Close", True),
     ("1.1", "keep-alive,\tCLOSE", True), ("1.1", "closed", False)],
)  # fmt: skip
def test_who_says_so_wants_the_connection_closed(version: str, said: str, closes: bool) -> None:
    assert read(f"GET / HTTP/{version}", "Host: x", f"Connection: {said}").closes is closes


def test_only_http_11_waits_for_continue() -> None:
    assert read("POST / HTTP/1.1", "Host: x", "Expect: 100-Continue").expects
    assert not read("POST / HTTP/1.0", "Host: x", "Expect: 100-continue").expects


def test_there_may_be_so_many_headers() -> None:
    """One more is refused with the status that says so."""
    lines = [f"X-{number}: 1" for number in range(4)]
    assert read("GET / HTTP/1.1", "Host: x", *lines).headers["x-3"] == ("1",)
    with pytest.raises(BadHead, match="more than 5") as refused:
        read("GET / HTTP/1.1", "Host: x", *lines, "Y: 1")
    assert refused.value.status.startswith(b"431 ")


def test_a_name_that_is_too_long_to_remember_is_read_all_the_same() -> None:
    name = "X" * (heads.MOST_KNOWN + 1)
    assert read("GET / HTTP/1.1", "Host: x", f"{name}: 1").headers[name.lower()] == ("1",)
    with pytest.raises(BadHead, match="no name has"):
        read("GET / HTTP/1.1", "Host: x", f"{name} : 1")
