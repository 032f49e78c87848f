# SPDX-License-Identifier: BSD-2-Clause
"""The codec on a contract that has one of everything: forms, versions, refusals."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eucalyptus.contracts.declare import Contract, Operation, message, part
from eucalyptus.contracts.refusals import (
    INVALID_COMBINATION,
    INVALID_PARAMETER,
    MALFORMED,
    MISSING_PARAMETER,
    Refusal,
    Refused,
)
from eucalyptus.wire.codec import Codec
from eucalyptus.wire.documents import parse
from tests.wire.messages import HOTEL, NEW, OLD, Book, BookResponse, Guest, Nothing, Room, Wrapped

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
NEEDED = "<name>n</name><nights>2</nights><noted>x</noted><roomSet/><sinceNew>y</sinceNew>"
LEAST: dict[str, Any] = {"name": "n", "nights": 2, "noted": "x", "since_new": "y"}


def read(inside: str, version: str = NEW) -> Any:
    """A Book from what stands inside its element."""
    document = f'<Book xmlns="http://hotel.example/{version}/" {XSI}>{inside}</Book>'
    return Codec(HOTEL, version).read(Book, parse(document.encode()))


def write(value: Any, version: str = NEW) -> str:
    """What stands inside."""
    return Codec(HOTEL, version).content(value)


def test_the_writer_declares_its_namespace_once() -> None:
    """On the top element, without prefixes or white space; empty lists have their wrapper."""
    written = Codec(HOTEL, NEW).write(Book(**LEAST, extra=Wrapped(data="ZA==")), "Book")
    assert written == (
        b'<Book xmlns="http://hotel.example/2013-02-01/"><name>n</name><nights>2</nights>'
        b"<noted>x</noted><roomSet></roomSet><bothSet></bothSet><codeSet></codeSet>"
        b'<extra encoding="base64" version="1.0">'
        b"<data>ZA==</data></extra><sinceNew>y</sinceNew><stars>3</stars></Book>"
    )


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("", {}),
        ("<labels>a</labels><labels/><labels>b</labels>", {"labels": ("a", "", "b")}),
        ("<codeSet><member>1</member><member>2</member></codeSet>", {"codes": (1, 2)}),
        ("<codeSet/>", {"codes": ()}),
        ("<extra version='1.0' encoding='base64'>\nZA==\n</extra>",
         {"extra": Wrapped(data="ZA==")}),
        ("<extra><data>ZA==</data></extra>", {"extra": Wrapped(data="ZA==")}),
        ("<extra><data>ZA==</data>\n</extra>", {"extra": Wrapped(data="ZA==")}),
        ("<byPhone/>", {"by_phone": Nothing()}),
        ("<byCodes/>", {"by_codes": ()}),
        ("<byCodes><member>1</member></byCodes>", {"by_codes": (1,)}),
        ("<wished/>", {"wished": ""}),
        ("<wished xsi:nil='true'/>", {"wished": None}),
        ("<quiet xsi:nil='1'/>", {"quiet": None}),
        ("<serial xsi:type='xs:long' id='x'>5</serial>", {"serial": 5}),
        ("<wished>a<![CDATA[<b>]]></wished>", {"wished": "a<b>"}),
        ("<extra xsi:nil='true'/><stars>5</stars>", {"stars": 5}),
        ("<stars xsi:nil='true'/>", {"stars": 3}),
    ],
)  # fmt: skip
def test_forms_that_are_read(inside: str, expected: dict[str, Any]) -> None:
    """Lists bare and wrapped, empty and null, mixed content, attributes that do not matter."""
    assert read(NEEDED + inside) == Book(**{**LEAST, **expected})


def test_order_does_not_matter() -> None:
    """Names do."""
    shuffled = "<sinceNew>y</sinceNew><roomSet/><noted>x</noted><nights>2</nights><name>n</name>"
    assert read(shuffled) == read(NEEDED)


def test_nested_lists_are_read() -> None:
    """A wrapper in an item in a wrapper."""
    guests = "<guestSet><item><guestName>g</guestName></item></guestSet>"
    room = f"<item><number>7</number>{guests}</item>"
    expected = Room(number=7, view=None, guests=(Guest(guest_name="g"),))
    assert read(NEEDED.replace("<roomSet/>", f"<roomSet>{room}</roomSet>")).rooms == (expected,)


def test_what_must_be_there_and_may_be_null_is_written_as_null() -> None:
    """With xsi declared where it is used, as exclusive C14N has it."""
    value = Book(**{**LEAST, "noted": None})
    assert f'<noted {XSI} xsi:nil="true"></noted>' in write(value)
    assert read(write(value)) == value


REFUSED: list[tuple[str, Refusal, str]] = [
    (NEEDED + "<colour>red</colour>", MALFORMED, "Book does not know .*colour"),
    (NEEDED + "<x:name xmlns:x='urn:x'>n</x:name>", MALFORMED, "does not know .*urn:x"),
    (NEEDED + "<extra><evil/></extra>", MALFORMED, "Book/extra does not know"),
    (NEEDED + "<codeSet><item>1</item></codeSet>", MALFORMED, "Book/codeSet does not know"),
    (NEEDED + "<name>again</name>", MALFORMED, "name stands twice in Book"),
    (NEEDED + "<serial>1</serial><serial>2</serial>", MALFORMED, "serial stands twice"),
    (NEEDED + "<codeSet><member>1</member></codeSet><codeSet/>", MALFORMED, "codeSet stands"),
    (NEEDED + "<extra/><extra/>", MALFORMED, "extra stands twice"),
    (NEEDED + "<wished>a<b/>c</wished>", MALFORMED, "wished holds elements"),
    (NEEDED + "<quiet>true<b/></quiet>", MALFORMED, "quiet holds elements"),
    (NEEDED + "<labels>a<b/></labels>", MALFORMED, "labels holds elements"),
    (NEEDED + "<untilOld>x</untilOld>", MALFORMED, "does not know .*untilOld"),
    (NEEDED + "<askedFlat>x</askedFlat>", MALFORMED, "does not know .*askedFlat"),
    (NEEDED.replace("<name>n</name>", ""), MISSING_PARAMETER, "Book needs name"),
    (NEEDED.replace("<noted>x</noted>", ""), MISSING_PARAMETER, "Book needs noted"),
    (NEEDED.replace("<nights>2</nights>", "<nights xsi:nil='true'/>"), MISSING_PARAMETER, "nights"),
    (NEEDED.replace("<roomSet/>", "<roomSet><item><number>1</number></item></roomSet>"),
     MISSING_PARAMETER, "Book needs roomSet/item/guestSet"),
    (NEEDED.replace(">2<", ">two<"), INVALID_PARAMETER, "nights: two is not a whole number"),
    (NEEDED.replace(">2<", "><"), INVALID_PARAMETER, "nights:  is not"),
    (NEEDED + "<quiet>maybe</quiet>", INVALID_PARAMETER, "quiet: maybe is not true or false"),
    (NEEDED + "<arrival>noon</arrival>", INVALID_PARAMETER, "arrival: noon is not a time"),
    (NEEDED + "<codeSet><member>x</member></codeSet>", INVALID_PARAMETER, "codeSet/member: x"),
    (NEEDED + "<byPhone/><byMail>m</byMail>", INVALID_COMBINATION, "only one of: byMail, byPhone"),
    (NEEDED + "<byCodes/><byPhone/>", INVALID_COMBINATION, "only one of: byMail, byPhone, byCodes"),
    (NEEDED + "<byCodes/><byCodes/>", MALFORMED, "byCodes stands twice"),
]  # fmt: skip


@pytest.mark.parametrize(("inside", "refusal", "says"), REFUSED)
def test_everything_else_is_refused(inside: str, refusal: Refusal, says: str) -> None:
    """With the place and the reason."""
    with pytest.raises(Refused) as refused:
        read(inside)
    assert refused.value.refusal is refusal
    assert re.search(says, refused.value.message)


def test_a_refusal_inside_an_envelope_starts_at_the_operation() -> None:
    """Envelope and Body are no part of the caller's message."""
    document = (
        f'<e:Envelope xmlns:e="urn:e"><e:Body><Book xmlns="http://hotel.example/{NEW}/">{NEEDED}'
        "<extra><evil/></extra></Book></e:Body></e:Envelope>"
    )
    with pytest.raises(Refused, match="Book/extra does not know"):
        Codec(HOTEL, NEW).read(Book, parse(document.encode())[0][0])


