# SPDX-License-Identifier: BSD-2-Clause
"""The source of a message's writer: constant text and values, appended in wire order."""

from __future__ import annotations

from collections.abc import Iterable

from eucalyptus.contracts.declare import Part, message_type

INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_NIL = f' xmlns:xsi="{INSTANCE}" xsi:nil="true"'


def writer_source(parts: Iterable[Part]) -> str:
    """``def write(value, append)``; it wants ``turn_<attribute>`` for each part, and
    ``kind_<attribute>``, which names a value's type, for each of an abstract type.

    A turn makes text of a leaf, or appends what stands inside a nested message. A required part
    that is None is a mistake of ours and raises, except in answers that can say ``return=false``.
    """
    script, parts = _Script(), list(parts)
    may_decline = any(part.attribute == "succeeded" for part in parts)
    for part in parts:
        _write_part(script, part, may_decline)
    return script.source()


class _Script:
    """Lines of Python; text that surely follows other text is joined into one f-string."""

    def __init__(self) -> None:
        self._lines = ["def write(value, append):"]
        self._text = ""
        self._indent = "    "

    def text(self, piece: str) -> None:
        """Append ``piece``, the inside of an f-string."""
        self._text += piece

    def line(self, line: str) -> None:
        """Add a statement, after the text so far."""
        self.flush()
        self._lines.append(self._indent + line)

    def enter(self, line: str) -> None:
        """Add a statement that opens a block."""
        self.line(line)
        self._indent += "    "

    def leave(self) -> None:
        """Close the block."""
        self.flush()
        self._indent = self._indent[:-4]

    def flush(self) -> None:
        """Turn the text so far into a statement."""
        if self._text:
            self._lines.append(f"{self._indent}append(f{self._text!r})")
            self._text = ""

    def source(self) -> str:
        """The whole function."""
        self.flush()
        return "\n".join([*self._lines, "    return None", ""])


def _write_part(script: _Script, part: Part, may_decline: bool) -> None:
    got = f"value.{part.attribute}"
    if part.folded:
        _write_folded(script, part)
    elif part.set_type:
        _write_set(script, part, got)
    elif part.repeated:
        script.enter(f"for x in {got}:")
        _write_one(script, part, part.name, "x")
        script.leave()
    elif part.required and not part.nillable and not may_decline:
        if part.otherwise is not None:
            got = f"(otherwise_{part.attribute} if {got} is None else {got})"
        _write_one(script, part, part.name, got)
    else:
        script.line(f"x = {got}")
        script.enter("if x is not None:")
        _write_one(script, part, part.name, "x")
        script.leave()
        if part.required and part.nillable and not may_decline:
            script.enter("else:")
            script.text(f"<{part.name}{_NIL}></{part.name}>")
            script.leave()


def _write_set(script: _Script, part: Part, got: str) -> None:
    """The wrapper is written even when it is empty: Amazon's own client fails without it.

    One of a choice is written when it is chosen, that is not None.
    """
    if part.choice:
        script.enter(f"if {got} is not None:")
    script.text(f"<{part.name}>")
    script.enter(f"for x in {got}:")
    _write_one(script, part, part.item, "x")
    script.leave()
    script.text(f"</{part.name}>")
    if part.choice:
        script.leave()


def _write_folded(script: _Script, part: Part) -> None:
    """The inherited parts, in the only item of their list."""
    script.text(f"<{part.name}><{part.item}>")
    script.line(f"turn_{part.attribute}(value, append)")
    script.text(f"</{part.item}></{part.name}>")


def _write_one(script: _Script, part: Part, name: str, expression: str) -> None:
    turn = f"turn_{part.attribute}"
    script.text(f"<{name}{_kind(part, expression)}{_fixed(part)}>")
    if part.is_message:
        script.line(f"{turn}({expression}, append)")
    else:
        script.text(f"{{{turn}({expression})}}")
    script.text(f"</{name}>")


def _kind(part: Part, expression: str) -> str:
    """Which of the types that an abstract one stands for."""
    if not part.is_message or not message_type(part.of).abstract:
        return ""
    return f' xmlns:xsi="{INSTANCE}" xsi:type="{{kind_{part.attribute}({expression})}}"'


def _fixed(part: Part) -> str:
    """The fixed attributes of a part's type, in canonical order."""
    fixed = part.of.__message__.attributes if part.is_message else ()
    return "".join(f' {name}="{value}"' for name, value in sorted(fixed))
