# SPDX-License-Identifier: BSD-2-Clause
"""Messages as the WSDL of one API version has them."""

from __future__ import annotations

import dataclasses
import functools

from eucalyptus.contracts.declare import Part, message_type, parts


def _as_it_was(part: Part, version: str) -> Part:
    changes = part.was.changes(version) if part.was and version else {}
    return dataclasses.replace(part, **changes) if changes else part


def _fold(message_class: type, own: tuple[Part, ...], version: str) -> tuple[Part, ...]:
    """``own`` with the inherited parts put into their list, in versions that had it."""
    folded = message_type(message_class).folded
    if folded is None or not version or version > folded.until:
        return own
    parent = message_class.__bases__[0]
    inherited = {part.attribute for part in parts(parent)}
    listed = Part(
        attribute=folded.name, name=folded.name, of=parent, repeated=True, required=True,
        nillable=False, since="", until=folded.until, query=None, set_type=folded.set_type,
        item="item", least=1, choice="", query_only=False, folded=True,
    )  # fmt: skip
    return listed, *(part for part in own if part.attribute not in inherited)


@functools.cache
def soap_parts(message_class: type, version: str) -> tuple[Part, ...]:
    """What a message is made of in the WSDL of API ``version``, as it was then, in wire order.

    Query names parts as ``parts`` has them, whatever the version.
    """
    known = (_as_it_was(p, version) for p in parts(message_class) if p.known_in(version))
    carried = sorted((p for p in known if not p.query_only), key=lambda p: not p.leads)
    return _fold(message_class, tuple(carried), version)
