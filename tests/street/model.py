# SPDX-License-Identifier: BSD-2-Clause
"""Who may do what to whose things, said a second time and in another way than the product does.

The product asks an operation's declared reach and then the database; this knows neither. It knows
of each operation what kind of thing it is about, and a few sentences about kinds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CLOUD = "eucalyptus"
OK = ""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Somebody who asks: of no account when anonymous, unknown, or no user at all."""

    account: str = ""
    administers: bool = False
    unheard: str = ""
    """What they hear who are nobody."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of thing: what is heard about one that is not there, and who else can reach one."""

    missing: str = OK
    by_cloud: bool = False
    """Whether the cloud's administrators reach those of every account."""


OWN = Kind()
"""Nothing in particular: lists, and what is yet to be made, within the caller's own account."""
INSTANCE = Kind(missing="InvalidInstanceID.NotFound", by_cloud=True)
IMAGE = Kind(missing="InvalidAMIID.NotFound", by_cloud=True)
IMAGE_TO_RUN = Kind(missing="InvalidAMIID.NotFound")
GROUP = Kind(missing="InvalidGroup.NotFound")
KEY = Kind(missing="InvalidKeyPair.NotFound")
USER = Kind(missing="NoSuchEntity", by_cloud=True)
DENIAL = Kind(missing="AccessDenied", by_cloud=True)
CLOUDS = Kind()
"""What is nobody's but the cloud's."""

KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("RunInstances",), IMAGE_TO_RUN),
    **dict.fromkeys(
        ("DescribeInstances", "RebootInstances", "GetConsoleOutput", "TerminateInstances"),
        INSTANCE,
    ),
    **dict.fromkeys(
        ("DescribeImages", "DeregisterImage", "DescribeImageAttribute", "ModifyImageAttribute",
         "ResetImageAttribute"),
        IMAGE,
    ),
    **dict.fromkeys(
        ("RegisterImage", "CreateKeyPair", "ImportKeyPair", "DeleteKeyPair", "CreateSecurityGroup",
         "DescribeAvailabilityZones", "DescribeRegions", "DescribeInstanceTypes", "CreateUser",
         "DescribeAddresses", "ListUsers"),
        OWN,
    ),
    "DescribeKeyPairs": KEY,
    **dict.fromkeys(
        ("DescribeSecurityGroups", "AuthorizeSecurityGroupIngress",
         "RevokeSecurityGroupIngress", "DeleteSecurityGroup"),
        GROUP,
    ),
    **dict.fromkeys(
        ("GetUser", "DeleteUser", "CreateAccessKey", "ListAccessKeys", "UpdateAccessKey",
         "DeleteAccessKey", "CreateSigningCertificate", "ListSigningCertificates",
         "UpdateSigningCertificate", "DeleteSigningCertificate", "UploadSigningCertificate"),
        USER,
    ),
    "DecodeAuthorizationMessage": DENIAL,
    **dict.fromkeys(
        ("ModifyInstanceTypeAttribute", "CreateAccount", "ListAccounts", "DeleteAccount",
         "DescribeProperties", "ModifyPropertyValue"),
        CLOUDS,
    ),
}  # fmt: skip


def outcome(name: str, caller: Caller, owner: str) -> set[str]:
    """The codes one of which ``caller`` hears from operation ``name`` on a thing of ``owner``."""
    if caller.unheard:
        return {caller.unheard}
    # No policies can be attached yet: who administers no account may do nothing.
    denied = {"UnauthorizedOperation", "AccessDenied"}
    if not caller.administers:
        return denied
    kind = KINDS[name]
    if kind is CLOUDS:
        return {OK} if caller.account == CLOUD else denied
    reaches = caller.account == owner or (kind.by_cloud and caller.account == CLOUD)
    return {OK} if reaches else {kind.missing}
