# SPDX-License-Identifier: BSD-2-Clause
"""Every error a caller can see: its code, HTTP status, and the sentence that says why. One table.

A body raises ``NO_SUCH_IMAGE(image_id="emi-1")``; the door turns it into a SOAP fault or a Query
error. Anything else that escapes a body is our bug and becomes InternalError, once, at the door.
"""

from __future__ import annotations

import string
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error that callers may meet. ``says`` is a format string; ``status`` is for Query/REST."""

    code: str
    status: int
    says: str

    def __call__(self, **facts: object) -> Refused:
        """Make the exception for one occasion; ``facts`` fill the sentence."""
        return Refused(self, self.says.format(**facts))

    @property
    def facts(self) -> frozenset[str]:
        """The names of the facts that the sentence wants."""
        return frozenset(name for _, name, _, _ in string.Formatter().parse(self.says) if name)

    @property
    def is_ours(self) -> bool:
        """Whether the fault lies with the cloud (``Server.``) and not with the caller."""
        return self.status >= 500


class Refused(Exception):
    """What a caller is told instead of an answer."""

    def __init__(self, refusal: Refusal, message: str) -> None:
        super().__init__(message)
        self.refusal = refusal
        self.message = message

    def __reduce__(self) -> tuple[type[Refused], tuple[Refusal, str]]:
        return (Refused, (self.refusal, self.message))


# --- who is asking -----------------------------------------------------------------------------
AUTH_FAILURE = Refusal("AuthFailure", 401, "{reason}")
REQUEST_EXPIRED = Refusal("RequestExpired", 400, "{reason}")
UNAUTHORIZED = Refusal(
    "UnauthorizedOperation", 403,
    "{who} may not perform {action}. Ask an administrator of account {account} to allow it.",
)  # fmt: skip
MISSING_CREDENTIALS = Refusal(
    "MissingAuthenticationToken", 403,
    "The request carries neither a WS-Security header nor a Query signature. Sign it.",
)  # fmt: skip

# --- what is asked -----------------------------------------------------------------------------
UNKNOWN_OPERATION = Refusal(
    "InvalidAction", 400, "{service} has no operation {action} in API version {version}."
)
UNSUPPORTED_OPERATION = Refusal(
    "UnsupportedOperation", 400, "{action} is part of the API but this cloud does not offer it yet."
)
UNSUPPORTED_VERSION = Refusal(
    "NoSuchVersion", 400, "API version {version} is not known here. Known: {known}."
)
UNKNOWN_PARAMETER = Refusal(
    "UnknownParameter", 400, "{action} does not know: {names}. Correct or remove them."
)
MISSING_PARAMETER = Refusal("MissingParameter", 400, "{action} needs {name}. Add it.")
INVALID_PARAMETER = Refusal("InvalidParameterValue", 400, "{name}: {value} is not {wanted}.")
INVALID_COMBINATION = Refusal("InvalidParameterCombination", 400, "{reason}")
MALFORMED = Refusal("MalformedRequest", 400, "The request cannot be read: {reason}.")
MUST_UNDERSTAND = Refusal(
    "MustUnderstand", 400, "The header {header} demands to be understood, and is not."
)
TOO_BIG = Refusal("RequestTooLarge", 413, "The request exceeds the limit of {limit} {unit}.")
WRONG_METHOD = Refusal(
    "MethodNotAllowed", 405, "A request is sent by GET or POST, not by {method}."
)
UNSUPPORTED_MEDIA = Refusal("UnsupportedMediaType", 415, "{reason}")

# --- our side ----------------------------------------------------------------------------------
INTERNAL = Refusal(
    "InternalError", 500,
    "The cloud failed to do this. Quote request id {request_id} to your administrator.",
)  # fmt: skip
UNAVAILABLE = Refusal("ServiceUnavailable", 503, "{reason} Try again in a moment.")
LIMIT_EXCEEDED = Refusal("RequestLimitExceeded", 503, "{reason}")
DECLINED = Refusal("Declined", 500, "{reason}")

# --- instances ---------------------------------------------------------------------------------
NO_SUCH_INSTANCE = Refusal(
    "InvalidInstanceID.NotFound", 400, "The instance ID '{instance_id}' does not exist."
)
MALFORMED_INSTANCE_ID = Refusal(
    "InvalidInstanceID.Malformed", 400,
    "'{instance_id}' is not an instance ID; one looks like i-0a1b2c3d.",
)  # fmt: skip
WRONG_STATE = Refusal(
    "IncorrectInstanceState", 400,
    "Instance {instance_id} is {state}; {action} needs it {wanted}.",
)  # fmt: skip
NO_CAPACITY = Refusal(
    "InsufficientInstanceCapacity", 400,
    "Zone {zone} has room for {free} more {type}, {wanted} were asked for. "
    "Ask for fewer, another type, or another zone.",
)  # fmt: skip
NO_ADDRESSES = Refusal(
    "InsufficientAddressCapacity", 400,
    "Zone {zone} has {free} free private addresses, {wanted} are needed.",
)  # fmt: skip
TOO_MANY_INSTANCES = Refusal(
    "InstanceLimitExceeded", 400,
    "Account {account} may have {limit} instances and has {used}; {wanted} more were asked for.",
)  # fmt: skip
NO_SUCH_TYPE = Refusal(
    "InvalidParameterValue", 400,
    "Instance type '{type}' does not exist. Known types: {known}.",
)  # fmt: skip
NO_SUCH_ZONE = Refusal(
    "InvalidZone.NotFound", 400, "Availability zone '{zone}' does not exist. Known: {known}."
)
DRY_RUN = Refusal("DryRunOperation", 412, "Request would have succeeded, but DryRun flag is set.")
TOKEN_REUSED = Refusal(
    "IdempotentParameterMismatch", 400,
    "ClientToken '{token}' was used for a different request. Use a new token.",
)  # fmt: skip
DISK_TOO_SMALL = Refusal(
    "InvalidParameterCombination", 400,
    "Image {image_id} needs a disk of {needed} GiB; type {type} has {disk} GiB.",
)  # fmt: skip
USER_DATA_TOO_BIG = Refusal(
    "InvalidParameterValue", 400, "User data may hold {limit} bytes; {size} were sent."
)

# --- images ------------------------------------------------------------------------------------
NO_SUCH_IMAGE = Refusal("InvalidAMIID.NotFound", 400, "The image id '{image_id}' does not exist.")
MALFORMED_IMAGE_ID = Refusal(
    "InvalidAMIID.Malformed", 400,
    "'{image_id}' is not an image id; one looks like emi-0a1b2c3d, eki- or eri-.",
)  # fmt: skip
IMAGE_UNAVAILABLE = Refusal(
    "InvalidAMIID.Unavailable", 400, "Image {image_id} is {state} and cannot be launched."
)
DUPLICATE_IMAGE_NAME = Refusal(
    "InvalidAMIName.Duplicate", 400, "Your account already has an image named '{name}'."
)
INVALID_LAUNCHER = Refusal(
    "InvalidAMIAttributeItemValue", 400,
    "'{launcher}' is {what}; name an account by its 12 digits, or the group all.",
)  # fmt: skip
INVALID_MANIFEST = Refusal(
    "InvalidManifest", 400, "The manifest at {location} cannot be used: {reason}."
)

# --- keys and groups ---------------------------------------------------------------------------
NO_SUCH_KEY = Refusal("InvalidKeyPair.NotFound", 400, "The key pair '{name}' does not exist.")
DUPLICATE_KEY = Refusal("InvalidKeyPair.Duplicate", 400, "The key pair '{name}' already exists.")
INVALID_KEY_FORMAT = Refusal("InvalidKey.Format", 400, "The public key cannot be read: {reason}.")
NO_SUCH_GROUP = Refusal(
    "InvalidGroup.NotFound", 400, "The security group '{group}' does not exist."
)
DUPLICATE_GROUP = Refusal(
    "InvalidGroup.Duplicate", 400, "The security group '{name}' already exists."
)
RESERVED_GROUP = Refusal(
    "InvalidGroup.Reserved", 400, "The security group '{name}' is reserved and stays."
)
GROUP_IN_USE = Refusal(
    "InvalidGroup.InUse", 400, "The security group '{name}' is used by {used_by}."
)
DUPLICATE_PERMISSION = Refusal(
    "InvalidPermission.Duplicate", 400, "The rule {rule} already exists in group '{name}'."
)
NO_SUCH_PERMISSION = Refusal(
    "InvalidPermission.NotFound", 400, "Group '{name}' has no rule {rule}."
)
MALFORMED_PERMISSION = Refusal("InvalidPermission.Malformed", 400, "{reason}")

# --- regions -----------------------------------------------------------------------------------
NO_SUCH_ADDRESS = Refusal(
    "InvalidAddressID.NotFound", 400,
    "The account has no public address {address}: this cloud gives out none.",
)  # fmt: skip
NO_SUCH_ALLOCATION = Refusal(
    "InvalidAllocationID.NotFound", 400,
    "The account has no allocation {allocation}: this cloud gives out no public addresses.",
)  # fmt: skip
NO_SUCH_REGION = Refusal(
    "InvalidParameterValue", 400, "Region '{region}' does not exist. Known: {known}."
)

# --- identity ----------------------------------------------------------------------------------
NO_SUCH_ENTITY = Refusal("NoSuchEntity", 404, "{kind} {name} does not exist.")
ENTITY_EXISTS = Refusal("EntityAlreadyExists", 409, "{kind} {name} already exists.")
DELETE_CONFLICT = Refusal("DeleteConflict", 409, "{kind} {name} still has {what}. {advice}")
IDENTITY_LIMIT = Refusal("LimitExceeded", 409, "{kind} {name} may have {limit} {what}.")
DUPLICATE_CERTIFICATE = Refusal(
    "DuplicateCertificate", 409, "This certificate is already registered."
)
MALFORMED_CERTIFICATE = Refusal(
    "MalformedCertificate", 400, "The certificate cannot be used: {reason}."
)
ACCESS_DENIED = Refusal("AccessDenied", 403, "{reason}")
INVALID_VALUE = Refusal("ValidationError", 400, "{reason}")

TOO_MANY_TAGS = Refusal(
    "TagLimitExceeded", 400, "A resource may have {limit} tags; {wanted} were asked for."
)

# --- properties --------------------------------------------------------------------------------
NO_SUCH_PROPERTY = Refusal(
    "InvalidParameterValue", 400, "There is no property '{name}'. List them with: euctl"
)
INVALID_PROPERTY = Refusal("InvalidParameterValue", 400, "Property {name}: {reason}")

EVERYWHERE = (
    AUTH_FAILURE, REQUEST_EXPIRED, UNAUTHORIZED, MISSING_CREDENTIALS, UNKNOWN_OPERATION,
    UNSUPPORTED_OPERATION, UNSUPPORTED_VERSION, UNKNOWN_PARAMETER, MISSING_PARAMETER,
    INVALID_PARAMETER, MALFORMED, TOO_BIG, WRONG_METHOD, UNSUPPORTED_MEDIA, INTERNAL,
    UNAVAILABLE, LIMIT_EXCEEDED,
)  # fmt: skip
"""Refusals that every operation may answer without naming them."""
