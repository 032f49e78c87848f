# SPDX-License-Identifier: BSD-2-Clause
"""Rules for what leaves a security group (VPC)."""

from __future__ import annotations

from eucalyptus.contracts.declare import Operation, items, message, part
from eucalyptus.contracts.ec2.groups import IpPermission


@message("AuthorizeSecurityGroupEgressType")
class AuthorizeSecurityGroupEgress:
    """Let instances of a group reach more."""

    group_id: str
    ip_permissions: tuple[IpPermission, ...] = items(
        "IpPermissionSetType", default=(), required=True
    )


@message("AuthorizeSecurityGroupEgressResponseType")
class AuthorizeSecurityGroupEgressResponse:
    """Whether they may."""

    request_id: str = part(default="", required=True)
    succeeded: bool = part(name="return")


@message("RevokeSecurityGroupEgressType")
class RevokeSecurityGroupEgress:
    """Let instances of a group reach less."""

    group_id: str
    ip_permissions: tuple[IpPermission, ...] = items(
        "IpPermissionSetType", default=(), required=True
    )


@message("RevokeSecurityGroupEgressResponseType")
class RevokeSecurityGroupEgressResponse:
    """Whether that holds."""

    request_id: str = part(default="", required=True)
    succeeded: bool = part(name="return")


AUTHORIZE_SECURITY_GROUP_EGRESS = Operation(
    name="AuthorizeSecurityGroupEgress",
    asks=AuthorizeSecurityGroupEgress,
    answers=AuthorizeSecurityGroupEgressResponse,
    allows="ec2:AuthorizeSecurityGroupEgress",
    since="2011-01-01",
    mutates=True,
)


REVOKE_SECURITY_GROUP_EGRESS = Operation(
    name="RevokeSecurityGroupEgress",
    asks=RevokeSecurityGroupEgress,
    answers=RevokeSecurityGroupEgressResponse,
    allows="ec2:RevokeSecurityGroupEgress",
    since="2011-01-01",
    mutates=True,
)


OPERATIONS = (
    AUTHORIZE_SECURITY_GROUP_EGRESS,
    REVOKE_SECURITY_GROUP_EGRESS,
)
