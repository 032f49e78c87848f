# SPDX-License-Identifier: BSD-2-Clause
"""Who may do what, against a model of a few sentences: every action, with any ACLs, owners,
policy, guards and callers. The model has a table of its own; an action that it lacks fails."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eucalyptus.access.principals import Principal
from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import ACTIONS, PREFLIGHT
from eucalyptus.contracts.s3_access import ALL_AUTHENTICATED, ALL_USERS, PERMISSIONS, Action
from tests.walrus.serving import ALICE, BOB
from walrus.core import guarding
from walrus.core.asking import Arrival, Asked
from walrus.core.keys import Target
from walrus.core.permitting import permit, require
from walrus.core.records import Acl, Bucket, Grant, Owner, Stored

NOW = datetime(2026, 1, 1, tzinfo=UTC)
A, B = ALICE.principal, BOB.principal
ERIN = replace(A, user_id="AIDERIN", user_name="erin", is_account_admin=False)
CALLERS: Mapping[str, Principal | None] = {"nobody": None, "alice": A, "erin": ERIN, "bob": B}

TABLE = """
DeleteBucket                        bucket OWN       DeleteBucket
HeadBucket                          bucket READ      ListBucket
ListObjects                         bucket READ      ListBucket
ListObjectVersions                  bucket READ      ListBucketVersions
ListMultipartUploads                bucket READ      ListBucketMultipartUploads
GetBucketLocation                   bucket OWN       GetBucketLocation
GetBucketAcl                        bucket READ_ACP  GetBucketAcl
PutBucketAcl                        bucket WRITE_ACP PutBucketAcl
GetBucketVersioning                 bucket OWN       GetBucketVersioning
PutBucketVersioning                 bucket OWN       PutBucketVersioning
GetBucketTagging                    bucket OWN       GetBucketTagging
PutBucketTagging                    bucket OWN       PutBucketTagging
DeleteBucketTagging                 bucket OWN       PutBucketTagging
GetBucketCors                       bucket OWN       GetBucketCORS
PutBucketCors                       bucket OWN       PutBucketCORS
DeleteBucketCors                    bucket OWN       PutBucketCORS
GetBucketEncryption                 bucket OWN       GetEncryptionConfiguration
PutBucketEncryption                 bucket OWN       PutEncryptionConfiguration
DeleteBucketEncryption              bucket OWN       PutEncryptionConfiguration
GetBucketLifecycleConfiguration     bucket OWN       GetLifecycleConfiguration
PutBucketLifecycleConfiguration     bucket OWN       PutLifecycleConfiguration
DeleteBucketLifecycle               bucket OWN       PutLifecycleConfiguration
GetObjectLockConfiguration          bucket OWN       GetBucketObjectLockConfiguration
PutObjectLockConfiguration          bucket OWN       PutBucketObjectLockConfiguration
GetBucketPolicy                     bucket OWN       GetBucketPolicy
PutBucketPolicy                     bucket OWN       PutBucketPolicy
DeleteBucketPolicy                  bucket OWN       DeleteBucketPolicy
GetBucketPolicyStatus               bucket OWN       GetBucketPolicyStatus
GetPublicAccessBlock                bucket OWN       GetBucketPublicAccessBlock
PutPublicAccessBlock                bucket OWN       PutBucketPublicAccessBlock
DeletePublicAccessBlock             bucket OWN       PutBucketPublicAccessBlock
GetBucketOwnershipControls          bucket OWN       GetBucketOwnershipControls
PutBucketOwnershipControls          bucket OWN       PutBucketOwnershipControls
DeleteBucketOwnershipControls       bucket OWN       PutBucketOwnershipControls
GetBucketRequestPayment             bucket OWN       GetBucketRequestPayment
PutBucketRequestPayment             bucket OWN       PutBucketRequestPayment
GetBucketLogging                    bucket OWN       GetBucketLogging
PutBucketLogging                    bucket OWN       PutBucketLogging
GetBucketWebsite                    bucket OWN       GetBucketWebsite
DeleteBucketWebsite                 bucket OWN       DeleteBucketWebsite
GetBucketReplication                bucket OWN       GetReplicationConfiguration
DeleteBucketReplication             bucket OWN       PutReplicationConfiguration
GetBucketNotificationConfiguration  bucket OWN       GetBucketNotification
PutBucketNotificationConfiguration  bucket OWN       PutBucketNotification
GetBucketAccelerateConfiguration    bucket OWN       GetAccelerateConfiguration
PostObject                          bucket WRITE     PutObject
PutObject                           bucket WRITE     PutObject
CopyObject                          bucket WRITE     PutObject
CreateMultipartUpload               bucket WRITE     PutObject
UploadPart                          bucket WRITE     PutObject
UploadPartCopy                      bucket WRITE     PutObject
CompleteMultipartUpload             bucket WRITE     PutObject
AbortMultipartUpload                bucket WRITE     AbortMultipartUpload
ListParts                           bucket WRITE     ListMultipartUploadParts
DeleteObject                        bucket WRITE     DeleteObject         DeleteObjectVersion
GetObject                           object READ      GetObject            GetObjectVersion
HeadObject                          object READ      GetObject            GetObjectVersion
GetObjectAttributes                 object READ      GetObjectAttributes  GetObjectVersionAttributes
GetObjectAcl                        object READ_ACP  GetObjectAcl         GetObjectVersionAcl
PutObjectAcl                        object WRITE_ACP PutObjectAcl         PutObjectVersionAcl
GetObjectTagging                    object OWN       GetObjectTagging     GetObjectVersionTagging
PutObjectTagging                    object OWN       PutObjectTagging     PutObjectVersionTagging
DeleteObjectTagging                 object OWN       DeleteObjectTagging  DeleteObjectVersionTagging
GetObjectRetention                  object OWN       GetObjectRetention   GetObjectRetention
PutObjectRetention                  object OWN       PutObjectRetention   PutObjectRetention
GetObjectLegalHold                  object OWN       GetObjectLegalHold   GetObjectLegalHold
PutObjectLegalHold                  object OWN       PutObjectLegalHold   PutObjectLegalHold
"""
MODEL = {row[0]: row[1:] for row in map(str.split, TABLE.strip().splitlines())}
OTHERWISE = {"ListBuckets", "CreateBucket", "DeleteObjects"}
"""One's own account; or each key for itself."""
KEPT = {"GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"}


