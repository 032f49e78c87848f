# SPDX-License-Identifier: BSD-2-Clause
"""The vocabulary in which every contract is declared: messages, their parts, operations, contracts.

A message is a frozen dataclass whose parts know their name on the wire. Everything else (SOAP,
Query, WSDL, codecs, client stubs, the IAM action, the reference page) is derived from it, so a
fact about an operation is written here once and nowhere else.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, TypeVar, dataclass_transform, get_type_hints

from eucalyptus.contracts.earlier import Folded, Names, Was, name_in
from eucalyptus.contracts.refusals import Refusal

T = TypeVar("T")

Long = Annotated[int, "long"]
"""An int that travels as ``xs:long``; a plain ``int`` travels as ``xs:int``."""

Integer = Annotated[int, "integer"]
"""An int that travels as ``xs:integer``, within 64 bits."""

SCALARS: dict[Any, str] = {
    str: "string",
    int: "int",
    Long: "long",
    Integer: "integer",
    bool: "boolean",
    float: "double",
    datetime: "dateTime",
    bytes: "base64Binary",
}
"""Python type of a leaf -> local name of its XML Schema type."""

_MARK = "contract"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a message as it was declared and as it travels.

    ``name`` is the element's name, ``query`` the EC2 Query name where the general rule does not
    give it (a dict spreads the leaves of a list over several lists: leaf attribute -> name; with a
    dot, ``IpRanges.CidrIp``, every entry of a list names its only leaf).
    ``since``/``until`` are the first and last API versions (ISO dates) that know the part.
    ``set_type`` names the wrapper type of an ``item`` list; without it a tuple is repeated bare.
    ``least`` and ``most`` are a list's minOccurs and maxOccurs (0: unbounded). Parts of one message
    with the same ``choice`` exclude each other. ``query_only`` parts are in no WSDL: only EC2 Query
    carries them. ``was`` says what was otherwise in some versions of the WSDL. ``folded`` marks the
    list of ``Folded``.
    """

    attribute: str
    name: str
    of: Any
    repeated: bool
    required: bool
    nillable: bool
    since: str
    until: str
    query: str | Mapping[str, str] | None
    set_type: str
    item: str
    least: int
    choice: str
    query_only: bool
    was: Was | None = None
    otherwise: Any = None
    leads: bool = False
    folded: bool = False
    most: int = 0

    @property
    def is_message(self) -> bool:
        """Whether the part is itself a message rather than a leaf."""
        return hasattr(self.of, "__message__")

    def known_in(self, version: str) -> bool:
        """Whether API ``version`` (ISO date, "" for an undated contract) has this part."""
        return not version or (self.since <= version and (not self.until or version <= self.until))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MessageType:
    """What the contract knows of a message class beyond its Python fields.

    ``was`` are earlier names of the type. An ``abstract`` type is only ever sent as one of its
    subclasses, which ``xsi:type`` names. An ``anonymous`` one stands inside its element.
    """

    name: str
    attributes: tuple[tuple[str, str], ...]
    mixed: bool
    was: Names = ()
    folded: Folded | None = None
    abstract: bool = False
    anonymous: bool = False

    def name_in(self, version: str) -> str:
        """What the type is called in API ``version`` ("" for an undated contract)."""
        return name_in(version, self.was, self.name)


class Kept:
    """A message that is said again and again as it is: codecs leave with it what they wrote.

    ``said`` is theirs alone, and no part of the message.
    """

    __slots__ = ("said",)

    said: tuple[Any, ...]