def test_a_refusal_shows_little_of_a_long_value() -> None:
    """However long it is."""
    with pytest.raises(Refused) as refused:
        read(NEEDED.replace(">2<", f">{'9' * 100_000}<"))
    assert len(refused.value.message) < 200


def test_an_old_version_neither_writes_nor_reads_newer_parts() -> None:
    """A required part that the version lacks reads as None."""
    old = "<name>n</name><nights>2</nights><noted>x</noted><untilOld>u</untilOld>"
    value = read(old, OLD)
    assert (value.since_new, value.until_old) == (None, "u")
    assert "sinceNew" not in write(Book(**LEAST), OLD)
    with pytest.raises(Refused, match="sinceNew"):
        read(old + "<sinceNew>y</sinceNew>", OLD)


def test_a_required_part_without_value_is_our_mistake() -> None:
    """It is not left out in silence."""
    with pytest.raises(AttributeError):
        write(Book(**{**LEAST, "name": None}))


def test_a_required_part_with_a_default_may_be_absent() -> None:
    """It is always written; what old clients leave out reads as the default."""
    codec = Codec(HOTEL, NEW)
    document = codec.write(BookResponse(succeeded=True, room="7"), "BookResponse")
    assert b"<requestId></requestId>" in document
    without = document.replace(b"<requestId></requestId>", b"")
    assert codec.read(BookResponse, parse(without)).request_id == ""


