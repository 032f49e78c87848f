# SPDX-License-Identifier: BSD-2-Clause
"""Compiled readers and writers: one pair per message class and API version.

Both are generated as Python source from the message's parts and compiled once. What the writer
makes is its own exclusive canonical form (one default namespace on the top element, no white
space, no prefixes), so it can be signed without another pass.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import MISSING
from types import CodeType
from typing import Any

from lxml import etree

from eucalyptus.contracts.declare import Contract, Kept, Part, concrete, message_type, parts
from eucalyptus.contracts.dialects import soap_parts
from eucalyptus.wire import mistakes
from eucalyptus.wire.kinds import chosen_reader, chosen_writer
from eucalyptus.wire.leaves import BadLeaf, reader_of, writer_of
from eucalyptus.wire.reading import Shape, numbered, reader_source
from eucalyptus.wire.writing import writer_source

Append = Callable[[str], object]
Writer = Callable[[Any, Append], None]
Reader = Callable[[etree._Element], Any]

UNSET = object()
"""Stands for a part that was not met yet; None is a value."""


class Codec:
    """Readers and writers of ``contract`` in API ``version`` ("" for an undated contract).

    Parts that the version does not know are neither read nor written; a required one of them
    reads as None, which bodies of dated contracts have to expect. A required part that has a
    default is always written, yet may be absent from what is read: old clients leave out what
    their WSDL calls required.
    """

    def __init__(self, contract: Contract, version: str) -> None:
        self.contract, self.version = contract, version
        self.namespace = contract.at(version)
        self._writers: dict[type, Writer] = {}
        self._readers: dict[type, Reader] = {}

    def write(self, value: Any, element: str, *, before: str = "") -> bytes:
        """``before``, then ``value`` as element ``element`` in this version's namespace, UTF-8."""
        # Joined once: an answer may have megabytes.
        out = [before, f'<{element} xmlns="{self.namespace}">']
        self.writer(type(value))(value, out.append)
        out.append(f"</{element}>")
        return "".join(out).encode()

    def content(self, value: Any) -> str:
        """What stands inside the element of ``value``."""
        out: list[str] = []
        self.writer(type(value))(value, out.append)
        return "".join(out)

    def read(self, message: type, element: etree._Element) -> Any:
        """The message in ``element``.

        Raises MALFORMED, MISSING_PARAMETER, INVALID_PARAMETER or INVALID_COMBINATION.
        """
        return self.reader(message)(element)

    def prepare(self) -> None:
        """Compile everything that the contract's operations say, so that no caller waits for it."""
        for operation in self.contract.operations:
            for message in (operation.asks, operation.answers):
                self.reader(message)
                self.writer(message)

    def writer(self, message: type) -> Writer:
        """The compiled writer of a message class."""
        if message not in self._writers:
            # Entered first, so that a message may contain itself.
            self._writers[message] = lambda value, append: self._writers[message](value, append)
            self._writers[message] = self._compile_writer(message)
        return self._writers[message]

    def reader(self, message: type) -> Reader:
        """The compiled reader of a message class."""
        if message not in self._readers:
            self._readers[message] = lambda element: self._readers[message](element)
            self._readers[message] = self._compile_reader(message)
        return self._readers[message]

    def _compile_writer(self, message: type) -> Writer:
        if message_type(message).abstract:
            return chosen_writer({kind: self.writer(kind) for kind in concrete(message)})
        known = soap_parts(message, self.version)
        names: dict[str, Any] = {f"otherwise_{p.attribute}": p.otherwise for p in known}
        for part in known:
            names[f"turn_{part.attribute}"] = self._turn(part)
            names[f"kind_{part.attribute}"] = self._kind
        write: Writer = _compiled(writer_source(known), names, f"<writer of {message.__name__}>")
        return write

    def _turn(self, part: Part) -> Callable[..., Any]:
        """What writes one value of a part."""
        if not part.is_message:
            return writer_of(part.of)
        write = self.writer(part.of)
        return self._keeping(write) if issubclass(part.of, Kept) else write

    def _kind(self, value: Any) -> str:
        """What the type of a message is called."""
        return message_type(type(value)).name_in(self.version)

    def _keeping(self, write: Writer) -> Writer:
        """Writes a message once: the text stays with the value for as long as that is kept."""

        def say(value: Any, append: Append) -> None:
            earlier: tuple[tuple[Codec, str], ...] = getattr(value, "said", ())
            for codec, text in earlier:
                if codec is self:
                    append(text)
                    return
            out: list[str] = []
            write(value, out.append)
            text = "".join(out)
            # The two versions asked for last, lest one value be kept in all there are.
            object.__setattr__(value, "said", ((self, text), *earlier[:1]))
            append(text)

        return say

    def _compile_reader(self, message: Any) -> Reader:
        if message_type(message).abstract:
            kinds = {message_type(kind).name_in(self.version): kind for kind in concrete(message)}
            readers = {name: self.reader(kind) for name, kind in kinds.items()}
            return chosen_reader(self.namespace, readers)
        shape, tag = self._shape(message), f"{{{self.namespace}}}".__add__
        names: dict[str, Any] = {"message": message, "create": object.__new__, "UNSET": UNSET}
        names |= vars(mistakes)
        names["numbers"] = {tag(part.name): n for n, part in enumerate(shape.parts)}
        for n, part in enumerate(shape.parts):
            names[f"turn_{n}"] = self.reader(part.of) if part.is_message else _leaf_reader(part)
            names[f"convert_{n}"] = None if part.is_message else reader_of(part.of)
            names[f"item_{n}"] = tag(part.item)
        for part in parts(message):
            # Slots are filled one by one: for a frozen class of forty fields that takes half the
            # time of its constructor, which does no more.
            slot = inspect.getattr_static(message, part.attribute)
            names[f"fill_{part.attribute}"] = slot.__set__
            names[f"default_of_{part.attribute}"] = default_of(message, part)
        read: Reader = _compiled(reader_source(shape), names, f"<reader of {message.__name__}>")
        return read

    def _shape(self, message: Any) -> Shape:
        if hasattr(message, "__post_init__"):
            raise TypeError(f"{message.__name__}: messages are values, they do nothing when made")
        known = soap_parts(message, self.version)
        single = [p for p in known if not p.repeated]
        met = {p.attribute for p in known}
        met |= {inner.attribute for p in known if p.folded for inner in parts(p.of)}
        absent = [p.attribute for p in parts(message) if p.attribute not in met]
        return Shape(
            parts=numbered(known),
            absent={attribute: f"default_of_{attribute}" for attribute in absent},
            defaulted=[p.attribute for p in single if default_of(message, p) is not None],
            text_into=known[0].attribute if message.__message__.mixed and known else "",
        )


@functools.lru_cache(maxsize=256)
def codec_of(contract: Contract, version: str = "") -> Codec:
    """The codec of a contract in a version, made once: who talks to a thousand peers in the same
    words compiles them once."""
    return Codec(contract, version)


def default_of(message: Any, part: Part) -> Any:
    """What an absent part reads as; None where its class gives it no default."""
    default = message.__dataclass_fields__[part.attribute].default
    return None if default is MISSING else default


def _compiled(source: str, names: dict[str, Any], file: str) -> Any:
    space = dict(names)
    # The source is made from declarations in this repository only, never from input.
    exec(_code(source, file), space)  # noqa: S102
    return space["read"] if "read" in space else space["write"]


@functools.cache
def _code(source: str, file: str) -> CodeType:
    """Compiled once: a message reads alike in most versions, but for its namespace."""
    return compile(source, file, "exec")


def _leaf_reader(part: Part) -> Reader:
    convert = reader_of(part.of)

    def read_leaf(element: etree._Element) -> Any:
        if len(element):
            raise mistakes.crowded(element)
        text = element.text or ""
        try:
            return convert(text)
        except BadLeaf as bad:
            raise mistakes.invalid(element, text, bad) from bad

    return read_leaf
