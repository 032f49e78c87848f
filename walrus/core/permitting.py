# SPDX-License-Identifier: BSD-2-Clause
"""Who may: the decision on a request whose bucket and object are known."""

from __future__ import annotations

from eucalyptus.contracts.s3 import ACCESS_DENIED
from eucalyptus.contracts.s3_access import BUCKET, READ, SERVICE, Need
from walrus.core import acl
from walrus.core.asking import Asked
from walrus.core.records import Bucket, Owner, Stored


def owner(asked: Asked) -> Owner:
    """The account that asks; raises ACCESS_DENIED for who may not act for one."""
    if asked.who is None:
        raise ACCESS_DENIED(reason="Anonymous requests cannot do this. Sign the request.")
    if not asked.who.is_account_admin:
        raise ACCESS_DENIED(reason=f"{asked.who.arn} may not do this. Ask your administrator.")
    return Owner.of(asked.who)


def permit(asked: Asked) -> None:
    """Raise ACCESS_DENIED unless the caller may do what is asked, to what was found.

    An object that is not there is no refusal to a caller who may list the bucket; others do not
    learn whether a key exists.
    """
    level = asked.action.needs.level
    if level == SERVICE:
        owner(asked)
    elif level == BUCKET:
        _permit(asked.the_bucket, asked.action.needs.permission, asked)
    else:
        _permit_object(asked)


def require(asked: Asked, action: str) -> None:
    """Raise ACCESS_DENIED unless the caller may also do the IAM action ``action``, which no ACL
    grants, to what the request is about."""
    if not acl.owns(asked.the_bucket.owner, asked.who):
        raise ACCESS_DENIED(reason=f"You may not do {action} in this bucket.")


def _permit_object(asked: Asked) -> None:
    permission = asked.action.needs.permission
    if asked.action.needs is Need.IMAGE:
        if asked.who is not None and (asked.who.is_the_cloud or asked.who.is_cloud_admin):
            return
        if "describe" not in asked.query:
            raise ACCESS_DENIED(reason="Only the cloud itself reads images this way.")
        permission = READ
    if asked.stored is None or asked.stored.delete_marker:
        _permit(asked.the_bucket, READ, asked)
    else:
        _permit(asked.stored, permission, asked)


def _permit(of: Bucket | Stored, permission: str, asked: Asked) -> None:
    if not acl.owns(of.owner, asked.who) and not acl.grants(of.acl, permission, asked.who):
        what = "object" if isinstance(of, Stored) else "bucket"
        raise ACCESS_DENIED(reason=f"The {what} belongs to another account, and is not shared.")
