# SPDX-License-Identifier: BSD-2-Clause
"""The one parser: what it takes, what it refuses, and that refusing is cheap."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eucalyptus.contracts.refusals import MALFORMED, TOO_BIG, Refused
from eucalyptus.wire.documents import DocumentLimits, parse
from tests.fixtures.cpu import cpu_seconds

ROOT = Path(__file__).parents[2]
SMALL = DocumentLimits(size=2000, depth=5, elements=20, attributes=3)
ENTITY = b'<!DOCTYPE a [<!ENTITY x "y">]>'
LAUGHS = b"<!DOCTYPE a [<!ENTITY b '1'>" + b"".join(
    b"<!ENTITY b%d '%s'>" % (n, b"&b%d;" % (n - 1) * 10 if n else b"&b;" * 10) for n in range(9)
)


@pytest.mark.parametrize(
    "document",
    [
        b"<a/>",
        b'<?xml version="1.0" encoding="UTF-8"?><a/>',
        b"<?xml version='1.0' encoding='utf-8' standalone='yes'?>\r\n<a/>",
        b"\xef\xbb\xbf<?xml version='1.0'?><a/>\n\n",
        b"  \n<a/>",
        b"<a><![CDATA[<b/>]]></a>",
        b"<a b='>'/>",
        b"<p:a xmlns:p='urn:x' p:b='c'/>",
    ],
)
def test_plain_documents_are_taken(document: bytes) -> None:
    """With and without declaration, byte order mark, and white space around."""
    assert parse(document, SMALL).tag in ("a", "{urn:x}a")


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"   ",
        b"text",
        b"<a>",
        b"<a></b>",
        b"<a/><b/>",
        b"<a b='1' b='2'/>",
        b"<p:a/>",
        b"<a>\x00</a>",
        b"<a>\x01</a>",
        b"<a>\xff</a>",
        b"<a>\xc0\x80</a>",
        b"<a>\xed\xa0\x80</a>",
        b"<a>&#0;</a>",
        b"<a>&#xFFFE;</a>",
        b"<a>&unknown;</a>",
        "<a>é</a>".encode("latin-1"),
        "<a/>".encode("utf-16"),
        "<?xml version='1.0' encoding='utf-16'?><a/>".encode("utf-16"),
        b"<?xml version='1.0' encoding='iso-8859-1'?><a/>",
        b"<?xml version='1.0' encoding='UTF-7'?><a/>",
        b"<!DOCTYPE a><a/>",
        b"<?xml version='1.0'?>\n<!DOCTYPE a SYSTEM 'file:///etc/hostname'><a/>",
        b"<!DOCTYPE a PUBLIC 'x' 'http://127.0.0.1:1/'><a/>",
        ENTITY + b"<a>&x;</a>",
        ENTITY + b"<a b='&x;'/>",
        b"<!DOCTYPE a [<!ATTLIST a foo ID #IMPLIED>]><a foo='b'/>",
        LAUGHS + b"]><a>&b8;</a>",
        b"<a><!-- aside --></a>",
        b"<!-- aside --><a/>",
        b"<a/><!-- aside -->",
        b"<a><?php echo 1?></a>",
        b"<?xml-stylesheet href='http://127.0.0.1:1/'?><a/>",
        b"<a/><?x y?>",
        b"<a b='<'/>",
    ],
)
def test_other_documents_are_malformed(document: bytes) -> None:
    """Nothing that declares, includes or hides anything gets to be a tree."""
    with pytest.raises(Refused) as refused:
        parse(document)
    assert refused.value.refusal is MALFORMED


@pytest.mark.parametrize(
    ("document", "unit"),
    [
        (b"<a>" + b"x" * 2000 + b"</a>", "bytes"),
        (b"<a>" + b"<b/>" * 20 + b"</a>", "elements"),
        (b"<a>" * 6 + b"</a>" * 6, "levels of nesting"),
        (b"<a><b c='1' d='2' e='3' f='4'/></a>", "attributes in an element"),
    ],
)
def test_documents_beyond_a_limit_are_too_big(document: bytes, unit: str) -> None:
    """One more than the limit."""
    with pytest.raises(Refused, match=unit) as refused:
        parse(document, SMALL)
    assert refused.value.refusal is TOO_BIG


@pytest.mark.parametrize(
    "document",
    [
        b"<a>" + b"<b/>" * 19 + b"</a>",
        b"<a>" * 5 + b"</a>" * 5,
        b"<a><b c='1' d='2' e='3'/></a>",
        b"<a>" + b"x" * 1993 + b"</a>",
    ],
)
def test_documents_at_a_limit_are_taken(document: bytes) -> None:
    """Exactly the limit."""
    assert parse(document, SMALL).tag == "a"


HUGE = {
    "siblings": b"<a>" + b"<b/>" * 250_000 + b"</a>",
    "depth": b"<a>" * 140_000 + b"</a>" * 140_000,
    "attributes": b"<a " + b" ".join(b"a%d=''" % n for n in range(90_000)) + b"/>",
    "namespaces": b"<a " + b" ".join(b"xmlns:a%d='u'" % n for n in range(60_000)) + b"/>",
    "a long name": b"<" + b"a" * 1_000_000 + b"/>",
    "a long attribute": b"<a b='" + b"x" * 1_000_000 + b"'/>",
    "angle brackets": b"<" * 1_000_000,
    "ampersands": b"<a>" + b"&" * 1_000_000,
    "a long declaration": b"<?xml " + b" " * 1_000_000,
}


@pytest.mark.parametrize("name", HUGE)
def test_a_megabyte_of_malice_is_cheap(name: str) -> None:
    """Refused or taken, within a quarter of a second of CPU time."""

    def tried() -> None:
        try:
            parse(HUGE[name])
        except Refused as refused:
            assert refused.refusal in (MALFORMED, TOO_BIG)

    assert cpu_seconds(tried, 0.25) <= 0.25


@given(st.binary(max_size=200) | st.text(alphabet="<>/!?[]-&;#xab'\"= CDATA", max_size=40))
def test_whatever_arrives_is_a_tree_or_a_refusal(document: bytes | str) -> None:
    """Nothing else escapes."""
    try:
        parse(document if isinstance(document, bytes) else document.encode())
    except Refused as refused:
        assert refused.refusal in (MALFORMED, TOO_BIG)


def test_limits_that_libxml2_could_not_keep_are_a_mistake() -> None:
    """It gives up at 256 levels by itself."""
    with pytest.raises(ValueError, match="depth"):
        DocumentLimits(depth=300)


PARSERS = {
    "eucalyptus/wire/documents.py",
    # Reads what our own core wrote.
    "nodecontroller/drivers/hypervisors/fake.py",
}


def test_nobody_else_builds_a_parser() -> None:
    """``documents.parse`` is for everybody; the list may only shrink."""
    builds = re.compile(r"XMLParser\(|XMLPullParser\(|iterparse\(|etree\.parse\(|fromstring\(")
    houses = [p.parent for p in ROOT.glob("*/__init__.py") if p.parent.name not in ("tests",)]
    found = {
        str(path.relative_to(ROOT))
        for house in houses
        for path in house.rglob("*.py")
        if builds.search(path.read_text())
    }
    assert found <= PARSERS
