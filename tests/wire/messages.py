# SPDX-License-Identifier: BSD-2-Clause
"""A small contract that has one of everything, and strategies that make values of any message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from eucalyptus.contracts.cluster import CLUSTER
from eucalyptus.contracts.declare import (
    Contract,
    Long,
    Operation,
    Part,
    items,
    message,
    part,
    parts,
)
from eucalyptus.contracts.dialects import soap_parts
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.identity import IDENTITY
from eucalyptus.contracts.news import NEWS
from eucalyptus.contracts.node import NODE
from eucalyptus.wire.codec import default_of

OLD, NEW = "2008-01-01", "2013-02-01"
CONTRACTS = (EC2, CLUSTER, NODE, NEWS, IDENTITY)


@message("EmptyType")
class Nothing:
    """Says all by being there."""


@message("WrappedType", attributes={"version": "1.0", "encoding": "base64"}, mixed=True)
class Wrapped:
    """Mixed content with fixed attributes."""

    data: str | None = None


@message("GuestType")
class Guest:
    """A list entry with one leaf."""

    guest_name: str


@message("RoomType")
class Room:
    """A list entry with several parts, one of them newer."""

    number: int
    view: str | None = part(default=None, since="2010-01-01")
    guests: tuple[Guest, ...] = items("GuestSetType", default=(), name="guestSet", least=1)


@message("BookType")
class Book:
    """Ask for rooms: every kind of part once."""

    name: str
    nights: int
    wished: str | None = part(default=None, nillable=True)
    noted: str = part(nillable=True)
    serial: Long | None = None
    rate: float | None = None
    quiet: bool | None = None
    arrival: datetime | None = None
    rooms: tuple[Room, ...] = items("RoomSetType", default=(), name="roomSet", required=True)
    both: tuple[Room, ...] = items(
        "RoomSetType", name="bothSet", query={"number": "RoomNumber", "view": "RoomView"}
    )
    labels: tuple[str, ...] = part(default=())
    codes: tuple[int, ...] = items("CodeSetType", default=(), name="codeSet", item="member")
    extra: Wrapped | None = None
    by_phone: Nothing | None = part(default=None, choice="how")
    by_mail: str | None = part(default=None, choice="how")
    by_codes: tuple[int, ...] | None = items(
        "CodeSetType", default=None, name="byCodes", item="member", choice="how"
    )
    since_new: str = part(since="2012-01-01")
    until_old: str | None = part(default=None, until=OLD)
    asked_flat: str | None = part(default=None, query_only=True)
    stars: int = part(default=3, required=False)


@message("BookResponseType")
class BookResponse:
    """The answer."""

    request_id: str = part(default="", required=True)
    succeeded: bool = part(name="return")
    room: str


BOOK = Operation(name="Book", asks=Book, answers=BookResponse)
HOTEL = Contract(
    name="Hotel",
    service="Hotel",
    port="HotelPort",
    namespace="http://hotel.example/{version}/",
    operations=(BOOK,),
    versions=(OLD, NEW),
)

_LEGAL = st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff").filter(
    lambda c: c in "\t\n\r" or c >= " "
)
TEXT = st.text(_LEGAL, max_size=12) | st.sampled_from(["<&>]]>\"'", " \r\n\t", "a", "é\u2028😀"])
LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: st.integers(-(2**31), 2**31 - 1),
    Long: st.integers(-(2**63), 2**63 - 1),
    bool: st.booleans(),
    float: st.floats(allow_nan=False),
    datetime: st.datetimes(datetime(1900, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
        lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    ),
}


def own_parts(message_class: type, version: str) -> list[Part]:
    """The parts that SOAP carries in a version, each by its own attribute of the message."""
    known = soap_parts(message_class, version)
    return [one for p in known for one in (soap_parts(p.of, version) if p.folded else [p])]


@st.composite
def values(draw: st.DrawFn, message_class: Any, version: str) -> Any:
    """Any value of a message as ``version`` knows it: exactly one of each choice."""
    made: dict[str, Any] = {}
    chosen: dict[str, str] = {}
    known = own_parts(message_class, version)
    attributes = {p.attribute for p in known}
    for choice in sorted({p.choice for p in known if p.choice}):
        chosen[choice] = draw(st.sampled_from([p.attribute for p in known if p.choice == choice]))
    for one in known:
        if not one.choice:
            made[one.attribute] = draw(_part_values(message_class, one, version))
        elif chosen[one.choice] == one.attribute:
            made[one.attribute] = draw(_chosen(one, version))
    for one in parts(message_class):
        if one.attribute not in attributes and one.required and not one.repeated:
            made[one.attribute] = default_of(message_class, one)
    return message_class(**made)


def _single(one: Part, version: str) -> st.SearchStrategy[Any]:
    return values(one.of, version) if one.is_message else LEAVES[one.of]


def _chosen(one: Part, version: str) -> st.SearchStrategy[Any]:
    single = _single(one, version)
    if one.repeated:
        return st.lists(single, min_size=one.least, max_size=max(2, one.least)).map(tuple)
    return single


def _part_values(message_class: Any, one: Part, version: str) -> st.SearchStrategy[Any]:
    single = _chosen(one, version)
    if one.repeated:
        return single
    if one.attribute == "succeeded":
        return st.just(True)
    if one.required and not one.nillable:
        return single
    default = message_class.__dataclass_fields__[one.attribute].default
    return single | st.just(None if one.required else default)


@dataclass(frozen=True, kw_only=True, repr=False)
class Said:
    """A message as it may occur; shown without its contract, which is long."""

    contract: Contract
    version: str
    operation: Operation
    element: str
    value: Any

    def __repr__(self) -> str:
        return f"{self.contract.name} {self.version} {self.element}: {self.value!r}"


@st.composite
def said(draw: st.DrawFn, soap: bool, sides: tuple[str, ...] = ("asks", "answers")) -> Said:
    """A contract, one of its versions, and anything that may be said in it (or in its WSDL)."""
    contract = draw(st.sampled_from([c for c in (*CONTRACTS, HOTEL) if not soap or _asked(c, "")]))
    version = draw(st.sampled_from(contract.versions or ("",)))
    operation = draw(st.sampled_from(_asked(contract, version) if soap else contract.operations))
    side = draw(st.sampled_from(sides))
    element = operation.name + ("" if side == "asks" else "Response")
    value = draw(values(getattr(operation, side), version))
    return Said(
        contract=contract, version=version, operation=operation, element=element, value=value
    )


def _asked(contract: Contract, version: str) -> list[Operation]:
    """The operations in the WSDL."""
    return [o for o in contract.operations if o.in_wsdl(version)]
