# SPDX-License-Identifier: BSD-2-Clause
"""Filters, tags and the empty element: what many nouns share."""

from __future__ import annotations

from eucalyptus.contracts.declare import items, message

REQUEST_IDS = "2008-08-08"
"""The first API version whose answers carry a request id."""


@message("ValueType")
class Value:
    """One value of a filter."""

    value: str


@message("FilterType")
class Filter:
    """A filter: a name and the values of which one must match."""

    name: str
    value: tuple[Value, ...] = items("ValueSetType", default=(), name="valueSet", required=True)


@message("EmptyElementType")
class EmptyElement:
    """An element whose presence is all it says."""


@message("StateReasonType")
class StateReason:
    """Why a resource is in its state: a code and a sentence."""

    code: str
    message: str


@message("ResourceTagSetItemType")
class ResourceTagSetItem:
    """A tag of a resource."""

    key: str
    value: str