def part(
    default: Any = dataclasses.MISSING,
    *,
    name: str = "",
    query: str | Mapping[str, str] | None = None,
    since: str = "",
    until: str = "",
    required: bool | None = None,
    nillable: bool = False,
    least: int = 0,
    most: int = 0,
    choice: str = "",
    query_only: bool = False,
    was: Was | None = None,
    last: bool = False,
) -> Any:
    """Declare a leaf, a nested message, or (for a tuple) an element that repeats bare.

    Say ``default=…`` by name, or type checkers take the part for required. ``last`` parts stand
    behind all others, also behind those of subclasses.
    """
    mark = {
        "name": name, "query": query, "since": since, "until": until, "required": required,
        "nillable": nillable, "least": least, "most": most, "choice": choice,
        "query_only": query_only, "was": was, "last": last,
    }  # fmt: skip
    return dataclasses.field(default=default, metadata={_MARK: mark})


def items(
    set_type: str,
    *,
    default: tuple[()] | None = (),
    name: str = "",
    item: str = "item",
    query: str | Mapping[str, str] | None = None,
    since: str = "",
    until: str = "",
    required: bool = False,
    least: int = 0,
    choice: str = "",
    was: Was | None = None,
) -> Any:
    """Declare a tuple that travels as a wrapper element of type ``set_type`` holding ``item``s.

    An absent wrapper and an empty one both read as ``()``; ``required`` ones are always written.
    Type checkers see a default only where it is written: say ``default=()`` in every call. A list
    that is one of a choice says ``default=None``, for not chosen: it may be chosen and empty.
    """
    mark = {
        "name": name, "query": query, "since": since, "until": until, "required": required,
        "set_type": set_type, "item": item, "least": least, "choice": choice, "was": was,
    }  # fmt: skip
    return dataclasses.field(default=default, metadata={_MARK: mark})


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(part, items))
def message(
    type_name: str,
    *,
    attributes: Mapping[str, str] | None = None,
    mixed: bool = False,
    was: Names = (),
    folded: Folded | None = None,
    abstract: bool = False,
    anonymous: bool = False,
) -> Callable[[type[T]], type[T]]:
    """Make a class a message: frozen, slotted, keyword-only, named ``type_name`` in the WSDL.

    ``attributes`` are fixed XML attributes that the type declares; readers ignore them.
    ``mixed`` types hold text beside their elements (EC2's user data). ``was`` are earlier names of
    the type. For ``abstract`` and ``anonymous`` see ``MessageType``.
    """

    def make(cls: type[T]) -> type[T]:
        made: Any = dataclasses.dataclass(frozen=True, slots=True, kw_only=True)(cls)
        made.__message__ = MessageType(
            name=type_name,
            attributes=tuple((attributes or {}).items()),
            mixed=mixed,
            was=was,
            folded=folded,
            abstract=abstract,
            anonymous=anonymous,
        )
        return typing.cast("type[T]", made)

    return make


def camel(attribute: str) -> str:
    """``image_id`` -> ``imageId``: the wire name of a part that declares none."""
    head, *rest = attribute.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _strip_optional(hint: Any) -> tuple[Any, bool]:
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        inner = [a for a in typing.get_args(hint) if a is not type(None)]
        return inner[0], True
    return hint, False


def _strip_tuple(hint: Any) -> tuple[Any, bool]:
    if typing.get_origin(hint) is tuple:
        return typing.get_args(hint)[0], True
    return hint, False


@functools.cache
def parts(message_class: type) -> tuple[Part, ...]:
    """The parts of a message in wire order (those of a parent class first)."""
    hints = get_type_hints(message_class, include_extras=True)
    made = []
    fields = dataclasses.fields(typing.cast(Any, message_class))
    for field in sorted(fields, key=lambda one: one.metadata.get(_MARK, {}).get("last", False)):
        mark = dict(field.metadata.get(_MARK) or {})
        hint, optional = _strip_optional(hints[field.name])
        of, repeated = _strip_tuple(hint)
        required = mark.get("required")
        if required is None:
            required = not optional and not repeated and field.default is dataclasses.MISSING
        made.append(
            Part(
                attribute=field.name,
                name=mark.get("name") or camel(field.name),
                of=of,
                repeated=repeated,
                required=required,
                nillable=mark.get("nillable", False),
                since=mark.get("since", ""),
                until=mark.get("until", ""),
                query=mark.get("query"),
                set_type=mark.get("set_type", ""),
                item=mark.get("item", ""),
                least=mark.get("least", 0),
                choice=mark.get("choice", ""),
                query_only=mark.get("query_only", False),
                was=mark.get("was"),
                most=mark.get("most", 0),
            )
        )
    return tuple(made)