@dataclass(frozen=True, kw_only=True)
class State:
    """Everything that may matter. ``bucket`` and ``stored`` are ACLs as (grantee, permission);
    ``policy`` is (effect, principal, IAM action) of each statement."""

    caller: str
    bucket: tuple[tuple[str, str], ...]
    stored: tuple[tuple[str, str], ...]
    bobs: bool
    there: bool
    version: bool
    policy: tuple[tuple[str, str, str], ...]
    ignores: bool
    restricts: bool
    enforced: bool
    pays: bool


GRANTS = st.lists(
    st.tuples(st.sampled_from(["all", "users", "bob"]), st.sampled_from(PERMISSIONS)), max_size=2
).map(tuple)


def states(action: Action) -> st.SearchStrategy[State]:
    """States in which this action's own IAM actions are often spoken of."""
    _, _, *names = MODEL[action.name]
    rarely = st.sampled_from([False, False, False, True])
    statement = st.tuples(
        st.sampled_from(["Allow", "Allow", "Deny"]), st.sampled_from(["*", "bob", "erin", "acct"]),
        st.sampled_from([*names, "ListBucket", "*"]),
    )  # fmt: skip
    return st.builds(
        State, caller=st.sampled_from(sorted(CALLERS)), bucket=GRANTS, stored=GRANTS,
        bobs=rarely, there=rarely.map(lambda one: not one), version=st.booleans(),
        policy=st.lists(statement, max_size=2).map(tuple), ignores=rarely, restricts=rarely,
        enforced=rarely, pays=rarely,
    )  # fmt: skip