def test_an_answer_that_declines_leaves_the_rest_out() -> None:
    """``return=false`` needs nothing else."""
    absent: Any = None
    declined = BookResponse(request_id="r", succeeded=False, room=absent)
    codec = Codec(HOTEL, NEW)
    document = codec.write(declined, "BookResponse")
    assert b"room" not in document
    assert codec.read(BookResponse, parse(document)) == declined
    with pytest.raises(Refused, match="BookResponse needs room"):
        codec.read(BookResponse, parse(document.replace(b"false", b"true")))


@message("TreeType")
class Tree:
    """A message that contains itself."""

    name: str
    branches: tuple[Tree, ...] = part(default=())


FOREST = Contract(
    name="Forest", service="Forest", port="ForestPort", namespace="urn:forest",
    operations=(Operation(name="Plant", asks=Tree, answers=Tree),),
)  # fmt: skip


def test_a_message_may_contain_itself() -> None:
    """Depth is the document's."""
    tree = Tree(name="a", branches=(Tree(name="b", branches=(Tree(name="c", branches=()),)),))
    codec = Codec(FOREST, "")
    codec.prepare()
    assert codec.read(Tree, parse(codec.write(tree, "Plant"))) == tree


def test_messages_that_do_something_when_made_are_refused() -> None:
    """Readers fill slots; a constructor would not be heard."""

    @message("LoudType")
    class Loud:
        """Has a __post_init__."""

        name: str

        def __post_init__(self) -> None:
            raise AssertionError

    with pytest.raises(TypeError, match="Loud"):
        Codec(FOREST, "").reader(Loud)


