# SPDX-License-Identifier: BSD-2-Clause
"""Messages -> Query parameters, as a client does it: the other half of ``wire.query``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from eucalyptus.contracts.declare import Part, parts
from eucalyptus.wire.leaves import write_bool, write_datetime, write_float
from eucalyptus.wire.query_names import is_named, query_name, single_leaf

Pairs = Iterator[tuple[str, str]]


def flatten(value: Any, version: str) -> dict[str, str]:
    """The parameters of an ask. What has no leaves leaves no trace."""
    return dict(_message(value, version, ""))


def _message(value: object, version: str, path: str) -> Pairs:
    kind: type = type(value)
    for part in parts(kind):
        got = getattr(value, part.attribute)
        if got is None or not part.known_in(version):
            continue
        if isinstance(part.query, Mapping):
            yield from _spread(got, part.query, path)
        elif part.repeated:
            yield from _list(part, got, version, path)
        elif is_named(part):
            yield f"{path}Attribute", part.name
        elif part.is_message:
            yield from _structure(got, version, path + query_name(part))
        else:
            yield path + query_name(part), _text(got)


def _structure(got: object, version: str, path: str) -> Pairs:
    kind: type = type(got)
    inner = parts(kind)
    if not inner:
        yield path, ""
    elif got.__message__.mixed:  # type: ignore[attr-defined]
        data = getattr(got, inner[0].attribute)
        if data is not None:
            yield path, data
    else:
        yield from _message(got, version, path + ".")


def _list(part: Part, got: tuple[Any, ...], version: str, path: str) -> Pairs:
    single, name = single_leaf(part), query_name(part)
    index = 1
    for one in got:
        where = f"{path}{name}.{index}"
        if single is not None:
            pairs = [(where, _text(getattr(one, single.attribute)))]
        elif part.is_message:
            pairs = list(_structure(one, version, where))
        else:
            pairs = [(where, _text(one))]
        yield from pairs
        index += bool(pairs)


def _spread(got: tuple[Any, ...], names: Mapping[str, str], path: str) -> Pairs:
    for attribute, name in names.items():
        said = [getattr(one, attribute) for one in got]
        for index, leaf in enumerate((leaf for leaf in said if leaf is not None), 1):
            yield f"{path}{name}.{index}", _text(leaf)


def _text(leaf: Any) -> str:
    if isinstance(leaf, bool):
        return write_bool(leaf)
    if isinstance(leaf, float):
        return write_float(leaf)
    return str(leaf) if isinstance(leaf, (int, str)) else write_datetime(leaf)