# --- the model -----------------------------------------------------------------------------------


def spoken(state: State, effect: str, name: str) -> bool:
    """Whether the policy says ``effect`` of the IAM action to the caller."""
    meant = {"nobody": {"*"}, "alice": {"*", "acct"}, "erin": {"*", "erin"}, "bob": {"*", "bob"}}
    if effect == "Deny":
        meant["erin"].add("acct")
    return any(
        what == effect and whom in meant[state.caller] and action in (name, "*")
        for what, whom, action in state.policy
    )


def granted(state: State, acl: tuple[tuple[str, str], ...], permission: str) -> bool:
    """Whether an ACL that counts grants it to the caller."""
    groups = {"all"} if state.caller == "nobody" else {"all", "users"}
    if state.ignores:
        groups = set()
    # Full control is of the ACL's permissions, and no ownership.
    return (
        not state.enforced
        and permission != "OWN"
        and any(
            what in (permission, "FULL_CONTROL") and (whom in groups or whom == state.caller)
            for whom, what in acl
        )
    )


def may(state: State, level: str, permission: str, name: str) -> bool:
    """One thing, without what denies."""
    owner = "bob" if level == "object" and state.bobs and not state.enforced else "alice"
    if state.caller == owner:
        return True
    if granted(state, state.bucket if level == "bucket" else state.stored, permission):
        return True
    public = any(what == "Allow" and whom == "*" for what, whom, _ in state.policy)
    shut = state.restricts and public and state.caller in ("nobody", "bob")
    return owner == "alice" and spoken(state, "Allow", name) and not shut


def model(action: str, state: State) -> bool:
    """The sentences: a Deny wins but over the owner's hold on the policy, which no other account
    gets; where the requester pays,
    strangers do not get in; owners may; then ACLs and policies. What is not there is told of to
    those who may list."""
    level, permission, name, *of_version = MODEL[action]
    if state.version and of_version:
        name = of_version[0]
    if spoken(state, "Deny", name) and not (action in KEPT and state.caller == "alice"):
        return False
    if state.pays and state.caller in ("nobody", "bob"):
        return False
    if level == "object" and not state.there:
        return not spoken(state, "Deny", "ListBucket") and may(
            state, "bucket", "READ", "ListBucket"
        )
    if action in KEPT and state.caller in ("nobody", "bob"):
        return False
    return may(state, level, permission, name)


# --- the thing itself ----------------------------------------------------------------------------


def acl_of(grants: tuple[tuple[str, str], ...]) -> Acl:
    """A list of grants."""
    groups = {"all": ALL_USERS, "users": ALL_AUTHENTICATED}
    return tuple(
        Grant(permission=what, group=groups[whom]) if whom in groups
        else Grant(permission=what, canonical_id=B.canonical_id, name="b")
        for whom, what in grants
    )  # fmt: skip


def policy_of(state: State) -> str:
    """The policy's document."""
    arns = {"*": "*", "bob": B.account_id, "acct": A.account_id, "erin": ERIN.arn}
    statements = [
        {"Effect": effect, "Principal": {"AWS": arns[whom]}, "Resource": "*",
         "Action": "*" if name == "*" else f"s3:{name}"}
        for effect, whom, name in state.policy
    ]  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def asked_of(action: Action, level: str, state: State) -> Asked:
    """The request with what was found."""
    guards = {
        guarding.BLOCK: guarding.block_text(frozenset(
            name for name, on in (("IgnorePublicAcls", state.ignores),
                                  ("RestrictPublicBuckets", state.restricts)) if on
        )),
        guarding.PAYER: "Requester" if state.pays else "BucketOwner",
        guarding.OWNERSHIP: "BucketOwnerEnforced" if state.enforced else "ObjectWriter",
    }  # fmt: skip
    if state.policy:
        guards[guarding.POLICY] = policy_of(state)
    bucket = Bucket(
        name="mine", owner=Owner.of(A), acl=acl_of(state.bucket), created=NOW, settings=guards
    )
    stored = Stored(
        bucket="mine", key="k", blob="x", size=0, etag="", sha256="", content_type="",
        acl=acl_of(state.stored), owner=Owner.of(B if state.bobs else A), modified=NOW,
    )  # fmt: skip
    return Asked(
        action=action, target=Target(bucket="mine", key="k" if level == "object" else ""),
        request_id="r", headers={}, query={"versionId": "v"} if state.version else {},
        who=CALLERS[state.caller], bucket=bucket, arrival=Arrival(at=NOW, source="10.0.0.1"),
        stored=stored if level == "object" and state.there else None,
    )  # fmt: skip


