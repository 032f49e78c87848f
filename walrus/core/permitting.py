# SPDX-License-Identifier: BSD-2-Clause
"""Who may: the decision on a request whose bucket and object are known.

A policy that denies wins. Else the owner may, and whom the ACL or the policy lets. The bucket's
policy opens only what belongs to the bucket's owner; it closes everything in the bucket.
"""

from __future__ import annotations

from dataclasses import replace

from eucalyptus.access.policies.deciding import Request, decide
from eucalyptus.access.policies.documents import Effect
from eucalyptus.contracts.s3 import ACCESS_DENIED, METHOD_NOT_ALLOWED
from eucalyptus.contracts.s3_access import (
    BUCKET,
    ENFORCED,
    IGNORE_ACLS,
    POLICY_ACTIONS,
    READ,
    RESTRICT,
    SERVICE,
    Need,
)
from walrus.core import acl, circumstances, guarding
from walrus.core.asking import Asked
from walrus.core.records import Bucket, Owner, Stored

_LIST = "s3:ListBucket"
_PAYER = "x-amz-request-payer"


def owner(asked: Asked) -> Owner:
    """The account that asks; raises ACCESS_DENIED for who may not act for one."""
    if asked.who is None:
        raise ACCESS_DENIED(reason="Anonymous requests cannot do this. Sign the request.")
    if not asked.who.is_account_admin:
        raise ACCESS_DENIED(reason=f"{asked.who.arn} may not do this. Ask your administrator.")
    return Owner.of(asked.who)


def permit(asked: Asked) -> None:
    """Raise ACCESS_DENIED unless the caller may do what is asked, to what was found.

    An object that is not there is no refusal to a caller who may list the bucket; others do not
    learn whether a key exists.
    """
    needs = asked.action.needs
    if needs.level == SERVICE:
        owner(asked)
    elif needs is Need.EACH:
        return  # each of many is permitted alone
    elif needs is Need.IMAGE:
        _permit_image(asked)
    elif needs.level == BUCKET:
        _permit(asked, asked.the_bucket, _action(asked))
    else:
        _permit_object(asked, needs.permission)


def require(asked: Asked, action: str) -> None:
    """Raise ACCESS_DENIED unless the caller may also do the IAM action ``action``, which no ACL
    grants, to what the request is about."""
    if not may(asked, action):
        raise ACCESS_DENIED(reason=f"You may not do {action} in this bucket.")


def may(asked: Asked, action: str) -> bool:
    """Whether the caller may also do that."""
    effect = _effect(asked, action)
    owns = acl.owns(asked.the_bucket.owner, asked.who)
    return effect is not Effect.DENY and (owns or _is_open(asked, effect))


def needed_acl(asked: Asked) -> bool:
    """Whether a caller who may was let in by an ACL alone, as logs tell."""
    bucket, needs = asked.bucket, asked.action.needs
    if bucket is None or needs in (Need.EACH, Need.IMAGE):
        return False
    of = bucket if needs.level == BUCKET else asked.stored
    if of is None or of.acl == () or acl.owns(_owner_of(of, bucket), asked.who):
        return False
    return not _is_open(asked, _effect(asked, _action(asked)))


def _action(asked: Asked) -> str:
    action = asked.action
    return action.of_version if asked.version is not None and action.of_version else action.allows


def _permit_image(asked: Asked) -> None:
    if asked.who is not None and (asked.who.is_the_cloud or asked.who.is_cloud_admin):
        return
    if "describe" not in asked.query:
        raise ACCESS_DENIED(reason="Only the cloud itself reads images this way.")
    _permit_object(asked, READ)


def _permit_object(asked: Asked, permission: str) -> None:
    if asked.stored is not None and not asked.stored.delete_marker:
        _permit(asked, asked.stored, _action(asked), permission)
        return
    if _effect(asked, _action(asked)) is Effect.DENY:
        raise _denied("policy")
    listing = replace(
        asked, target=replace(asked.target, key=""), query={"prefix": asked.target.key}
    )
    _permit(listing, asked.the_bucket, _LIST, READ)


def _permit(asked: Asked, of: Bucket | Stored, action: str, permission: str = "") -> None:
    """One thing, one IAM action, one permission; by default that which the action needs."""
    effect = _effect(asked, action)
    if effect is Effect.DENY and not _keeps_policy(asked):
        raise _denied("policy")
    _check_payment(asked)
    if acl.owns(_owner_of(of, asked.the_bucket), asked.who):
        return
    if _is_granted(asked, of, permission or asked.action.needs.permission):
        return
    ours = _owner_of(of, asked.the_bucket).account_id == asked.the_bucket.owner.account_id
    if not (ours and _is_open(asked, effect)):
        raise _denied("object" if isinstance(of, Stored) else "bucket")
    if asked.action.name in POLICY_ACTIONS and not _is_inside(asked):
        # What a policy gives to other accounts is never the policy itself.
        raise METHOD_NOT_ALLOWED(method="The policy of another account's bucket")


def _owner_of(of: Bucket | Stored, bucket: Bucket) -> Owner:
    return bucket.owner if guarding.ownership(bucket) == ENFORCED else of.owner


def _is_granted(asked: Asked, of: Bucket | Stored, permission: str) -> bool:
    bucket = asked.the_bucket
    if guarding.ownership(bucket) == ENFORCED:
        return False
    public = not guarding.blocks(bucket, IGNORE_ACLS)
    return acl.grants(of.acl, permission, asked.who, public=public)


def _effect(asked: Asked, action: str) -> Effect | None:
    policy = guarding.policy_of(asked.the_bucket)
    if policy is None:
        return None
    request = Request(
        action=action, resource=guarding.arn(asked.the_bucket.name, asked.target.key),
        who=asked.who, values=circumstances.values(asked),
    )  # fmt: skip
    return decide((policy,), request)


def _is_open(asked: Asked, effect: Effect | None) -> bool:
    """Whether the policy lets the caller: a public one may be restricted to the own account."""
    if effect is not Effect.ALLOW:
        return False
    bucket = asked.the_bucket
    restricted = guarding.blocks(bucket, RESTRICT) and guarding.has_public_policy(bucket)
    return _is_inside(asked) or not restricted


def _is_inside(asked: Asked) -> bool:
    """Whether the caller is of the account that owns the bucket."""
    return asked.who is not None and asked.who.account_id == asked.the_bucket.owner.account_id


def _check_payment(asked: Asked) -> None:
    """Where the requester pays, who is of another account says so, or has no access."""
    if not guarding.requester_pays(asked.the_bucket) or _is_inside(asked):
        return
    says = asked.headers.get(_PAYER, asked.query.get(_PAYER, ""))
    if asked.who is None or says.lower() != "requester":
        raise ACCESS_DENIED(reason=f"Here the requester pays. Sign, and send {_PAYER}: requester.")


def _keeps_policy(asked: Asked) -> bool:
    """Whether the bucket's owner asks for the policy itself, and has not given that up."""
    bucket = asked.the_bucket
    own = asked.action.name in POLICY_ACTIONS and acl.owns(bucket.owner, asked.who)
    return own and not guarding.binds_owner(bucket)


def _denied(what: str) -> Exception:
    if what == "policy":
        return ACCESS_DENIED(reason="The policy of the bucket denies it.")
    return ACCESS_DENIED(reason=f"The {what} belongs to another account, and is not shared.")
