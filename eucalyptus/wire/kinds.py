# SPDX-License-Identifier: BSD-2-Clause
"""Parts of an abstract type: which message it is stands in ``xsi:type``.

The type's name is a QName in an attribute, whose prefix a signature need not cover. It may only
ever mean the contract's own namespace, so what surrounds a signed part cannot change its meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree

from eucalyptus.wire import mistakes
from eucalyptus.wire.writing import INSTANCE

TYPE = f"{{{INSTANCE}}}type"


def chosen_reader(
    namespace: str, readers: Mapping[str, Callable[[etree._Element], Any]]
) -> Callable[[etree._Element], Any]:
    """Reads an element as the type that it says, one of ``readers`` by name; raises MALFORMED."""

    def read(element: etree._Element) -> Any:
        prefix, _, name = (element.get(TYPE) or "").strip().rpartition(":")
        if element.nsmap.get(prefix or None) != namespace or name not in readers:
            raise mistakes.untyped(element, ", ".join(readers))
        return readers[name](element)

    return read


def chosen_writer(
    writers: Mapping[type, Callable[[Any, Callable[[str], object]], None]],
) -> Callable[[Any, Callable[[str], object]], None]:
    """Writes a message as the type that it is of."""

    def write(value: Any, append: Callable[[str], object]) -> None:
        writers[type(value)](value, append)

    return write
