# SPDX-License-Identifier: BSD-2-Clause
"""Tags: words that owners put on their things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from eucalyptus.contracts.ec2.filters import ResourceTagSetItem
from eucalyptus.contracts.ec2.launching import TagSpecification
from eucalyptus.contracts.refusals import INVALID_PARAMETER

INSTANCE = "instance"
"""The one kind of thing that a launch makes here."""

LONGEST_KEY, LONGEST_VALUE = 127, 255
RESERVED = ("aws:", "euca:")
"""How keys begin that only the cloud itself may set."""


def read(specifications: Iterable[TagSpecification]) -> Mapping[str, str]:
    """The tags that a launch asks for its instances, by key; refuses what cannot be one."""
    found: dict[str, str] = {}
    for specification in specifications:
        kind = specification.resource_type
        if kind != INSTANCE:
            wanted = f"{INSTANCE}, the one kind of thing that a launch makes here"
            raise INVALID_PARAMETER(name="TagSpecification.ResourceType", value=kind, wanted=wanted)
        for tag in specification.tag:
            _check(tag)
            if tag.key in found:
                wanted = "a key of its own; give each key once"
                raise INVALID_PARAMETER(name="Tag.Key", value=tag.key, wanted=wanted)
            found[tag.key] = tag.value
    return found


def _check(tag: ResourceTagSetItem) -> None:
    key, value = tag.key, tag.value
    if not 1 <= len(key) <= LONGEST_KEY:
        wanted = f"from 1 to {LONGEST_KEY} characters"
        raise INVALID_PARAMETER(name="Tag.Key", value=key[:32] or "nothing", wanted=wanted)
    if key.lower().startswith(RESERVED):
        wanted = f"free to use: keys that begin with {' or '.join(RESERVED)} are the cloud's"
        raise INVALID_PARAMETER(name="Tag.Key", value=key, wanted=wanted)
    if len(value) > LONGEST_VALUE:
        wanted = f"{LONGEST_VALUE} characters or fewer"
        raise INVALID_PARAMETER(name="Tag.Value", value=f"{value[:32]}...", wanted=wanted)