NAMES = [
    "name", "nights", "noted", "wished", "serial", "quiet", "arrival", "roomSet", "item", "member",
    "codeSet", "labels", "extra", "data", "byPhone", "byMail", "sinceNew", "number", "guestSet",
]  # fmt: skip
LEAF = st.tuples(st.sampled_from(NAMES), st.sampled_from(["", "1", "true", "x", "\n", "9" * 30]))
TREE = st.recursive(
    LEAF, lambda inside: st.tuples(st.sampled_from(NAMES), st.lists(inside, max_size=6))
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(TREE, max_size=8))
def test_whatever_arrives_is_a_message_or_a_refusal(trees: list[Any]) -> None:
    """Nothing else escapes, whatever is put into whatever."""

    def text(tree: Any) -> str:
        name, inside = tree
        return (
            f"<{name}>{inside if isinstance(inside, str) else ''.join(map(text, inside))}</{name}>"
        )

    try:
        assert isinstance(read("".join(map(text, trees))), Book)
    except Refused as refused:
        assert refused.refusal.status < 500


# --- enumerations, bytes, abstract types, bounded lists ------------------------------------------


class Colour(StrEnum):
    """A word of a few."""

    RED = "RED"
    BLUE = "BLUE"


@message("AnimalType", abstract=True)
class Animal:
    """Some animal."""


@message("BirdType", abstract=True)
class Bird(Animal):
    """Some bird."""


@message("CatType")
class Cat(Animal):
    """A cat."""

    name: str


@message("OwlType")
class Owl(Bird):
    """An owl."""

    hour: int


@message("ZooType")
class Zoo:
    """Everything that is odd."""

    animals: tuple[Animal, ...] = part(default=(), name="animal", most=2)
    colour: Colour | None = None
    pelt: bytes | None = None


ZOO = Contract(
    name="zoo", service="Zoo", port="Zoo", namespace="urn:zoo",
    operations=(Operation(name="Visit", asks=Zoo, answers=Zoo),),
)  # fmt: skip
FULL = Zoo(animals=(Cat(name="Tom"), Owl(hour=3)), colour=Colour.BLUE, pelt=b"\x00\xff")
SAID = (
    f'<animal {XSI} xsi:type="CatType"><name>Tom</name></animal>'
    f'<animal {XSI} xsi:type="OwlType"><hour>3</hour></animal>'
    "<colour>BLUE</colour><pelt>AP8=</pelt>"
)


def zoo(inside: str) -> Any:
    """A Zoo from what stands inside its element."""
    document = f'<Visit xmlns="urn:zoo" xmlns:z="urn:zoo" {XSI}>{inside}</Visit>'
    return Codec(ZOO, "").read(Zoo, parse(document.encode()))


def test_an_abstract_type_says_what_it_is() -> None:
    """By xsi:type, in the contract's own namespace; words and bytes go round."""
    assert Codec(ZOO, "").content(FULL) == SAID
    assert zoo(SAID) == FULL
    assert zoo(SAID.replace('"CatType', '" z:CatType ').replace("AP8=", " AP\n8= ")) == FULL
    assert zoo("") == Zoo()


@pytest.mark.parametrize(
    ("inside", "refusal"),
    [
        ("<animal><name>Tom</name></animal>", MALFORMED),
        ("<animal xsi:type='AnimalType'/>", MALFORMED),
        ("<animal xsi:type='BirdType'/>", MALFORMED),
        ("<animal xsi:type='DogType'/>", MALFORMED),
        ("<animal xsi:type='x:CatType' xmlns:x='urn:x'><name>Tom</name></animal>", MALFORMED),
        ("<animal xsi:type='y:CatType'><name>Tom</name></animal>", MALFORMED),
        ("<animal xsi:type='CatType'><hour>3</hour></animal>", MALFORMED),
        ("<animal xsi:type='CatType'><name>Tom</name></animal>" * 3, INVALID_COMBINATION),
        ("<colour>blue</colour>", INVALID_PARAMETER),
        (f"<colour>{'R' * 65}</colour>", INVALID_PARAMETER),
        ("<pelt>A</pelt>", INVALID_PARAMETER),
        ("<pelt>ä</pelt>", INVALID_PARAMETER),
    ],
)
def test_odd_values_are_refused(inside: str, refusal: Refusal) -> None:
    """Types that are none, words and base64 that are none, too long a list."""
    with pytest.raises(Refused) as caught:
        zoo(inside)
    assert caught.value.refusal is refusal
