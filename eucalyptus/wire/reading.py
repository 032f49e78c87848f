# SPDX-License-Identifier: BSD-2-Clause
"""The source of a message's reader: one pass over the children, each looked up by its tag.

Order is free, everything else is strict: an unknown element, one that stands twice, two of a
choice, elements inside a leaf and a missing part are refused. Attributes are ignored, but for
``xsi:nil`` on an empty element, which counts as absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from eucalyptus.contracts.declare import Part, parts

DECLINES_BY = "succeeded"
"""The attribute by which an answer says ``return=false`` and leaves the rest out."""

# A slice, because lxml makes a list of the children faster than it steps through them.
_FRAME = """\
def read(element):
    texts = [None] * {plain}
{start}
    for child in element[:]:
        try:
            number = numbers[child.tag]
        except KeyError:
            raise stranger(child) from None
        if number < {plain}:
            if texts[number] is not None:
                raise twice(child)
            text = child.text
            if text is None and has_value(child):
                text = ""
            if len(child):
                raise crowded(child)
            texts[number] = text
            continue
{turns}
{end}
    made = create(message)
{filled}
    return made
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a reader must know of a message: its parts in ``numbered`` order and three exceptions.

    ``absent`` maps attributes that this version lacks to the source of their value, ``defaulted``
    are those whose default is not None, ``text_into`` the one that gets the text of mixed content.
    """

    parts: tuple[Part, ...]
    absent: Mapping[str, str]
    defaulted: Sequence[str] = ()
    text_into: str = ""

    @property
    def plain(self) -> int:
        """How many of the first parts are plain text."""
        return sum(map(is_plain, self.parts))


def is_plain(part: Part) -> bool:
    """Whether a part is one string, or none: the most frequent kind by far."""
    return part.of is str and not part.repeated and not (part.required and part.nillable)


def numbered(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The parts in the order in which a reader numbers them: plain text first."""
    return tuple(sorted(parts, key=lambda part: not is_plain(part)))


def reader_source(shape: Shape) -> str:
    """``def read(element)`` of a message.

    It wants ``numbers`` (tag -> number), ``message``, ``create``, ``UNSET``; for each number
    ``turn_<n>``, ``convert_<n>``, ``item_<n>``; for each attribute ``fill_<attribute>`` and
    ``default_of_<attribute>``; and the names of ``eucalyptus.wire.mistakes``.
    """
    others = {n: part for n, part in enumerate(shape.parts) if n >= shape.plain}
    values = {n: f"v{n}" if n in others else f"texts[{n}]" for n in range(len(shape.parts))}
    filled = [line for n, part in enumerate(shape.parts) for line in _fill(part, values[n])]
    filled += [f"    fill_{name}(made, {value})" for name, value in shape.absent.items()]
    end = [line for n, name in values.items() for line in _finish(shape, n, name)]
    return _FRAME.format(
        plain=shape.plain,
        start="\n".join(f"    v{n} = {_start(part)}" for n, part in others.items()),
        turns="\n".join(_tree(list(others.items()), "        ")),
        end="\n".join([*_choices(shape.parts, values), *end]),
        filled="\n".join(filled),
    )


def _fill(part: Part, value: str) -> list[str]:
    """Statements that give the new message its part, or those that stood in a folded list."""
    if part.folded:
        inner = [p.attribute for p in parts(part.of)]
        return [f"    fill_{name}(made, {value}[0].{name})" for name in inner]
    return [f"    fill_{part.attribute}(made, {value})"]


def _may_be_null(part: Part) -> bool:
    return part.required and part.nillable


def _start(part: Part) -> str:
    """What a variable holds until its element is met."""
    if part.repeated:
        return ("None" if part.choice else "()") if part.set_type else "[]"
    return "UNSET" if _may_be_null(part) else "None"


def _tree(others: Sequence[tuple[int, Part]], indent: str) -> list[str]:
    """Decide by halving which part ``number`` is."""
    if not others:
        return []
    if len(others) == 1:
        number, part = others[0]
        return [indent + line for line in _take(number, part)]
    middle = len(others) // 2
    return [
        f"{indent}if number < {others[middle][0]}:",
        *_tree(others[:middle], indent + "    "),
        f"{indent}else:",
        *_tree(others[middle:], indent + "    "),
    ]


def _take(n: int, part: Part) -> list[str]:
    """Statements that read ``child`` into variable ``n``."""
    if part.set_type:
        taken = f"[turn_{n}(c) if c.tag == item_{n} else refuse(c) for c in child[:]]"
        met = f"v{n} is not None" if part.choice else f"v{n}"
        return [f"if {met}: raise twice(child)", f"v{n} = tuple({taken})"]
    told = "if child.text or len(child) or has_value(child)"
    if part.repeated:
        return [f"{told}: v{n}.append(turn_{n}(child))"]
    once = f"if v{n} is not {_start(part)}: raise twice(child)"
    lines = [once, f"{told}: v{n} = turn_{n}(child)"] if part.is_message else [once, *_convert(n)]
    return [*lines, f"else: v{n} = None"] if _may_be_null(part) else lines


def _convert(n: int) -> list[str]:
    return [
        "if len(child): raise crowded(child)",
        "text = child.text",
        "if text is not None or has_value(child):",
        f"    try: v{n} = convert_{n}(text or '')",
        "    except BadLeaf as bad: raise invalid(child, text or '', bad) from bad",
    ]


def _choices(parts: Sequence[Part], values: Mapping[int, str]) -> list[str]:
    groups: dict[str, list[int]] = {}
    for number, part in enumerate(parts):
        if part.choice:
            groups.setdefault(part.choice, []).append(number)
    lines = []
    for members in groups.values():
        if len(members) > 1:
            count = " + ".join(f"({values[n]} is not None)" for n in members)
            names = ", ".join(parts[n].name for n in members)
            lines.append(f"    if {count} > 1: raise together(element, {names!r})")
    return lines


def _require(shape: Shape, n: int, value: str) -> list[str]:
    part, excuse = shape.parts[n], ""
    for number, other in enumerate(shape.parts):
        if other.attribute == DECLINES_BY and number != n:
            excuse = f" and v{number} is not False"
    absent = f"    if {value} is {_start(part)}{excuse}: raise missing(element, {part.name!r})"
    # With the excuse, what is absent and may be null is null.
    return [absent, f"    if {value} is UNSET: {value} = None"] if _may_be_null(part) else [absent]


def _finish(shape: Shape, n: int, value: str) -> list[str]:
    """Statements that complete value ``n`` once all children are read."""
    part = shape.parts[n]
    if part.repeated and not part.set_type:
        # A bare list may be empty whatever its minOccurs says: no news is no mistake.
        crammed = f"raise crammed(element, {part.name!r}, {part.most})"
        bounds = [f"    if len({value}) > {part.most}: {crammed}"] if part.most else []
        return [*bounds, f"    {value} = tuple({value})"]
    if part.repeated:
        met = f"{value} is not None and " if part.choice else ""
        enough = f"    if {met}len({value}) < {part.least}: raise missing(element, {part.name!r})"
        alone = f"    if len({value}) > 1: raise several(element, {part.name!r})"
        return [enough] * bool(part.least) + [alone] * part.folded
    lines = []
    if part.attribute == shape.text_into:
        lines.append(f"    if {value} is None: {value} = text_of(element)")
    if part.attribute in shape.defaulted:
        lines.append(f"    if {value} is {_start(part)}: {value} = default_of_{part.attribute}")
    elif part.required and part.otherwise is None:
        lines += _require(shape, n, value)
    return lines
