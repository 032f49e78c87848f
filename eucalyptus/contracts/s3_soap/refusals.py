# SPDX-License-Identifier: BSD-2-Clause
"""What only S3's SOAP API refuses; all else it refuses as REST does (``contracts.s3``)."""

from __future__ import annotations

from eucalyptus.contracts.refusals import Refusal

INVALID_SOAP = Refusal("InvalidSOAPRequest", 400, "{reason}")
MISSING_SECURITY = Refusal(
    "MissingSecurityElement", 400,
    "The request lacks {name}. AWSAccessKeyId, Timestamp and Signature come together or not at "
    "all.",
)  # fmt: skip
TWO_SIGNATURES = Refusal(
    "InvalidSecurity", 403,
    "The request is signed by WS-Security and by a Signature in its Body. Sign it one way.",
)  # fmt: skip
SEEN_BEFORE = Refusal(
    "InvalidSecurity", 403,
    "This signature was received before. Sign every request with a Timestamp of its own, to the "
    "millisecond.",
)  # fmt: skip
NO_SHA1 = Refusal(
    "InvalidSecurity", 403,
    "Signatures by HMAC-SHA1 are switched off in this cloud (soap.allow_sha1). Sign by "
    "WS-Security with SHA-256.",
)  # fmt: skip
NO_CREDENTIAL = Refusal(
    "CredentialsNotSupported", 400, "A Credential is not taken here. Sign with a key of your own."
)
INLINE_TOO_LARGE = Refusal(
    "InlineDataTooLarge", 400,
    "Inline data may have {limit} bytes, these are {size}. Attach them, or use REST.",
)  # fmt: skip
MISSING_ATTACHMENT = Refusal(
    "MissingAttachment", 400,
    "PutObject stores what is attached, and nothing is. Attach the data by DIME or MIME, or use "
    "PutObjectInline.",
)  # fmt: skip
UNEXPECTED_ATTACHMENT = Refusal(
    "UnexpectedContent", 400, "{operation} takes no attachment. Leave it out."
)
BAD_ATTACHMENT = Refusal("InvalidSOAPRequest", 400, "The message's parts cannot be read: {reason}.")
KEY_NEEDED = Refusal("UserKeyMustBeSpecified", 400, "{name} is empty. Name an object.")
CONTENT_ENCODED = Refusal(
    "InvalidSOAPRequest", 400, "Content-Encoding {coding} is not taken here. Send the body plain."
)
