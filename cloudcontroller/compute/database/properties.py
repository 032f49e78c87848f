# SPDX-License-Identifier: BSD-2-Clause
"""The cloud properties that compute obeys, read in the transaction that needs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from eucalyptus.database.properties import stored
from eucalyptus.database.run import Tx
from eucalyptus.properties import Property


def reading(tx: Tx) -> Callable[[Property[Any]], Any]:
    """A function that gives the value of a property as it stands in this transaction."""
    return reading_of(stored(tx))


def reading_of(texts: Mapping[str, str]) -> Callable[[Property[Any]], Any]:
    """The same for texts that were read already.

    A stored text that this version does not accept counts as unset.
    """

    def value(wanted: Property[Any]) -> Any:
        try:
            return wanted.read(texts.get(wanted.name, wanted.default))
        except ValueError:
            return wanted.read(wanted.default)

    return value


def text(tx: Tx, wanted: Property[Any]) -> str:
    """The text of a property, as it was set."""
    return stored(tx).get(wanted.name, wanted.default)
