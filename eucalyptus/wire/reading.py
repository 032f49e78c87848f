# SPDX-License-Identifier: BSD-2-Clause
"""The source of a message's reader: one pass over the children, each looked up by its tag.

Order is free, everything else is strict: an unknown element, one that stands twice, two of a
choice, elements inside a leaf and a missing part are refused. Attributes are ignored, but for
``xsi:nil`` on an empty element, which counts as absent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eucalyptus.contracts.declare import Part

_HEAD = """\
def read(element):
{start}
    for child in element:
        number = number_of(child.tag)
        if number is None:
            raise stranger(child)
{turns}
{end}
    return make({made})
"""


def reader_source(parts: Sequence[Part], absent: Sequence[str], text_into: str) -> str:
    """``def read(element)`` of a message with the known ``parts``.

    ``absent`` are attributes that need a value though this version lacks them; ``text_into`` is
    the attribute that gets the text of mixed content. The source wants ``number_of``, ``make``,
    ``UNSET``, ``turn_<n>``, ``item_<n>`` and the mistakes of ``eucalyptus.wire.mistakes``.
    """
    numbered = list(enumerate(parts))
    start = [f"    v{n} = {'[]' if _bare(part) else 'UNSET'}" for n, part in numbered]
    end = [line for n, part in numbered for line in _finish(n, part, text_into)]
    made = [f"{part.attribute}=v{n}" for n, part in numbered]
    made += [f"{attribute}=None" for attribute in absent]
    return _HEAD.format(
        start="\n".join(start) or "    pass",
        turns="\n".join(_tree(numbered, "        ")),
        end="\n".join([*_choices(numbered), *end]),
        made=", ".join(made),
    )


def _bare(part: Part) -> bool:
    return part.repeated and not part.set_type


def _tree(numbered: Sequence[tuple[int, Part]], indent: str) -> list[str]:
    """Decide by halving: at most six comparisons for forty parts."""
    if not numbered:
        return [f"{indent}pass"]
    if len(numbered) == 1:
        number, part = numbered[0]
        return [indent + line for line in _take(number, part)]
    middle = len(numbered) // 2
    return [
        f"{indent}if number < {numbered[middle][0]}:",
        *_tree(numbered[:middle], indent + "    "),
        f"{indent}else:",
        *_tree(numbered[middle:], indent + "    "),
    ]


def _take(n: int, part: Part) -> list[str]:
    """Statements that read ``child`` into variable ``n``."""
    if _bare(part):
        return [f"if has_value(child): v{n}.append(turn_{n}(child))"]
    once = [f"if v{n} is not UNSET: raise twice(child)"]
    if part.set_type:
        taken = f"[turn_{n}(c) if c.tag == item_{n} else refuse(c) for c in child]"
        return [*once, f"v{n} = tuple({taken})"]
    if part.is_message:
        return [*once, f"if len(child) or has_value(child): v{n} = turn_{n}(child)", *_nil(n, part)]
    if part.of is str:
        # The most frequent leaf, so without a call.
        return [
            *once,
            f"v{n} = child.text",
            "if len(child): raise crowded(child)",
            f"if v{n} is None: v{n} = '' if has_value(child) else {_nothing(part)}",
        ]
    return [*once, f"if child.text or has_value(child): v{n} = turn_{n}(child)", *_nil(n, part)]


def _nothing(part: Part) -> str:
    return "None" if part.required and part.nillable else "UNSET"


def _nil(n: int, part: Part) -> list[str]:
    return [f"else: v{n} = None"] if _nothing(part) == "None" else []


def _choices(numbered: Sequence[tuple[int, Part]]) -> list[str]:
    groups: Mapping[str, list[int]] = {part.choice: [] for _, part in numbered if part.choice}
    for number, part in numbered:
        if part.choice:
            groups[part.choice].append(number)
    lines = []
    for members in groups.values():
        if len(members) > 1:
            count = " + ".join(f"(v{n} is not UNSET)" for n in members)
            names = ", ".join(part.name for n, part in numbered if n in members)
            lines.append(f"    if {count} > 1: raise together(element, {names!r})")
    return lines


def _finish(n: int, part: Part, text_into: str) -> list[str]:
    """Statements that turn variable ``n`` into the attribute's value once all children are read."""
    if _bare(part):
        return [f"    v{n} = tuple(v{n})"]
    lines = []
    if part.attribute == text_into:
        lines.append(f"    if v{n} is UNSET: v{n} = text_of(element)")
    if part.set_type:
        lines.append(f"    if v{n} is UNSET: v{n} = ()")
        if part.least:
            lines.append(f"    if len(v{n}) < {part.least}: raise missing(element, {part.name!r})")
    elif part.required:
        lines.append(f"    if v{n} is UNSET: raise missing(element, {part.name!r})")
    else:
        lines.append(f"    if v{n} is UNSET: v{n} = default_{n}")
    return lines