def permits(asked: Asked) -> bool:
    """Whether the gate opens."""
    try:
        permit(asked)
    except Refused as refused:
        kept = asked.action.name in KEPT and asked.who in (None, B)
        expected = {"AccessDenied", "MethodNotAllowed"} if kept else {"AccessDenied"}
        assert refused.refusal.code in expected
        return False
    return True


PLACES = {action.name: (place[0], action) for place, action in ACTIONS.items()}


def test_s60_the_model_knows_every_action() -> None:
    """A new one is in the matrix, or fails here."""
    assert set(MODEL) | OTHERWISE == set(PLACES) - {PREFLIGHT.name}


@pytest.mark.parametrize(
    "name", [pytest.param(name, id=f"S-60 S-61 S-62 {name}") for name in sorted(MODEL)]
)
def test_matrix(name: str) -> None:
    """The gate and the model agree."""
    level, action = PLACES[name]

    @settings(max_examples=60, deadline=None)
    @given(states(action))
    def agree(state: State) -> None:
        assert permits(asked_of(action, level, state)) == model(name, state)

    agree()


def state_of(**more: Any) -> State:
    """Alice's bucket and object, Bob asks."""
    usual: dict[str, Any] = {
        "caller": "bob", "bucket": (), "stored": (), "bobs": False, "there": True,
        "version": False, "policy": (), "ignores": False, "restricts": False, "enforced": False,
        "pays": False,
    }  # fmt: skip
    return State(**{**usual, **more})


@pytest.mark.parametrize(
    ("allowed", "version"),
    [
        pytest.param("GetObject", False, id="S-61 CVE-2016-8520 object"),
        pytest.param("GetObjectVersion", True, id="S-61 CVE-2016-8520 version"),
    ],
)
def test_versions_are_allowed_by_name(allowed: str, version: bool) -> None:
    """Who may read the object may not read its versions, and the other way round."""
    _, action = PLACES["GetObject"]
    policy = (("Allow", "bob", allowed),)
    for asks in (False, True):
        state = state_of(policy=policy, version=asks)
        assert permits(asked_of(action, "object", state)) == (asks == version)


@pytest.mark.parametrize(
    ("more", "may"),
    [
        ({"caller": "alice"}, True), ({}, False), ({"caller": "nobody"}, False),
        ({"policy": (("Allow", "bob", "BypassGovernanceRetention"),)}, True),
        ({"caller": "alice", "policy": (("Deny", "*", "*"),)}, False),
        ({"bucket": (("bob", "FULL_CONTROL"),)}, False),
    ],
)  # fmt: skip
def test_further_rights(more: dict[str, Any], may: bool) -> None:
    """They are the owner's or a policy's to give, not an ACL's."""
    _, action = PLACES["DeleteObject"]
    asked = asked_of(action, "object", state_of(**more))
    if may:
        require(asked, "s3:BypassGovernanceRetention")
    else:
        with pytest.raises(Refused, match="BypassGovernanceRetention"):
            require(asked, "s3:BypassGovernanceRetention")
