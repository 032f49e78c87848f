# SPDX-License-Identifier: BSD-2-Clause
"""Who may do what: asked once per request, at the door, for every operation there is."""

from __future__ import annotations

from eucalyptus.access.denials import Denial, Denied
from eucalyptus.access.principals import CLOUD_ACCOUNT, Principal
from eucalyptus.contracts.declare import Operation, Reach
from eucalyptus.contracts.refusals import ACCESS_DENIED, UNAUTHORIZED


def authorize(principal: Principal | None, component: str, operation: Operation) -> None:
    """Raise UNAUTHORIZED unless this caller may perform ``operation``.

    An account's administrator may everything within the account, another user only what policies
    allow (none can be attached yet, so nothing). Component operations take no user at all.
    """
    if operation.reach is Reach.COMPONENT:
        allowed = bool(component)
    elif principal is None:
        allowed = False
    elif operation.reach is Reach.CLOUD_ADMIN:
        allowed = principal.is_cloud_admin
    else:
        allowed = principal.is_account_admin
    if not allowed:
        raise _refusal(principal, component, operation)


def _refusal(principal: Principal | None, component: str, operation: Operation) -> Exception:
    needs_cloud = operation.reach is Reach.CLOUD_ADMIN
    account = CLOUD_ACCOUNT if needs_cloud or principal is None else principal.account_name
    who = principal.arn if principal else (component or "An anonymous caller")
    action = operation.allows or operation.name
    if action.startswith("ec2:"):
        if principal is not None:
            return Denied(Denial(who=principal, action=action), account)
        return UNAUTHORIZED(who=who, action=action, account=account)
    # The other services' clients look for another code.
    return ACCESS_DENIED(reason=UNAUTHORIZED(who=who, action=action, account=account).message)
