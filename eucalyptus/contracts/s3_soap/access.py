# SPDX-License-Identifier: BSD-2-Clause
"""Who may: grants, and the operations that get and set them."""

from __future__ import annotations

from enum import StrEnum

from eucalyptus.contracts.declare import Operation, message, part
from eucalyptus.contracts.s3_soap.asking import Asking

MOST_GRANTS = 100


class Permission(StrEnum):
    """What a grant lets its grantee do."""

    READ = "READ"
    WRITE = "WRITE"
    READ_ACP = "READ_ACP"
    WRITE_ACP = "WRITE_ACP"
    FULL_CONTROL = "FULL_CONTROL"


@message("Grantee", abstract=True)
class Grantee:
    """Who is granted something."""


@message("User", abstract=True)
class User(Grantee):
    """Somebody with an account."""


@message("AmazonCustomerByEmail")
class CustomerByEmail(User):
    """An account by the e-mail address of its administrator; answers never name it so."""

    email_address: str = part(name="EmailAddress")


@message("CanonicalUser")
class CanonicalUser(User):
    """An account by its canonical id."""

    id: str = part(name="ID")
    display_name: str | None = part(default=None, name="DisplayName")


@message("Group")
class Group(Grantee):
    """One of S3's groups, by its URI."""

    uri: str = part(name="URI")


@message("Grant")
class Grant:
    """One permission for one grantee."""

    grantee: Grantee = part(name="Grantee")
    permission: Permission = part(name="Permission")


@message("AccessControlList")
class AccessControlList:
    """All grants of a bucket or an object."""

    grants: tuple[Grant, ...] = part(default=(), name="Grant", most=MOST_GRANTS)


@message("AccessControlPolicy")
class AccessControlPolicy:
    """The owner, and whom else it lets do what."""

    owner: CanonicalUser = part(name="Owner")
    access: AccessControlList = part(name="AccessControlList")


@message("GetBucketAccessControlPolicy", anonymous=True)
class GetBucketAccessControlPolicy(Asking):
    """Ask who may do what with a bucket."""

    bucket: str = part(name="Bucket")


@message("GetBucketAccessControlPolicyResponse", anonymous=True)
class GetBucketAccessControlPolicyResponse:
    """Who may."""

    policy: AccessControlPolicy = part(name="GetBucketAccessControlPolicyResponse")


@message("SetBucketAccessControlPolicy", anonymous=True)
class SetBucketAccessControlPolicy(Asking):
    """Replace all grants of a bucket."""

    bucket: str = part(name="Bucket")
    access: AccessControlList | None = part(default=None, name="AccessControlList")


@message("SetBucketAccessControlPolicyResponse", anonymous=True)
class SetBucketAccessControlPolicyResponse:
    """It is done."""


@message("GetObjectAccessControlPolicy", anonymous=True)
class GetObjectAccessControlPolicy(Asking):
    """Ask who may do what with an object."""

    bucket: str = part(name="Bucket")
    key: str = part(name="Key")


@message("GetObjectAccessControlPolicyResponse", anonymous=True)
class GetObjectAccessControlPolicyResponse:
    """Who may."""

    policy: AccessControlPolicy = part(name="GetObjectAccessControlPolicyResponse")


@message("SetObjectAccessControlPolicy", anonymous=True)
class SetObjectAccessControlPolicy(Asking):
    """Replace all grants of an object."""

    bucket: str = part(name="Bucket")
    key: str = part(name="Key")
    access: AccessControlList = part(name="AccessControlList")


@message("SetObjectAccessControlPolicyResponse", anonymous=True)
class SetObjectAccessControlPolicyResponse:
    """It is done."""


OPERATIONS = (
    Operation(
        name="GetBucketAccessControlPolicy",
        asks=GetBucketAccessControlPolicy,
        answers=GetBucketAccessControlPolicyResponse,
        allows="s3:GetBucketAcl",
    ),
    Operation(
        name="SetBucketAccessControlPolicy",
        asks=SetBucketAccessControlPolicy,
        answers=SetBucketAccessControlPolicyResponse,
        allows="s3:PutBucketAcl",
    ),
    Operation(
        name="GetObjectAccessControlPolicy",
        asks=GetObjectAccessControlPolicy,
        answers=GetObjectAccessControlPolicyResponse,
        allows="s3:GetObjectAcl",
    ),
    Operation(
        name="SetObjectAccessControlPolicy",
        asks=SetObjectAccessControlPolicy,
        answers=SetObjectAccessControlPolicyResponse,
        allows="s3:PutObjectAcl",
    ),
)
