# SPDX-License-Identifier: BSD-2-Clause
"""OwnershipControls, PublicAccessBlockConfiguration and PolicyStatus, in and out."""

from __future__ import annotations

from eucalyptus.contracts.s3 import INVALID_ARGUMENT, MALFORMED_XML
from eucalyptus.contracts.s3_access import BLOCKS, OWNERSHIPS
from walrus.core import markup
from walrus.core.markup import content, element, flag, parts

_BLOCK = "PublicAccessBlockConfiguration"


def ownership(document: bytes) -> str:
    """Who is to own what others put; raises MALFORMED_XML or INVALID_ARGUMENT."""
    rule = parts(markup.read(document, "OwnershipControls"), {"Rule"})["Rule"]
    return checked_ownership(content(parts(rule, {"ObjectOwnership"})["ObjectOwnership"]))


def checked_ownership(wanted: str) -> str:
    """The ownership itself; raises INVALID_ARGUMENT for one that there is not."""
    if wanted not in OWNERSHIPS:
        raise INVALID_ARGUMENT(
            name="ObjectOwnership", value=wanted[:80], wanted=f"one of {sorted(OWNERSHIPS)}"
        )
    return wanted


def shown_ownership(kept: str) -> bytes:
    """OwnershipControls."""
    rule = f"<Rule>{element('ObjectOwnership', kept)}</Rule>"
    return markup.root("OwnershipControls", (rule,))


def block(document: bytes) -> frozenset[str]:
    """Those of ``BLOCKS`` that are to be in force; raises MALFORMED_XML."""
    found = parts(markup.read(document, _BLOCK), frozenset(), frozenset(BLOCKS))
    wanted = {name: content(value).lower() for name, value in found.items()}
    for name, text in wanted.items():
        if text not in ("true", "false"):
            raise MALFORMED_XML(reason=f"{name} is neither true nor false")
    return frozenset(name for name, text in wanted.items() if text == "true")


def shown_block(kept: str) -> bytes:
    """PublicAccessBlockConfiguration of what is kept."""
    return markup.root(_BLOCK, (element(name, flag(name in kept.split())) for name in BLOCKS))


def policy_status(public: bool) -> bytes:
    """PolicyStatus."""
    return markup.root("PolicyStatus", (element("IsPublic", flag(public)),))
