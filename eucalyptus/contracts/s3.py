# SPDX-License-Identifier: BSD-2-Clause
"""S3 over REST: its refusals, and which request asks for which action.

S3 says its errors in its own codes and document, so they stand here and not among the EC2 ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eucalyptus.contracts.refusals import Refusal, Refused
from eucalyptus.contracts.s3_access import BUCKET as BUCKET
from eucalyptus.contracts.s3_access import OBJECT as OBJECT
from eucalyptus.contracts.s3_access import SERVICE as SERVICE
from eucalyptus.contracts.s3_access import Need as Need

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

# --- who is asking -----------------------------------------------------------------------------
ACCESS_DENIED = Refusal("AccessDenied", 403, "{reason}")
INVALID_ACCESS_KEY = Refusal(
    "InvalidAccessKeyId", 403, "The access key {key_id} is unknown or inactive in this cloud."
)
SIGNATURE_MISMATCH = Refusal(
    "SignatureDoesNotMatch", 403,
    "The signature that was calculated from the request does not match the one provided. "
    "Check the secret key and how the request was signed.",
)  # fmt: skip
TIME_SKEWED = Refusal(
    "RequestTimeTooSkewed", 403,
    "The time of the request and the time of the cloud differ too much. Set the clock.",
)  # fmt: skip
INVALID_SECURITY = Refusal("InvalidSecurity", 403, "{reason}")
MALFORMED_AUTHORIZATION = Refusal("AuthorizationHeaderMalformed", 400, "{reason}")
MALFORMED_AUTHORIZATION_QUERY = Refusal("AuthorizationQueryParametersError", 400, "{reason}")

# --- what is asked -----------------------------------------------------------------------------
NO_SUCH_BUCKET = Refusal("NoSuchBucket", 404, "There is no bucket {bucket}.")
NO_SUCH_KEY = Refusal("NoSuchKey", 404, "There is no object {key} in the bucket.")
BUCKET_EXISTS = Refusal(
    "BucketAlreadyExists", 409, "Bucket {bucket} exists and belongs to another account."
)
BUCKET_DIFFERS = Refusal(
    "BucketAlreadyExists", 409,
    "Bucket {bucket} is already yours, with another access control list. Change it with PUT ?acl.",
)  # fmt: skip
BUCKET_NOT_EMPTY = Refusal(
    "BucketNotEmpty", 409, "Bucket {bucket} holds objects. Delete them first."
)
TOO_MANY_BUCKETS = Refusal(
    "TooManyBuckets", 400, "The account has {limit} buckets, which is as many as it may have."
)
INVALID_BUCKET_NAME = Refusal(
    "InvalidBucketName", 400, "{bucket!r} cannot name a bucket: {reason}."
)
INVALID_URI = Refusal("InvalidURI", 400, "The address cannot be read: {reason}.")
KEY_TOO_LONG = Refusal("KeyTooLongError", 400, "A key may have {limit} bytes, this one has {size}.")
INVALID_ARGUMENT = Refusal("InvalidArgument", 400, "{name}: {value!r} is not {wanted}.")
INVALID_REQUEST = Refusal("InvalidRequest", 400, "{reason}")
INVALID_LOCATION = Refusal(
    "InvalidLocationConstraint", 400, "There is no region {location} here; leave it out."
)
INVALID_STORAGE_CLASS = Refusal(
    "InvalidStorageClass", 400, "Storage class {value!r} is not offered; use STANDARD."
)
METADATA_TOO_LARGE = Refusal(
    "MetadataTooLarge", 400, "User metadata may have {limit} bytes, these have {size}."
)
METHOD_NOT_ALLOWED = Refusal("MethodNotAllowed", 405, "{method} cannot be used on this resource.")
NOT_IMPLEMENTED = Refusal(
    "NotImplemented", 501, "{what} is part of S3 but this cloud does not offer it yet."
)
MALFORMED_XML = Refusal("MalformedXML", 400, "The document in the request: {reason}.")
INVALID_RANGE = Refusal(
    "InvalidRange", 416, "The range is outside the object, which has {size} bytes."
)
PRECONDITION_FAILED = Refusal("PreconditionFailed", 412, "The condition {condition} does not hold.")
OPERATION_ABORTED = Refusal(
    "OperationAborted", 409, "Something else changed {what} at the same time. Try again."
)
INVALID_MANIFEST = Refusal("InvalidManifest", 400, "The image manifest is refused: {reason}.")

# --- the body ----------------------------------------------------------------------------------
BAD_DIGEST = Refusal(
    "BadDigest", 400, "The {name} sent with the request is not that of the bytes received."
)
INVALID_DIGEST = Refusal("InvalidDigest", 400, "The {name} sent with the request is not valid.")
SHA256_MISMATCH = Refusal(
    "XAmzContentSHA256Mismatch", 400,
    "The x-amz-content-sha256 of the request is not that of the bytes received.",
)  # fmt: skip
INCOMPLETE_BODY = Refusal(
    "IncompleteBody", 400, "The request promised {promised} bytes; {received} were received."
)
MISSING_LENGTH = Refusal("MissingContentLength", 411, "The request must say its Content-Length.")
TOO_LARGE = Refusal(
    "EntityTooLarge", 400, "An object may have {limit} bytes when it is put in one piece."
)
MESSAGE_TOO_LONG = Refusal(
    "MaxMessageLengthExceeded", 400, "The document in the request may have {limit} bytes."
)

# --- ours --------------------------------------------------------------------------------------
INTERNAL = Refusal(
    "InternalError", 500, "Something went wrong inside the cloud. Tell its administrator the "
    "request id.",
)  # fmt: skip
UNAVAILABLE = Refusal("ServiceUnavailable", 503, "{reason}")
STORAGE_FULL = Refusal(
    "ServiceUnavailable", 503, "The object store has no room left. Nothing was stored."
)


class SignatureRefused(Refused):
    """A refused signature with what was signed, so that clients can compare."""

    def __init__(self, refusal: Refusal, message: str, details: Mapping[str, str]) -> None:
        super().__init__(refusal, message)
        self.details = dict(details)


# --- which request is which action ----------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Action:
    """One S3 action: its name, the IAM action that allows it, and what an ACL must grant for it.

    ``of_version`` is the IAM action instead of ``allows`` when the request names a version.
    """

    name: str
    allows: str
    needs: Need
    of_version: str = ""
    takes_object: bool = False
    """Whether the request's body is an object's content."""
    makes_object: bool = False
    """Whether an object is made, whose owner and ACL the request settles."""


ACTIONS: Mapping[tuple[str, str, str], Action] = {
    (SERVICE, "GET", ""): Action("ListBuckets", "s3:ListAllMyBuckets", Need.ACCOUNT),
    (BUCKET, "PUT", ""): Action("CreateBucket", "s3:CreateBucket", Need.ACCOUNT),
    (BUCKET, "DELETE", ""): Action("DeleteBucket", "s3:DeleteBucket", Need.BUCKET_OWNER),
    (BUCKET, "HEAD", ""): Action("HeadBucket", "s3:ListBucket", Need.BUCKET_READ),
    (BUCKET, "GET", ""): Action("ListObjects", "s3:ListBucket", Need.BUCKET_READ),
    (BUCKET, "GET", "location"): Action(
        "GetBucketLocation", "s3:GetBucketLocation", Need.BUCKET_OWNER),
    (BUCKET, "GET", "acl"): Action("GetBucketAcl", "s3:GetBucketAcl", Need.BUCKET_READ_ACP),
    (BUCKET, "PUT", "acl"): Action("PutBucketAcl", "s3:PutBucketAcl", Need.BUCKET_WRITE_ACP),
    (OBJECT, "PUT", ""): Action(
        "PutObject", "s3:PutObject", Need.BUCKET_WRITE, takes_object=True, makes_object=True),
    (OBJECT, "GET", ""): Action(
        "GetObject", "s3:GetObject", Need.OBJECT_READ, "s3:GetObjectVersion"),
    (OBJECT, "HEAD", ""): Action(
        "HeadObject", "s3:GetObject", Need.OBJECT_READ, "s3:GetObjectVersion"),
    (OBJECT, "DELETE", ""): Action(
        "DeleteObject", "s3:DeleteObject", Need.BUCKET_WRITE, "s3:DeleteObjectVersion"),
    (OBJECT, "GET", "acl"): Action(
        "GetObjectAcl", "s3:GetObjectAcl", Need.OBJECT_READ_ACP, "s3:GetObjectVersionAcl"),
    (OBJECT, "PUT", "acl"): Action(
        "PutObjectAcl", "s3:PutObjectAcl", Need.OBJECT_WRITE_ACP, "s3:PutObjectVersionAcl"),
}  # fmt: skip
GET_IMAGE = Action("GetImage", "s3:GetObject", Need.IMAGE)
"""An image for a node; it has an address of its own."""

SUBRESOURCES = frozenset(
    [
        "accelerate",
        "acl",
        "analytics",
        "attributes",
        "cors",
        "delete",
        "encryption",
        "intelligent-tiering",
        "inventory",
        "legal-hold",
        "lifecycle",
        "location",
        "logging",
        "metadataTable",
        "metrics",
        "notification",
        "object-lock",
        "ownershipControls",
        "partNumber",
        "policy",
        "policyStatus",
        "publicAccessBlock",
        "renameObject",
        "replication",
        "requestPayment",
        "restore",
        "retention",
        "select",
        "session",
        "tagging",
        "torrent",
        "uploadId",
        "uploads",
        "versionId",
        "versioning",
        "versions",
        "website",
    ]
)
"""Query parameters that make a request mean something else; those not in ACTIONS come later."""
