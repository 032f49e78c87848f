# SPDX-License-Identifier: BSD-2-Clause
"""Access in S3: permissions, groups, canned ACLs, what an action needs, and its refusals."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from eucalyptus.contracts.refusals import Refusal

# --- permissions -------------------------------------------------------------------------------
READ, WRITE, READ_ACP, WRITE_ACP = "READ", "WRITE", "READ_ACP", "WRITE_ACP"
FULL_CONTROL = "FULL_CONTROL"
PERMISSIONS = (READ, WRITE, READ_ACP, WRITE_ACP, FULL_CONTROL)
OWN = "OWN"
"""No permission that an ACL could grant: to act for the account that owns the thing."""

SERVICE, BUCKET, OBJECT = "service", "bucket", "object"


class Need(Enum):
    """What a caller must be granted, by whom: a permission on the bucket or on the object.

    ``ACCOUNT`` is an act on one's own account, ``IMAGE`` is reserved to the cloud itself,
    ``NOTHING`` is open to all and never passes the gate.
    """

    ACCOUNT = (SERVICE, OWN)
    BUCKET_OWNER = (BUCKET, OWN)
    BUCKET_READ = (BUCKET, READ)
    BUCKET_WRITE = (BUCKET, WRITE)
    BUCKET_READ_ACP = (BUCKET, READ_ACP)
    BUCKET_WRITE_ACP = (BUCKET, WRITE_ACP)
    OBJECT_READ = (OBJECT, READ)
    OBJECT_WRITE = (OBJECT, WRITE)
    OBJECT_READ_ACP = (OBJECT, READ_ACP)
    OBJECT_WRITE_ACP = (OBJECT, WRITE_ACP)
    OBJECT_OWNER = (OBJECT, OWN)
    IMAGE = (OBJECT, "IMAGE")
    NOTHING = (SERVICE, "")

    @property
    def level(self) -> str:
        """Whose ACL is asked: SERVICE (none), BUCKET or OBJECT."""
        return self.value[0]

    @property
    def permission(self) -> str:
        """What must be granted there."""
        return self.value[1]


# --- groups and canned ACLs ----------------------------------------------------------------------
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
ALL_AUTHENTICATED = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
GROUPS = frozenset({ALL_USERS, ALL_AUTHENTICATED, LOG_DELIVERY})

PRIVATE, BUCKET_OWNER_FULL_CONTROL = "private", "bucket-owner-full-control"
CANNED: Mapping[str, tuple[tuple[str, str], ...]] = {
    PRIVATE: (),
    "public-read": ((ALL_USERS, READ),),
    "public-read-write": ((ALL_USERS, READ), (ALL_USERS, WRITE)),
    "authenticated-read": ((ALL_AUTHENTICATED, READ),),
    "log-delivery-write": ((LOG_DELIVERY, WRITE), (LOG_DELIVERY, READ_ACP)),
    "aws-exec-read": (),
    "bucket-owner-read": (),
    BUCKET_OWNER_FULL_CONTROL: (),
}
"""What each canned ACL grants to which group, beside all to the owner. ``aws-exec-read`` is what
bundle uploaders send: the cloud reads images without it. The last two grant to the owner of the
bucket."""
BUCKET_OWNERS_SHARE: Mapping[str, str] = {
    "bucket-owner-read": READ, BUCKET_OWNER_FULL_CONTROL: FULL_CONTROL
}  # fmt: skip
MOST_GRANTS = 100

# --- refusals ------------------------------------------------------------------------------------
MALFORMED_ACL = Refusal("MalformedACLError", 400, "The access control list is refused: {reason}.")
MISSING_HEADER = Refusal(
    "MissingSecurityHeader", 400,
    "The request says nothing of the access it wants: send x-amz-acl, x-amz-grant-… or a document.",
)  # fmt: skip
UNEXPECTED_CONTENT = Refusal(
    "UnexpectedContent", 400,
    "Access is given by headers or by a document, not by both. Leave out one.",
)  # fmt: skip
UNKNOWN_EMAIL = Refusal(
    "UnresolvableGrantByEmailAddress", 400, "No account of this cloud has the address {email}."
)
AMBIGUOUS_EMAIL = Refusal(
    "AmbiguousGrantByEmailAddress", 400,
    "Several accounts of this cloud have the address {email}. Grant by canonical id.",
)  # fmt: skip
