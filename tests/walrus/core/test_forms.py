# SPDX-License-Identifier: BSD-2-Clause
"""Forms: decoded however they are cut, and refused when they are none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eucalyptus.contracts.refusals import Refused
from walrus.core.forms import LONGEST_HEAD, FilePart, delimiter, head

BETWEEN = b"\r\n--b"


def form(*parts: tuple[str, bytes], end: bytes = b"\r\n--b--\r\n") -> bytes:
    """A form of such parts; the first one begins without a line end before it."""
    made = b"".join(
        BETWEEN + f'\r\nContent-Disposition: form-data; {said}\r\n\r\n'.encode() + value
        for said, value in parts
    )  # fmt: skip
    return made[2:] + end


WHOLE = form(('name="Key"', b"k"), ('name="file"; filename="a b.txt"', b"content"))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60), st.integers(1, 30))
def test_any_cut_decodes_alike(content: bytes, step: int) -> None:
    """However the network cuts the body."""
    if BETWEEN in content:
        return
    whole = form(('name="key"', b"k"), ('name="file"; filename="f"', content))
    found = head(whole, BETWEEN)
    assert found is not None
    assert (found.fields, found.filename) == ({"key": "k"}, "f")
    part = FilePart(BETWEEN, found.begins)
    out = b"".join(part.feed(whole[at : at + step]) for at in range(0, len(whole), step))
    part.finish()
    assert out == content


def test_a_head_that_is_not_all_there() -> None:
    """Is waited for."""
    first = WHOLE.index(b"content")
    assert [head(WHOLE[:at], BETWEEN) for at in range(first)] == [None] * first
    found = head(WHOLE[:first], BETWEEN)
    assert found is not None
    assert (found.fields, found.filename, found.begins) == ({"key": "k"}, "a b.txt", first)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        pytest.param("text/plain", "multipart/form-data", id="S-50 no form"),
        pytest.param("multipart/form-data", "boundary", id="S-50 no boundary"),
        pytest.param("multipart/form-data; boundary=", "boundary", id="S-50 empty boundary"),
        pytest.param(f"multipart/form-data; boundary={'x' * 71}", "boundary", id="S-50 long"),
        pytest.param("multipart/form-data; boundary=a; boundary=b", "boundary", id="S-50 two"),
        pytest.param('multipart/form-data; boundary="a\r\nb"', "boundary", id="S-50 line end"),
    ],
)
def test_content_types(said: str, says: str) -> None:
    """Only one that can part a form."""
    assert delimiter('multipart/form-data; charset=x; boundary="b"') == BETWEEN
    with pytest.raises(Refused, match=says):
        delimiter(said)


FILE = ('name="file"', b"x")
BAD_HEADS = {
    "S-50 key twice": form(('name="key"', b"k"), ('name="KEY"', b"k"), FILE),
    "S-50 policy twice": form(('name="policy"', b"k"), ('name="policy"', b"k"), FILE),
    "S-50 no file": form(('name="key"', b"k")),
    "S-50 no name": form(('filename="key"', b"k"), FILE),
    "S-50 not UTF-8": form(('name="key"', b"\xff"), FILE),
    "S-50 fields too large": form(('name="key"', b"k" * LONGEST_HEAD), FILE),
    "S-50 endless preamble": b"x" * (LONGEST_HEAD + 1),
    "S-50 boundary prefix": b'--bb\r\nContent-Disposition: form-data; name="key"\r\n\r\nk',
    "S-50 many fields": form(*[(f'name="x{number}"', b"") for number in range(101)], FILE),
}


@pytest.mark.parametrize("data", [pytest.param(d, id=name) for name, d in BAD_HEADS.items()])
def test_bad_heads(data: bytes) -> None:
    """Are refused, the twin is not."""
    assert head(WHOLE, BETWEEN)
    with pytest.raises(Refused):
        head(data, BETWEEN)


BAD_ENDS = {
    "S-50 unterminated": b"content",
    "S-50 cut in the boundary": b"content\r\n--b",
    "S-50 another part and no end": b"content\r\n--b\r\n",
    "S-50 boundary prefix in the file": b"content\r\n--bb\r\nmore\r\n--b--\r\n",
    "S-50 much behind": b"content\r\n--b--\r\n" + b"x" * (LONGEST_HEAD + 1),
}


@pytest.mark.parametrize("data", [pytest.param(d, id=name) for name, d in BAD_ENDS.items()])
def test_bad_ends(data: bytes) -> None:
    """Nothing of a file counts before its form has ended well."""

    def decode() -> None:
        part = FilePart(BETWEEN, 0)
        part.feed(data)
        part.finish()

    with pytest.raises(Refused):
        decode()


def test_fields_behind_the_file_are_let_fall() -> None:
    """As S3 does: a second file, too."""
    part = FilePart(BETWEEN, 0)
    behind = form(('name="key"', b"other"), ('name="file"', b"second"))
    assert part.feed(b"content\r\n" + behind) == b"content"
    part.finish()
