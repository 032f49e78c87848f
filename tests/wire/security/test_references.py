# SPDX-License-Identifier: BSD-2-Clause
"""What a signature points at and how it says so: rows W-23 to W-39."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from eucalyptus.wire.security import names
from tests.wire.security.changes import (
    FRONT_RULES,
    body_uri,
)
from tests.wire.security.forge import (
    canonical,
    letter,
    operation,
    receive,
    refused,
    unsigned,
)


def test_w31_w32_attributes_outside_the_signed_parts_change_nothing() -> None:
    scene = letter()
    root = scene.E
    root.set("{http://www.w3.org/XML/1998/namespace}base", "http://evil/")
    root.set("{http://www.w3.org/XML/1998/namespace}lang", "xx")
    root.set(f"{{{names.SOAP}}}encodingStyle", "urn:evil")
    verified = receive(scene.text(), FRONT_RULES)
    assert canonical(verified.body) == canonical(letter().B)


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        ("<![CDATA[i-1234]]>5678", "i-12345678"),
        ("i-12&#51;45678", "i-12345678"),
        ("i-1234<![CDATA[5678]]>", "i-12345678"),
        ("a&#13;b", "a\rb"),
    ],
)
def test_w33_split_text_is_read_whole(wire: str, text: str) -> None:
    document = letter(body=operation(inside=f"<id>{wire}</id>")).text()
    assert receive(document, FRONT_RULES).body[0][0].text == text


def test_w26_nothing_outside_is_touched(tmp_path: Path) -> None:
    """A fifo would block whoever opens it; a listener would see whoever connects."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        port = listener.getsockname()[1]
        for uri in (f"file://{fifo}", f"http://127.0.0.1:{port}/", f"//127.0.0.1:{port}/x"):
            document = unsigned().seal(body_uri(f'URI="{uri}"')).text()
            assert refused(document, FRONT_RULES) == "AuthFailure"
            retrieved = letter().text().replace(b'URI="#k"', f'URI="{uri}"'.encode())
            assert refused(retrieved, FRONT_RULES) == "AuthFailure"
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_header_holds_no_crowd() -> None:
    text = letter().text()
    for count, code in ((63, ""), (64, "AuthFailure")):
        crowd = b"<x/>" * count + b"</soapenv:Header>"
        assert refused(text.replace(b"</soapenv:Header>", crowd), FRONT_RULES) == code