def message_type(message_class: type) -> MessageType:
    """What the contract knows of a message class."""
    known: MessageType = message_class.__message__  # type: ignore[attr-defined]
    return known


def concrete(message_class: type) -> tuple[type, ...]:
    """The messages that an abstract one can be sent as, by name."""
    found: dict[str, type] = {}
    inner: type
    for inner in message_class.__subclasses__():
        # A class with slots has a forerunner without them, which is no message.
        if "__message__" in vars(inner):
            known = message_type(inner)
            more = concrete(inner) if known.abstract else (inner,)
            found |= {message_type(one).name: one for one in more}
    return tuple(found[name] for name in sorted(found))


class Patience(Enum):
    """How long a caller of an internal operation waits for its answer, in seconds."""

    SHORT = 5.0
    NORMAL = 20.0
    LONG = 180.0


class Reach(Enum):
    """Who may call an operation before any policy is asked."""

    ACCOUNT = "account"
    """Any authenticated principal whose policies allow the action."""
    CLOUD_ADMIN = "cloud-admin"
    """Only principals of the account ``eucalyptus``."""
    COMPONENT = "component"
    """Only another component of this cloud, known by its pinned certificate."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing a contract lets you ask, declared once.

    ``refuses`` lists the refusals its body may raise beyond those every operation may answer.
    ``allows`` is the IAM action. ``soap_action`` defaults to the operation's name.
    ``mutates`` marks operations whose byte-identical repeat gets the recorded answer.
    """

    name: str
    asks: type
    answers: type
    refuses: tuple[Refusal, ...] = ()
    allows: str = ""
    reach: Reach = Reach.ACCOUNT
    patience: Patience = Patience.NORMAL
    since: str = ""
    soap_action: str = ""
    soap_action_was: Names = ()
    mutates: bool = False
    soap: bool = True
    """False: only Query knows it (an extension that no Amazon WSDL has)."""
    signed: bool = True
    """False: answered without WS-Security (only GatherLog's GetKeys)."""

    def in_wsdl(self, version: str) -> bool:
        """Whether the WSDL of API ``version`` ("" for an undated contract) has it."""
        return self.soap and (not version or self.since <= version)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A named set of operations with one namespace per API version.

    ``namespace`` may hold ``{version}``. ``versions`` is empty for an undated contract.
    ``style`` is how Query answers are wrapped: "ec2" (the SOAP body element) or "iam"
    (``<XResponse><XResult/><ResponseMetadata/></XResponse>`` with ``member`` lists).
    """

    name: str
    service: str
    port: str
    namespace: str
    operations: tuple[Operation, ...]
    versions: tuple[str, ...] = ()
    query_versions: tuple[str, ...] = ()
    style: str = "ec2"
    action_prefix: str = ""
    later: frozenset[str] = frozenset()
    """Operations of the published API that are not built: refused by name, absent from the WSDL."""
    drafts: tuple[Operation, ...] = ()
    """Those of ``later`` whose messages are declared already."""
    actionless: bool = False
    """Whether every SOAPAction is empty: the Body alone says what is asked."""

    def at(self, version: str) -> str:
        """The target namespace of API ``version``."""
        return self.namespace.format(version=version)

    def operation(self, name: str) -> Operation | None:
        """The operation called ``name``, or None."""
        return next((o for o in self.operations if o.name == name), None)

    def soap_action(self, operation: Operation, version: str = "") -> str:
        """The SOAPAction (and wsa:Action) of ``operation``."""
        if self.actionless:
            return ""
        now = operation.soap_action or self.action_prefix + operation.name
        return name_in(version, operation.soap_action_was, now)
