# SPDX-License-Identifier: BSD-2-Clause
"""Compiled readers and writers: one pair per message class and API version.

Both are generated as Python source from the message's parts and compiled once. What the writer
makes is its own exclusive canonical form (one default namespace on the top element, no white
space, no prefixes), so it can be signed without another pass.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lxml import etree

from eucalyptus.contracts.declare import Contract, Part, parts
from eucalyptus.contracts.refusals import INVALID_PARAMETER, MALFORMED, MISSING_PARAMETER
from eucalyptus.wire.leaves import READERS, WRITERS, BadLeaf

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"

Append = Callable[[str], object]
Writer = Callable[[Any, Append], None]
Reader = Callable[[etree._Element], Any]


class Codec:
    """Readers and writers of ``contract`` in API ``version`` ("" for an undated contract)."""

    def __init__(self, contract: Contract, version: str) -> None:
        self.contract, self.version = contract, version
        self.namespace = contract.at(version)
        self._writers: dict[type, Writer] = {}
        self._readers: dict[type, Reader] = {}

    def write(self, value: Any, element: str) -> bytes:
        """``value`` as element ``element`` in this version's namespace, UTF-8."""
        return f'<{element} xmlns="{self.namespace}">{self.content(value)}</{element}>'.encode()

    def content(self, value: Any) -> str:
        """What stands inside the element of ``value``."""
        out: list[str] = []
        self.writer(type(value))(value, out.append)
        return "".join(out)

    def read(self, message: type, element: etree._Element) -> Any:
        """The message in ``element``; raises MALFORMED, MISSING_PARAMETER, INVALID_PARAMETER."""
        return self.reader(message)(element)

    def known_parts(self, message: type) -> tuple[Part, ...]:
        """The parts of ``message`` that this version knows and SOAP carries."""
        known = (p for p in parts(message) if p.known_in(self.version))
        return tuple(p for p in known if not p.query_only)

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
        names: dict[str, Any] = {}
        lines = ["def write(value, append):"]
        for part in self.known_parts(message):
            turn = f"w_{part.attribute}"
            names[turn] = self.writer(part.of) if part.is_message else WRITERS[part.of]
            lines += _write_lines(part, turn)
        if len(lines) == 1:
            lines.append("    pass")
        write: Writer = _compiled("\n".join(lines), names, f"<writer of {message.__name__}>")
        return write

    def _compile_reader(self, message: type) -> Reader:
        tag = f"{{{self.namespace}}}".__add__
        slots = {}
        for part in self.known_parts(message):
            take = self.reader(part.of) if part.is_message else _leaf_reader(part)
            slots[tag(part.name)] = (
                part,
                _items_reader(part, take, tag) if part.set_type else take,
            )
        return _reader(message, slots)


def _compiled(source: str, names: dict[str, Any], file: str) -> Any:
    space = dict(names)
    # The source is made from declarations in this repository only, never from input.
    exec(compile(source, file, "exec"), space)  # noqa: S102
    return space["write"]


def _write_lines(part: Part, turn: str) -> list[str]:
    name, got = part.name, f"value.{part.attribute}"
    if part.set_type:
        body = [f'    append("<{name}>")', f"    for x in {got}:"]
        body += _one(part.item, turn, part.is_message, "        ")
        body.append(f'    append("</{name}>")')
        if part.required:
            return body
        return [f"    if {got}:", *("    " + line for line in body)]
    if part.repeated:
        return [f"    for x in {got}:", *_one(name, turn, part.is_message, "        ")]
    lines = [f"    x = {got}", "    if x is not None:"]
    return lines + _one(name, turn, part.is_message, "        ")


def _one(name: str, turn: str, is_message: bool, indent: str) -> list[str]:
    if is_message:
        return [
            f'{indent}append("<{name}>")', f"{indent}{turn}(x, append)",
            f'{indent}append("</{name}>")',
        ]  # fmt: skip
    return [f'{indent}append(f"<{name}>{{{turn}(x)}}</{name}>")']


def _leaf_reader(part: Part) -> Reader:
    convert, name = READERS[part.of], part.name

    def read_leaf(element: etree._Element) -> Any:
        if len(element):
            raise MALFORMED(reason=f"{name} holds elements where text belongs")
        text = element.text or ""
        try:
            return convert(text)
        except BadLeaf as bad:
            raise INVALID_PARAMETER(name=name, value=text[:80], wanted=bad.wanted) from bad

    return read_leaf


def _items_reader(part: Part, take: Reader, tag: Callable[[str], str]) -> Reader:
    item = tag(part.item)

    def read_items(element: etree._Element) -> tuple[Any, ...]:
        for child in element:
            if child.tag != item:
                raise _stranger(child, part.name)
        return tuple([take(child) for child in element])

    return read_items


def _stranger(child: etree._Element, where: str) -> Exception:
    return MALFORMED(reason=f"{where} does not know an element {str(child.tag)[:120]}")


def _reader(message: type, slots: dict[str, tuple[Part, Reader]]) -> Reader:
    name = message.__name__
    repeated = {p.attribute for p, _ in slots.values() if p.repeated and not p.set_type}
    needed = [p for p, _ in slots.values() if p.required and not p.repeated]
    # A part this version lacks still needs a value when the class gives it none.
    absent = {p.attribute: None for p in parts(message) if p.required and not p.repeated}
    mixed = message.__message__.mixed  # type: ignore[attr-defined]
    text_into = parts(message)[0].attribute if mixed else ""

    def read_message(element: etree._Element) -> Any:
        got: dict[str, Any] = {}
        for child in element:
            slot = slots.get(child.tag)
            if slot is None:
                raise _stranger(child, name)
            part, take = slot
            if child.attrib and child.get(NIL) in ("true", "1"):
                continue
            if part.attribute in repeated:
                got.setdefault(part.attribute, []).append(take(child))
            elif part.attribute in got:
                raise MALFORMED(reason=f"{part.name} stands twice in {name}")
            else:
                got[part.attribute] = take(child)
        for attribute in repeated & got.keys():
            got[attribute] = tuple(got[attribute])
        if text_into and text_into not in got and (element.text or "").strip():
            got[text_into] = (element.text or "").strip()
        if got.get("succeeded") is False:
            # An internal answer that says ``return=false`` leaves the rest out.
            return message(**{**absent, **got})
        for part in needed:
            if part.attribute not in got:
                raise MISSING_PARAMETER(action=name, name=part.name)
        return message(**{**absent, **got})

    return read_message
