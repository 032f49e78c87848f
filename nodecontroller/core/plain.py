# SPDX-License-Identifier: BSD-2-Clause
"""Frozen dataclasses <-> plain JSON values, for the journal.

Strict on the way in: an unknown part, and a missing one that has no default, is an error, so that
a damaged or foreign record is noticed instead of half understood. A record of an older version,
that lacks parts that came later, is read with their defaults.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

Made = TypeVar("Made")


class Unreadable(ValueError):
    """A plain value that does not describe what it should."""


def plain(value: Any) -> Any:
    """``value`` as dicts, lists, strings, numbers; times as ISO 8601 with their zone."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def build(kind: type[Made], value: Any) -> Made:
    """The value of class ``kind`` that ``plain`` made ``value`` of; raises Unreadable."""
    return cast(Made, _build(kind, value))


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _build(kind: Any, value: Any) -> Any:
    if isinstance(kind, types.UnionType) or get_origin(kind) is typing.Union:
        inner = next(k for k in get_args(kind) if k is not type(None))
        return None if value is None else _build(inner, value)
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise Unreadable(f"{value!r} is not a list")
        return tuple(_build(get_args(kind)[0], item) for item in value)
    if dataclasses.is_dataclass(kind):
        return _message(cast(type, kind), value)
    return _leaf(kind, value)


def _message(kind: type, value: Any) -> Any:
    fields = dataclasses.fields(kind)
    names = {f.name for f in fields}
    needed = {f.name for f in fields if f.default is dataclasses.MISSING}
    if not isinstance(value, Mapping) or not needed <= set(value) <= names:
        raise Unreadable(f"not a {kind.__name__}: {value!r:.200}")
    hints = _hints(kind)
    return kind(**{name: _build(hints[name], value[name]) for name in value})


def _leaf(kind: Any, value: Any) -> Any:
    if issubclass(kind, Enum):
        if not isinstance(value, str) or value not in kind.__members__:
            raise Unreadable(f"{value!r} is not a {kind.__name__}")
        return kind[value]
    if kind is datetime:
        try:
            return datetime.fromisoformat(value)
        except (TypeError, ValueError) as wrong:
            raise Unreadable(f"{value!r} is not a time") from wrong
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise Unreadable(f"{value!r} is not a {kind.__name__}")
    return value
