# SPDX-License-Identifier: BSD-2-Clause
"""What guards a bucket beside its ACL: its policy, its ownership controls, its block of public
access, who pays. Each is kept as a text, by kind; here the texts get their meaning."""

from __future__ import annotations

from functools import lru_cache

from eucalyptus.access.policies import documents
from eucalyptus.access.policies.documents import BadPolicy, Policy, Rules
from eucalyptus.access.policies.patterns import compiled
from eucalyptus.access.policies.publicity import is_public
from eucalyptus.contracts.s3_access import (
    BLOCKS,
    LONGEST_POLICY,
    MALFORMED_POLICY,
    REQUESTER,
    WRITER,
)
from walrus.core.circumstances import is_known
from walrus.core.records import Bucket

POLICY, BINDING = "policy", "policy-binds-owner"
OWNERSHIP, BLOCK, PAYER = "ownership", "public-access-block", "payer"
KINDS = (POLICY, BINDING, OWNERSHIP, BLOCK, PAYER)
LOCATION = "location"
_ARN = "arn:aws:s3:::"


def arn(bucket: str, key: str = "") -> str:
    """The ARN of a bucket or of an object."""
    return f"{_ARN}{bucket}/{key}" if key else f"{_ARN}{bucket}"


def policy_of(bucket: Bucket) -> Policy | None:
    """The bucket's policy."""
    text = bucket.settings.get(POLICY)
    return None if text is None else read_policy(text, bucket.name)


@lru_cache(maxsize=1024)
def read_policy(text: str, bucket: str) -> Policy:
    """Read a bucket's policy; raises MALFORMED_POLICY."""
    rules = Rules(longest=LONGEST_POLICY, has_principals=True, resource=arn(bucket))
    try:
        policy = documents.parse(text, rules)
        for statement in policy.statements:
            for action in statement.action_texts:
                _check_action(action)
            for resource in statement.resource_texts:
                _check_resource(resource, bucket)
            for condition in statement.conditions:
                if not is_known(condition.key):
                    raise BadPolicy(f"there is no condition key {condition.key[:60]!r}")
    except BadPolicy as wrong:
        raise MALFORMED_POLICY(reason=str(wrong)) from wrong
    return policy


def _check_action(action: str) -> None:
    if action != "*" and not action.lower().startswith("s3:"):
        raise BadPolicy(f"{action[:60]!r} is no action of S3")


def _check_resource(resource: str, bucket: str) -> None:
    """A policy speaks of its own bucket."""
    name, _, _ = resource.removeprefix(_ARN).partition("/")
    own = resource.startswith(_ARN) and compiled(name, variables=False).matches(bucket, {})
    if resource != "*" and not own:
        raise BadPolicy(f"{resource[:120]!r} is not in bucket {bucket}")


def has_public_policy(bucket: Bucket) -> bool:
    """Whether the bucket's policy lets everybody do something."""
    policy = policy_of(bucket)
    return policy is not None and is_public(policy)


def binds_owner(bucket: Bucket) -> bool:
    """Whether the policy holds for the owner's own access to it, as the owner confirmed."""
    return BINDING in bucket.settings


def ownership(bucket: Bucket) -> str:
    """Who owns what others put."""
    return bucket.settings.get(OWNERSHIP, WRITER)


def blocks(bucket: Bucket, what: str) -> bool:
    """Whether the bucket's block of public access has this one of ``BLOCKS``."""
    return what in bucket.settings.get(BLOCK, "").split()


def requester_pays(bucket: Bucket) -> bool:
    """Whether only those have access, beside the owner's account, who agree to pay."""
    return bucket.settings.get(PAYER) == REQUESTER


def block_text(wanted: frozenset[str]) -> str:
    """What is kept of a block of public access."""
    return " ".join(name for name in BLOCKS if name in wanted)
