# SPDX-License-Identifier: BSD-2-Clause
"""S3 over REST: its refusals, and which request asks for which action.

S3 says its errors in its own codes and document, so they stand here and not among the EC2 ones.
"""

from __future__ import annotations

from collections.abc import Mapping

from eucalyptus.contracts.refusals import Refusal, Refused
from eucalyptus.contracts.s3_access import ACCESS_ACTIONS
from eucalyptus.contracts.s3_access import BUCKET as BUCKET
from eucalyptus.contracts.s3_access import OBJECT as OBJECT
from eucalyptus.contracts.s3_access import SERVICE as SERVICE
from eucalyptus.contracts.s3_access import Action as Action
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
NO_SUCH_VERSION = Refusal("NoSuchVersion", 404, "The object has no version {version}.")
NO_SUCH_UPLOAD = Refusal(
    "NoSuchUpload", 404,
    "There is no upload {upload} of this key. It may have been completed or aborted.",
)  # fmt: skip
INVALID_PART = Refusal(
    "InvalidPart", 400, "Part {number} is not there, or its ETag or checksum is another one."
)
INVALID_PART_ORDER = Refusal(
    "InvalidPartOrder", 400, "The parts must be listed by rising numbers, each once."
)
PART_TOO_SMALL = Refusal(
    "EntityTooSmall", 400,
    "Part {number} has {size} bytes; all parts but the last must have at least {least}.",
)  # fmt: skip
TOO_LARGE_IN_PARTS = Refusal(
    "EntityTooLarge", 400, "An object may have {limit} bytes when it is put in parts."
)
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
ILLEGAL_VERSIONING = Refusal(
    "IllegalVersioningConfigurationException", 400, "Versioning can be Enabled or Suspended."
)
INVALID_BUCKET_STATE = Refusal("InvalidBucketState", 409, "{reason}")
NO_LIFECYCLE = Refusal(
    "NoSuchLifecycleConfiguration", 404, "Bucket {bucket} has no lifecycle rules."
)
INVALID_TAG = Refusal("InvalidTag", 400, "The tags are refused: {reason}.")
NO_TAGS = Refusal("NoSuchTagSet", 404, "Bucket {bucket} has no tags.")
INVALID_RETENTION = Refusal(
    "InvalidRetentionPeriod", 400, "{unit} of a default retention are from 1 to {most}."
)
NO_BUCKET_LOCK = Refusal(
    "ObjectLockConfigurationNotFoundError", 404, "Objects of bucket {bucket} cannot be locked."
)
NO_RETENTION = Refusal("NoSuchObjectLockConfiguration", 404, "The version has no retention.")
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
TOO_SMALL = Refusal("EntityTooSmall", 400, "The policy wants an object of at least {least} bytes.")
MESSAGE_TOO_LONG = Refusal(
    "MaxMessageLengthExceeded", 400, "The document in the request may have {limit} bytes."
)

# --- encryption --------------------------------------------------------------------------------
INVALID_ENCRYPTION = Refusal(
    "InvalidEncryptionAlgorithmError",
    400,
    "Encryption by {algorithm!r} is not offered; use AES256.",
)
KEY_LOST = Refusal(
    "InternalError", 500, "The key of the object is lost. Tell the cloud's administrator."
)
NO_SUCH_DEFAULT = Refusal(
    "ServerSideEncryptionConfigurationNotFoundError", 404, "The bucket encrypts nothing unasked."
)

# --- a browser's form --------------------------------------------------------------------------
NOT_A_FORM = Refusal("PreconditionFailed", 412, "A bucket takes a POST as multipart/form-data.")
MALFORMED_POST = Refusal("MalformedPOSTRequest", 400, "The form cannot be read: {reason}.")
POST_FIELDS_TOO_LARGE = Refusal(
    "MaxPostPreDataLengthExceeded", 400, "The fields before the file may have {limit} bytes."
)
INVALID_POLICY = Refusal("InvalidPolicyDocument", 400, "The policy of the form: {reason}.")

