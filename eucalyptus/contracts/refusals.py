# SPDX-License-Identifier: BSD-2-Clause
"""Every error a caller can see: its code, HTTP status, and the sentence that says why. One table.

A body raises ``NO_SUCH_IMAGE(image_id="emi-1")``; the door turns it into a SOAP fault or a Query
error. Anything else that escapes a body is our bug and becomes InternalError, once, at the door.
"""

from __future__ import annotations

import math
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
    """What a caller is told instead of an answer.

    ``retry_after`` is after how many whole seconds another try may be worth it; 0: it is not.
    ``credential`` is for the log only: the key or certificate the caller claimed to have.
    """

    def __init__(self, refusal: Refusal, message: str, retry_after: int = 0) -> None:
        super().__init__(message)
        self.refusal = refusal
        self.message = message
        self.retry_after = retry_after or int(refusal.status == 503)
        self.credential = ""

    def after(self, seconds: float) -> Refused:
        """The same, with the time after which to try again."""
        return Refused(self.refusal, self.message, max(1, math.ceil(seconds)))

    def __reduce__(self) -> tuple[type[Refused], tuple[Refusal, str, int]]:
        return (Refused, (self.refusal, self.message, self.retry_after))


class claiming:
    """Whatever is refused inside was asked with this credential: an access key's id, or the
    fingerprint of a certificate."""

    __slots__ = ("_credential",)

    def __init__(self, credential: str) -> None:
        self._credential = credential

    def __enter__(self) -> None:
        """Nothing yet."""

    def __exit__(self, kind: object, raised: BaseException | None, trace: object) -> None:
        """Note the credential on a refusal."""
        if isinstance(raised, Refused):
            raised.credential = self._credential


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
    "InvalidAction", 400,
    "{service} has no operation {action} in API version {version}. "
    "Correct its name, or say a newer Version.",
)  # fmt: skip
UNSUPPORTED_OPERATION = Refusal(
    "UnsupportedOperation", 400,
    "{action} is part of the API but this cloud does not offer it yet. Do without it.",
)  # fmt: skip
UNSUPPORTED_VERSION = Refusal(
    "NoSuchVersion", 400, "API version {version} is not known here. Known: {known}."
)
UNKNOWN_PARAMETER = Refusal(
    "UnknownParameter", 400, "{action} does not know: {names}. Correct or remove them."
)
MISSING_PARAMETER = Refusal("MissingParameter", 400, "{action} needs {name}. Add it.")
INVALID_PARAMETER = Refusal(
    "InvalidParameterValue", 400, "{name}: {value} is not {wanted}. Correct it."
)
INVALID_COMBINATION = Refusal("InvalidParameterCombination", 400, "{reason}")
MALFORMED = Refusal("MalformedRequest", 400, "The request cannot be read: {reason}.")
MUST_UNDERSTAND = Refusal(
    "MustUnderstand", 400,
    "The header {header} demands to be understood, and is not. "
    "Leave it out, or its mustUnderstand.",
)  # fmt: skip
TOO_BIG = Refusal(
    "RequestTooLarge", 413,
    "The request exceeds the limit of {limit} {unit}. Ask for less at a time.",
)  # fmt: skip
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
LIMIT_EXCEEDED = Refusal(
    "RequestLimitExceeded", 503,
    "Account {account} has {what}. Other accounts are not affected. Try again in {wait} s.",
)  # fmt: skip
DECLINED = Refusal("Declined", 500, "{reason}")

