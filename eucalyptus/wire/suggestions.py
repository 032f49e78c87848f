# SPDX-License-Identifier: BSD-2-Clause
"""What a caller may have meant by an unknown name: another version's, or one that is near."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from eucalyptus.contracts.declare import Contract, Part, parts
from eucalyptus.wire.query_names import is_named, query_name, single_leaf

_DEEPEST = 8
_INDEX = re.compile(r"\.[0-9]{1,7}(?=\.|\Z)")

Span = tuple[str, str]
"""The first and the last API version that know a name; "" where there is no such bound."""


@functools.cache
def known_names(message: type) -> Mapping[str, Span]:
    """Every parameter of a message's, in whatever version, with ``n`` for an index."""
    found = dict(_leaves(message, "", ("", "")))
    if any(is_named(part) for part in parts(message)):
        found["Attribute"] = ("", "")
    return found


def _leaves(message: type, prefix: str, span: Span) -> Iterator[tuple[str, Span]]:
    for part in parts(message):
        since, until = span
        own = (max(since, part.since), min(filter(None, (until, part.until)), default=""))
        if isinstance(part.query, Mapping):
            yield from ((f"{prefix}{name}.n", own) for name in part.query.values())
        else:
            yield from _below(part, prefix + query_name(part), own)


def _below(part: Part, name: str, span: Span) -> Iterator[tuple[str, Span]]:
    name += ".n" if part.repeated else ""
    is_leaf = not part.is_message or (part.set_type and single_leaf(part))
    if is_leaf or not parts(part.of):
        yield name, span
    elif name.count(".") < _DEEPEST:
        yield from _leaves(part.of, f"{name}.", span)


def explained(name: str, message: type, version: str) -> str:
    """An unknown parameter's name, with what is known of it in brackets."""
    known, plain = known_names(message), _INDEX.sub(".n", name)
    since, until = known.get(plain, known.get(f"{plain}.n", ("", "")))
    if since > version:
        return f"{name} (known since API version {since})"
    if until and until < version:
        return f"{name} (known until API version {until})"
    spoken = [n for n, (first, last) in known.items() if first <= version <= (last or version)]
    near = get_close_matches(plain, spoken, n=1, cutoff=0.75)
    return f"{name} (did you mean {near[0]}?)" if near and near[0] != plain else name


def explained_action(action: str, contract: Contract, version: str) -> str:
    """An unknown operation's name, with what is known of it in brackets."""
    known = {operation.name: operation.since for operation in contract.operations}
    shown = action[:80]
    if known.get(action, "") > version > "":
        return f"{shown} (known since API version {known[action]})"
    spoken = [name for name, since in known.items() if not version or since <= version]
    near = get_close_matches(shown, spoken, n=1, cutoff=0.8)
    return f"{shown} (did you mean {near[0]}?)" if near else shown
