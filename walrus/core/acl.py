# SPDX-License-Identifier: BSD-2-Clause
"""Access control lists: what a request wishes to grant, and whether a list grants something.

A wish names its grantee as the caller did, by canonical id, e-mail address or group; a grant names
an account that was found, or a group.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eucalyptus.access.principals import Principal
from eucalyptus.contracts.s3 import INVALID_ARGUMENT, INVALID_REQUEST
from eucalyptus.contracts.s3_access import (
    ALL_AUTHENTICATED,
    ALL_USERS,
    BUCKET_OWNERS_SHARE,
    CANNED,
    FULL_CONTROL,
    GROUPS,
    MALFORMED_ACL,
    MOST_GRANTS,
    PERMISSIONS,
)
from walrus.core.records import Acl, Grant, Owner

ID, EMAIL, URI = "id", "emailAddress", "uri"
_HEADER = "x-amz-grant-"
_HEADERS = {_HEADER + name.lower().replace("_", "-"): name for name in PERMISSIONS}
_PUBLIC = frozenset({ALL_USERS, ALL_AUTHENTICATED})


@dataclass(frozen=True, slots=True)
class Wish:
    """A grant as it is asked for: the grantee's ``kind`` is ID, EMAIL or URI."""

    permission: str
    kind: str
    grantee: str


# --- what is wished ------------------------------------------------------------------------------


def canned_name(headers: Mapping[str, str]) -> str:
    """The name in ``x-amz-acl``, "" without one; raises INVALID_ARGUMENT for an unknown one and
    INVALID_REQUEST when grants are named beside it."""
    name = headers.get("x-amz-acl", "")
    if name and name not in CANNED:
        raise INVALID_ARGUMENT(name="x-amz-acl", value=name[:80], wanted="a canned ACL")
    if name and any(header.startswith(_HEADER) for header in headers):
        raise INVALID_REQUEST(reason="send a canned ACL or x-amz-grant-… headers, not both")
    return name


def canned(name: str, owner: Owner, bucket_owner: Owner | None) -> Acl:
    """A canned ACL of what ``owner`` owns; ``bucket_owner`` is None for a bucket itself."""
    groups = tuple(Grant(permission=what, group=group) for group, what in CANNED[name])
    share = BUCKET_OWNERS_SHARE.get(name, "")
    more: Acl = ()
    if share and bucket_owner is not None and bucket_owner.account_id != owner.account_id:
        more = (Grant.to(bucket_owner, share),)
    return (*groups, Grant.to(owner, FULL_CONTROL), *more)


def from_headers(headers: Mapping[str, str]) -> tuple[Wish, ...]:
    """The wishes in the ``x-amz-grant-…`` headers; raises INVALID_ARGUMENT or MALFORMED_ACL."""
    for name in headers:
        if name.startswith(_HEADER) and name not in _HEADERS:
            raise INVALID_ARGUMENT(name=name[:80], value="", wanted="a header for grants")
    wishes = [
        _wish(piece, permission)
        for name, permission in _HEADERS.items()
        for piece in headers.get(name, "").split(",")
        if name in headers
    ]
    return few(wishes)


def _wish(piece: str, permission: str) -> Wish:
    kind, _, grantee = piece.strip().partition("=")
    found = {known.lower(): known for known in (ID, EMAIL, URI)}.get(kind.strip().lower(), "")
    grantee = grantee.strip().strip('"').strip()
    if not found or not grantee:
        wanted = 'id="…", emailAddress="…" or uri="…"'
        raise INVALID_ARGUMENT(name="a grant", value=piece[:80], wanted=wanted)
    return checked(Wish(permission, found, grantee))


def checked(wish: Wish) -> Wish:
    """The wish itself; raises INVALID_ARGUMENT for a group that there is not."""
    if wish.kind == URI and wish.grantee not in GROUPS:
        raise INVALID_ARGUMENT(name="uri", value=wish.grantee[:120], wanted="a group of S3's")
    return wish


def few(wishes: list[Wish]) -> tuple[Wish, ...]:
    """The wishes themselves; raises MALFORMED_ACL when they are too many."""
    if len(wishes) > MOST_GRANTS:
        raise MALFORMED_ACL(reason=f"it has {len(wishes)} grants, more than {MOST_GRANTS}")
    return tuple(wishes)


# --- what is granted -----------------------------------------------------------------------------


def owns(owner: Owner, who: Principal | None) -> bool:
    """Whether ``who`` acts for the owner's account."""
    return who is not None and who.account_id == owner.account_id and who.is_account_admin


def grants(acl: Acl, permission: str, who: Principal | None, *, public: bool = True) -> bool:
    """Whether an ACL grants ``who`` (None = anonymous) a permission; without ``public``, what it
    grants to groups counts for nothing. What belongs to owners only, no ACL grants."""
    return permission in PERMISSIONS and any(
        grant.permission in (permission, FULL_CONTROL) and _is_for(grant, who, public)
        for grant in acl
    )


def _is_for(grant: Grant, who: Principal | None, public: bool) -> bool:
    if grant.group:
        return public and (
            grant.group == ALL_USERS or (grant.group == ALL_AUTHENTICATED and who is not None)
        )
    # What an account is granted, its administrator has; other users have what policies say.
    return who is not None and who.is_account_admin and who.canonical_id == grant.canonical_id


def is_public(acl: Acl) -> bool:
    """Whether an ACL grants anything to everybody, or to everybody with an account."""
    return any(grant.group in _PUBLIC for grant in acl)