# --- instances ---------------------------------------------------------------------------------
NO_SUCH_INSTANCE = Refusal(
    "InvalidInstanceID.NotFound", 400,
    "The instance ID '{instance_id}' does not exist. DescribeInstances lists yours.",
)  # fmt: skip
MALFORMED_INSTANCE_ID = Refusal(
    "InvalidInstanceID.Malformed", 400,
    "'{instance_id}' is not an instance ID; one looks like i-0a1b2c3d.",
)  # fmt: skip
WRONG_STATE = Refusal(
    "IncorrectInstanceState", 400,
    "Instance {instance_id} is {state}; {action} needs it {wanted}. Wait, or name another.",
)  # fmt: skip
NO_CAPACITY = Refusal(
    "InsufficientInstanceCapacity", 400,
    "Zone {zone} has room for {free} more {type}, {wanted} were asked for. "
    "Ask for fewer, another type, or another zone.",
)  # fmt: skip
NO_ADDRESSES = Refusal(
    "InsufficientAddressCapacity", 400,
    "Zone {zone} has {free} free private addresses, {wanted} are needed. "
    "Ask for fewer, or another zone.",
)  # fmt: skip
TOO_MANY_INSTANCES = Refusal(
    "InstanceLimitExceeded", 400,
    "Account {account} may have {limit} instances and has {used}; {wanted} more were asked for. "
    "Terminate some, or have the cloud's administrator raise the limit.",
)  # fmt: skip
NO_SUCH_TYPE = Refusal(
    "InvalidParameterValue", 400,
    "Instance type '{type}' does not exist. Choose one of: {known}.",
)  # fmt: skip
NO_SUCH_ZONE = Refusal(
    "InvalidZone.NotFound", 400,
    "Availability zone '{zone}' does not exist. Choose one of: {known}.",
)  # fmt: skip
DRY_RUN = Refusal("DryRunOperation", 412, "Request would have succeeded, but DryRun flag is set.")
TOKEN_REUSED = Refusal(
    "IdempotentParameterMismatch", 400,
    "ClientToken '{token}' was used for a different request. Use a new token.",
)  # fmt: skip
DISK_TOO_SMALL = Refusal(
    "InvalidParameterCombination", 400,
    "Image {image_id} needs a disk of {needed} GiB; type {type} has {disk} GiB. "
    "Choose a larger type.",
)  # fmt: skip
USER_DATA_TOO_BIG = Refusal(
    "InvalidParameterValue", 400,
    "User data may hold {limit} bytes; {size} were sent. "
    "Compress it, or have the instance fetch the rest.",
)  # fmt: skip

# --- images ------------------------------------------------------------------------------------
NO_SUCH_IMAGE = Refusal(
    "InvalidAMIID.NotFound", 400,
    "The image id '{image_id}' does not exist. DescribeImages lists those that you may launch.",
)  # fmt: skip
MALFORMED_IMAGE_ID = Refusal(
    "InvalidAMIID.Malformed", 400,
    "'{image_id}' is not an image id; one looks like emi-0a1b2c3d, eki- or eri-.",
)  # fmt: skip
IMAGE_UNAVAILABLE = Refusal(
    "InvalidAMIID.Unavailable", 400,
    "Image {image_id} is {state} and cannot be launched. Choose another.",
)  # fmt: skip
DUPLICATE_IMAGE_NAME = Refusal(
    "InvalidAMIName.Duplicate", 400,
    "Your account already has an image named '{name}'. Choose another name.",
)  # fmt: skip
INVALID_LAUNCHER = Refusal(
    "InvalidAMIAttributeItemValue", 400,
    "'{launcher}' is {what}; name an account by its 12 digits, or the group all.",
)  # fmt: skip
INVALID_MANIFEST = Refusal(
    "InvalidManifest", 400, "The manifest at {location} cannot be used: {reason}."
)

