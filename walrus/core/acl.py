# SPDX-License-Identifier: BSD-2-Clause
"""Who may: the owner's account's administrator always, others as far as a canned ACL lets them
read. Other users of that account are others, until policies say more of them."""

from __future__ import annotations

from collections.abc import Mapping

from eucalyptus.access.principals import Principal
from eucalyptus.contracts.s3 import (
    AUTHENTICATED_READ,
    CANNED,
    CANNED_LATER,
    INVALID_ARGUMENT,
    NOT_IMPLEMENTED,
    PRIVATE,
    PUBLIC_READ,
    READ,
)
from walrus.core.records import Bucket, Stored

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
ALL_AUTHENTICATED = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"


def canned(headers: Mapping[str, str]) -> str:
    """The canned ACL that a request sets; ``headers`` have lower-case names.

    Raises NOT_IMPLEMENTED for explicit grants, INVALID_ARGUMENT for an unknown name.
    """
    for name in headers:
        if name.startswith("x-amz-grant-"):
            raise NOT_IMPLEMENTED(what=name)
    wanted = headers.get("x-amz-acl", PRIVATE)
    if wanted in CANNED_LATER:
        raise NOT_IMPLEMENTED(what=f"x-amz-acl: {wanted}")
    if wanted not in CANNED:
        raise INVALID_ARGUMENT(name="x-amz-acl", value=wanted[:80], wanted="a canned ACL")
    return wanted


def owns(owner_account: str, who: Principal | None) -> bool:
    """Whether ``who`` acts for the owner's account."""
    return who is not None and who.account_id == owner_account and who.is_account_admin


def grants(of: Bucket | Stored, permission: str, who: Principal | None) -> bool:
    """Whether the owner or the ACL of a thing lets ``who`` (None = anonymous) have it so."""
    if owns(of.owner.account_id, who):
        return True
    if permission != READ:
        return False
    return of.acl == PUBLIC_READ or (of.acl == AUTHENTICATED_READ and who is not None)


def group(acl: str) -> str:
    """The URI of the group to which a canned ACL grants READ, or ""."""
    return {PUBLIC_READ: ALL_USERS, AUTHENTICATED_READ: ALL_AUTHENTICATED}.get(acl, "")