# --- scripts of other origins ------------------------------------------------------------------
NO_SUCH_CORS = Refusal("NoSuchCORSConfiguration", 404, "The bucket has no CORS rules.")
CROSSING_UNCLEAR = Refusal(
    "BadRequest", 400, "A preflight names its Origin and its Access-Control-Request-Method."
)
CROSSING_FORBIDDEN = Refusal(
    "AccessForbidden", 403, "No CORS rule of the bucket allows this origin, method and headers."
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


class RefusedWithHeaders(Refused):
    """A refusal that says more in headers of its answer, by lower-case names."""

    def __init__(self, refused: Refused, headers: Mapping[str, str]) -> None:
        super().__init__(refused.refusal, refused.message)
        self.headers = dict(headers)


# --- which request is which action ----------------------------------------------------------------
COPY = "x-amz-copy-source"
"""The header that turns a PUT into a copy: in ``ACTIONS`` it stands among the parameters."""


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
    (BUCKET, "GET", "encryption"): Action(
        "GetBucketEncryption", "s3:GetEncryptionConfiguration", Need.BUCKET_OWNER),
    (BUCKET, "PUT", "encryption"): Action(
        "PutBucketEncryption", "s3:PutEncryptionConfiguration", Need.BUCKET_OWNER),
    (BUCKET, "DELETE", "encryption"): Action(
        "DeleteBucketEncryption", "s3:PutEncryptionConfiguration", Need.BUCKET_OWNER),
    (BUCKET, "GET", "cors"): Action("GetBucketCors", "s3:GetBucketCORS", Need.BUCKET_OWNER),
    (BUCKET, "PUT", "cors"): Action("PutBucketCors", "s3:PutBucketCORS", Need.BUCKET_OWNER),
    (BUCKET, "DELETE", "cors"): Action("DeleteBucketCors", "s3:PutBucketCORS", Need.BUCKET_OWNER),
    (BUCKET, "POST", ""): Action(
        "PostObject", "s3:PutObject", Need.BUCKET_WRITE, takes_form=True, makes_object=True),
    (BUCKET, "GET", "versioning"): Action(
        "GetBucketVersioning", "s3:GetBucketVersioning", Need.BUCKET_OWNER),
    (BUCKET, "PUT", "versioning"): Action(
        "PutBucketVersioning", "s3:PutBucketVersioning", Need.BUCKET_OWNER),
    (BUCKET, "GET", "versions"): Action(
        "ListObjectVersions", "s3:ListBucketVersions", Need.BUCKET_READ),
    (BUCKET, "POST", "delete"): Action("DeleteObjects", "s3:DeleteObject", Need.EACH),
    (BUCKET, "GET", "tagging"): Action(
        "GetBucketTagging", "s3:GetBucketTagging", Need.BUCKET_OWNER),
    (BUCKET, "PUT", "tagging"): Action(
        "PutBucketTagging", "s3:PutBucketTagging", Need.BUCKET_OWNER),
    (BUCKET, "DELETE", "tagging"): Action(
        "DeleteBucketTagging", "s3:PutBucketTagging", Need.BUCKET_OWNER),
    (BUCKET, "GET", "lifecycle"): Action(
        "GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration", Need.BUCKET_OWNER),
    (BUCKET, "PUT", "lifecycle"): Action(
        "PutBucketLifecycleConfiguration", "s3:PutLifecycleConfiguration", Need.BUCKET_OWNER),
    (BUCKET, "DELETE", "lifecycle"): Action(
        "DeleteBucketLifecycle", "s3:PutLifecycleConfiguration", Need.BUCKET_OWNER),
    (BUCKET, "GET", "object-lock"): Action(
        "GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration", Need.BUCKET_OWNER),
    (BUCKET, "PUT", "object-lock"): Action(
        "PutObjectLockConfiguration", "s3:PutBucketObjectLockConfiguration", Need.BUCKET_OWNER),
    (OBJECT, "GET", "tagging"): Action(
        "GetObjectTagging", "s3:GetObjectTagging", Need.OBJECT_OWNER, "s3:GetObjectVersionTagging"),
    (OBJECT, "PUT", "tagging"): Action(
        "PutObjectTagging", "s3:PutObjectTagging", Need.OBJECT_OWNER,
        "s3:PutObjectVersionTagging"),
    (OBJECT, "DELETE", "tagging"): Action(
        "DeleteObjectTagging", "s3:DeleteObjectTagging", Need.OBJECT_OWNER,
        "s3:DeleteObjectVersionTagging"),
    (OBJECT, "GET", "retention"): Action(
        "GetObjectRetention", "s3:GetObjectRetention", Need.OBJECT_OWNER, "s3:GetObjectRetention"),
    (OBJECT, "PUT", "retention"): Action(
        "PutObjectRetention", "s3:PutObjectRetention", Need.OBJECT_OWNER, "s3:PutObjectRetention"),
    (OBJECT, "GET", "legal-hold"): Action(
        "GetObjectLegalHold", "s3:GetObjectLegalHold", Need.OBJECT_OWNER, "s3:GetObjectLegalHold"),
    (OBJECT, "PUT", "legal-hold"): Action(
        "PutObjectLegalHold", "s3:PutObjectLegalHold", Need.OBJECT_OWNER, "s3:PutObjectLegalHold"),
    (OBJECT, "PUT", ""): Action(
        "PutObject", "s3:PutObject", Need.BUCKET_WRITE, takes_object=True, makes_object=True),
    (OBJECT, "GET", ""): Action(
        "GetObject", "s3:GetObject", Need.OBJECT_READ, "s3:GetObjectVersion"),
    (OBJECT, "HEAD", ""): Action(
        "HeadObject", "s3:GetObject", Need.OBJECT_READ, "s3:GetObjectVersion"),
    (OBJECT, "DELETE", ""): Action(
        "DeleteObject", "s3:DeleteObject", Need.BUCKET_WRITE, "s3:DeleteObjectVersion"),
    (OBJECT, "GET", "attributes"): Action(
        "GetObjectAttributes", "s3:GetObjectAttributes", Need.OBJECT_READ,
        "s3:GetObjectVersionAttributes"),
    (OBJECT, "PUT", COPY): Action(
        "CopyObject", "s3:PutObject", Need.BUCKET_WRITE, makes_object=True),
    (OBJECT, "POST", "uploads"): Action(
        "CreateMultipartUpload", "s3:PutObject", Need.BUCKET_WRITE, makes_object=True),
    (OBJECT, "PUT", "partNumber&uploadId"): Action(
        "UploadPart", "s3:PutObject", Need.BUCKET_WRITE, takes_object=True),
    (OBJECT, "PUT", f"partNumber&uploadId&{COPY}"): Action(
        "UploadPartCopy", "s3:PutObject", Need.BUCKET_WRITE),
    (OBJECT, "POST", "uploadId"): Action(
        "CompleteMultipartUpload", "s3:PutObject", Need.BUCKET_WRITE, promises_object=True),
    (OBJECT, "DELETE", "uploadId"): Action(
        "AbortMultipartUpload", "s3:AbortMultipartUpload", Need.BUCKET_WRITE),
    (OBJECT, "GET", "uploadId"): Action(
        "ListParts", "s3:ListMultipartUploadParts", Need.BUCKET_WRITE),
    (BUCKET, "GET", "uploads"): Action(
        "ListMultipartUploads", "s3:ListBucketMultipartUploads", Need.BUCKET_READ),
    (OBJECT, "GET", "acl"): Action(
        "GetObjectAcl", "s3:GetObjectAcl", Need.OBJECT_READ_ACP, "s3:GetObjectVersionAcl"),
    (OBJECT, "PUT", "acl"): Action(
        "PutObjectAcl", "s3:PutObjectAcl", Need.OBJECT_WRITE_ACP, "s3:PutObjectVersionAcl"),
    **ACCESS_ACTIONS,
}  # fmt: skip
PREFLIGHT = Action("Preflight", "", Need.NOTHING)
"""OPTIONS on anything: a browser asks whether a script may go on, and is nobody itself."""
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

VERSION = "versionId"
QUALIFIERS = frozenset({VERSION})
"""Those among them that leave the action what it is and say more of what it is done to."""
PART_NUMBER = "partNumber"
"""With ``uploadId`` it names a part to be sent, alone one to be read."""