# --- keys and groups ---------------------------------------------------------------------------
NO_SUCH_KEY = Refusal(
    "InvalidKeyPair.NotFound", 400,
    "The key pair '{name}' does not exist. DescribeKeyPairs lists yours.",
)  # fmt: skip
DUPLICATE_KEY = Refusal(
    "InvalidKeyPair.Duplicate", 400,
    "The key pair '{name}' already exists. Choose another name, or delete it first.",
)  # fmt: skip
INVALID_KEY_FORMAT = Refusal("InvalidKey.Format", 400, "The public key cannot be read: {reason}.")
NO_SUCH_GROUP = Refusal(
    "InvalidGroup.NotFound", 400,
    "The security group '{group}' does not exist. DescribeSecurityGroups lists yours.",
)  # fmt: skip
DUPLICATE_GROUP = Refusal(
    "InvalidGroup.Duplicate", 400,
    "The security group '{name}' already exists. Choose another name.",
)  # fmt: skip
RESERVED_GROUP = Refusal(
    "InvalidGroup.Reserved", 400,
    "The security group '{name}' is reserved and stays. Choose another.",
)  # fmt: skip
GROUP_IN_USE = Refusal(
    "InvalidGroup.InUse", 400,
    "The security group '{name}' is used by {used_by}. Change or end these first.",
)  # fmt: skip
DUPLICATE_PERMISSION = Refusal(
    "InvalidPermission.Duplicate", 400,
    "The rule {rule} already exists in group '{name}'. Leave it out.",
)  # fmt: skip
NO_SUCH_PERMISSION = Refusal(
    "InvalidPermission.NotFound", 400,
    "Group '{name}' has no rule {rule}. DescribeSecurityGroups lists what it has.",
)  # fmt: skip
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
    "InvalidParameterValue", 400,
    "Region '{region}' does not exist. Choose one of: {known}.",
)  # fmt: skip

# --- identity ----------------------------------------------------------------------------------
NO_SUCH_ENTITY = Refusal(
    "NoSuchEntity", 404, "{kind} {name} does not exist. Check its name, and whose it is."
)
ENTITY_EXISTS = Refusal(
    "EntityAlreadyExists", 409, "{kind} {name} already exists. Choose another name."
)
DELETE_CONFLICT = Refusal("DeleteConflict", 409, "{kind} {name} still has {what}. {advice}")
IDENTITY_LIMIT = Refusal(
    "LimitExceeded", 409, "{kind} {name} may have {limit} {what}. Delete one first."
)
DUPLICATE_CERTIFICATE = Refusal(
    "DuplicateCertificate", 409,
    "This certificate is already registered. Use it, or make another.",
)  # fmt: skip
MALFORMED_CERTIFICATE = Refusal(
    "MalformedCertificate", 400, "The certificate cannot be used: {reason}."
)
ACCESS_DENIED = Refusal("AccessDenied", 403, "{reason}")
INVALID_VALUE = Refusal("ValidationError", 400, "{reason}")
NOT_ENCODED = Refusal(
    "InvalidAuthorizationMessageException", 400,
    "The message cannot be decoded: {reason}. Give the text that follows 'Encoded authorization "
    "failure message:', whole and unchanged.",
)  # fmt: skip

TOO_MANY_TAGS = Refusal(
    "TagLimitExceeded", 400, "A resource may have {limit} tags; {wanted} were asked for."
)

# --- properties --------------------------------------------------------------------------------
NO_SUCH_PROPERTY = Refusal(
    "InvalidParameterValue", 400,
    "There is no property '{name}'. The command euctl lists them.",
)  # fmt: skip
INVALID_PROPERTY = Refusal("InvalidParameterValue", 400, "Property {name}: {reason}")

EVERYWHERE = (
    AUTH_FAILURE, REQUEST_EXPIRED, UNAUTHORIZED, MISSING_CREDENTIALS, UNKNOWN_OPERATION,
    UNSUPPORTED_OPERATION, UNSUPPORTED_VERSION, UNKNOWN_PARAMETER, MISSING_PARAMETER,
    INVALID_PARAMETER, MALFORMED, TOO_BIG, WRONG_METHOD, UNSUPPORTED_MEDIA, INTERNAL,
    UNAVAILABLE, LIMIT_EXCEEDED,
)  # fmt: skip
"""Refusals that every operation may answer without naming them."""
