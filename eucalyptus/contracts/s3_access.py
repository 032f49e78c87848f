# SPDX-License-Identifier: BSD-2-Clause
"""Access in S3: permissions, groups, canned ACLs, what an action needs, and its refusals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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

    ``ACCOUNT`` is an act on one's own account, ``IMAGE`` is reserved to the cloud itself, ``EACH``
    leaves it to the body, which asks for each of many keys, and ``NOTHING`` is open to all and
    never passes the gate.
    """

    ACCOUNT = (SERVICE, OWN)
    BUCKET_OWNER = (BUCKET, OWN)
    BUCKET_READ = (BUCKET, READ)
    BUCKET_WRITE = (BUCKET, WRITE)
    BUCKET_READ_ACP = (BUCKET, READ_ACP)
    BUCKET_WRITE_ACP = (BUCKET, WRITE_ACP)
    OBJECT_READ = (OBJECT, READ)
    OBJECT_READ_ACP = (OBJECT, READ_ACP)
    OBJECT_WRITE_ACP = (OBJECT, WRITE_ACP)
    OBJECT_OWNER = (OBJECT, OWN)
    IMAGE = (OBJECT, "IMAGE")
    EACH = (BUCKET, "EACH")
    NOTHING = (SERVICE, "")

    @property
    def level(self) -> str:
        """Whose ACL is asked: SERVICE (none), BUCKET or OBJECT."""
        return self.value[0]

    @property
    def permission(self) -> str:
        """What must be granted there."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Action:
    """One S3 action: its name, the IAM action that allows it, and what an ACL must grant for it.

    ``of_version`` is the IAM action instead of ``allows`` when the request names a version.
    """

    name: str
    allows: str
    needs: Need
    of_version: str = ""
    """The IAM action that allows it of a named version; "" where no ``versionId`` is taken."""
    takes_object: bool = False
    """Whether the request's body is an object's content."""
    promises_object: bool = False
    """Whether checksums in the request's headers are an object's, and not its body's."""
    makes_object: bool = False
    """Whether an object is made, whose owner and ACL the request settles."""
    takes_form: bool = False
    """Whether it is a browser's form with a file; who asks is then known from the form only."""


def _owners(name: str, allows: str) -> Action:
    return Action(name, allows, Need.BUCKET_OWNER)


ACCESS_ACTIONS: Mapping[tuple[str, str, str], Action] = {
    (BUCKET, "GET", "policy"): _owners("GetBucketPolicy", "s3:GetBucketPolicy"),
    (BUCKET, "PUT", "policy"): _owners("PutBucketPolicy", "s3:PutBucketPolicy"),
    (BUCKET, "DELETE", "policy"): _owners("DeleteBucketPolicy", "s3:DeleteBucketPolicy"),
    (BUCKET, "GET", "policyStatus"): _owners("GetBucketPolicyStatus", "s3:GetBucketPolicyStatus"),
    (BUCKET, "GET", "publicAccessBlock"): _owners(
        "GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
    (BUCKET, "PUT", "publicAccessBlock"): _owners(
        "PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
    (BUCKET, "DELETE", "publicAccessBlock"): _owners(
        "DeletePublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
    (BUCKET, "GET", "ownershipControls"): _owners(
        "GetBucketOwnershipControls", "s3:GetBucketOwnershipControls"),
    (BUCKET, "PUT", "ownershipControls"): _owners(
        "PutBucketOwnershipControls", "s3:PutBucketOwnershipControls"),
    (BUCKET, "DELETE", "ownershipControls"): _owners(
        "DeleteBucketOwnershipControls", "s3:PutBucketOwnershipControls"),
    (BUCKET, "GET", "requestPayment"): _owners(
        "GetBucketRequestPayment", "s3:GetBucketRequestPayment"),
    (BUCKET, "PUT", "requestPayment"): _owners(
        "PutBucketRequestPayment", "s3:PutBucketRequestPayment"),
    (BUCKET, "GET", "logging"): _owners("GetBucketLogging", "s3:GetBucketLogging"),
    (BUCKET, "PUT", "logging"): _owners("PutBucketLogging", "s3:PutBucketLogging"),
    (BUCKET, "GET", "website"): _owners("GetBucketWebsite", "s3:GetBucketWebsite"),
    (BUCKET, "DELETE", "website"): _owners("DeleteBucketWebsite", "s3:DeleteBucketWebsite"),
    (BUCKET, "GET", "replication"): _owners(
        "GetBucketReplication", "s3:GetReplicationConfiguration"),
    (BUCKET, "DELETE", "replication"): _owners(
        "DeleteBucketReplication", "s3:PutReplicationConfiguration"),
    (BUCKET, "GET", "notification"): _owners(
        "GetBucketNotificationConfiguration", "s3:GetBucketNotification"),
    (BUCKET, "PUT", "notification"): _owners(
        "PutBucketNotificationConfiguration", "s3:PutBucketNotification"),
    (BUCKET, "GET", "accelerate"): _owners(
        "GetBucketAccelerateConfiguration", "s3:GetAccelerateConfiguration"),
}  # fmt: skip
POLICY_ACTIONS = frozenset({"GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"})
"""What the bucket's owner keeps, whatever the policy denies, unless the owner gave it up."""

# --- guards of a bucket --------------------------------------------------------------------------
ENFORCED, PREFERRED, WRITER = "BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"
OWNERSHIPS = frozenset({ENFORCED, PREFERRED, WRITER})
"""Who owns an object that somebody else than the bucket's owner puts."""
BLOCK_ACLS, IGNORE_ACLS = "BlockPublicAcls", "IgnorePublicAcls"
BLOCK_POLICY, RESTRICT = "BlockPublicPolicy", "RestrictPublicBuckets"
BLOCKS = (BLOCK_ACLS, IGNORE_ACLS, BLOCK_POLICY, RESTRICT)
LONGEST_POLICY = 20 * 1024
OWNER_PAYS, REQUESTER = "BucketOwner", "Requester"

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
ACL_NOT_SUPPORTED = Refusal(
    "AccessControlListNotSupported", 400,
    "Everything in this bucket belongs to its owner (BucketOwnerEnforced), so it has no ACLs.",
)  # fmt: skip
ACL_WITH_OWNERSHIP = Refusal(
    "InvalidBucketAclWithObjectOwnership", 400,
    "A bucket whose ACL grants something to others cannot be BucketOwnerEnforced. Set the ACL "
    "private first.",
)  # fmt: skip
NO_OWNERSHIP = Refusal(
    "OwnershipControlsNotFoundError", 404, "Bucket {bucket} has no ownership controls."
)
NO_PUBLIC_ACCESS_BLOCK = Refusal(
    "NoSuchPublicAccessBlockConfiguration", 404, "Bucket {bucket} has no public access block."
)
NO_POLICY = Refusal("NoSuchBucketPolicy", 404, "Bucket {bucket} has no policy.")
MALFORMED_POLICY = Refusal("MalformedPolicy", 400, "The policy is refused: {reason}.")
NO_WEBSITE = Refusal(
    "NoSuchWebsiteConfiguration", 404, "Bucket {bucket} is no website; this cloud serves none."
)
NO_REPLICATION = Refusal(
    "ReplicationConfigurationNotFoundError", 404,
    "Bucket {bucket} is not replicated; this cloud replicates none.",
)  # fmt: skip
NO_LOG_BUCKET = Refusal("NoSuchKey", 404, "There is no bucket {bucket} to which logs could go.")
