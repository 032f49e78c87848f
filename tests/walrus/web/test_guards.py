# SPDX-License-Identifier: BSD-2-Clause
"""Policies, ownership controls, blocks of public access and who pays, with boto3."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import ACTIONS, BUCKET
from tests.fixtures.reactor import spin
from tests.walrus.serving import ALICE, BOB, Served, blocking
from tests.walrus.web.test_boto3 import code_of
from walrus.core.asking import Asked
from walrus.core.keys import Target
from walrus.core.records import Bucket, Owner
from walrus.operations.guards import put_bucket_policy

ALICES, BOBS = ALICE.principal, BOB.principal
FIRST: dict[str, Any] = {"Bucket": "first"}


def policy(**more: Any) -> str:
    """Allows Bob to read what is in the bucket, unless ``more`` says otherwise."""
    usual = {
        "Effect": "Allow", "Principal": {"AWS": BOBS.account_id}, "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::first/*",
    }  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": [{**usual, **more}]})


PUBLIC = policy(Principal="*")


def anonymous(served: Served, key: str = "k", more: str = "") -> bytes:
    """What nobody in particular gets."""
    head = f"GET /services/objectstorage/first/{key} HTTP/1.1\nhost: h\nconnection: close\n"
    return served.raw(f"{head}{more}\n")


@pytest.fixture
def filled(served: Served) -> Served:
    """Alice's bucket with an object."""
    alice = served.boto3()
    blocking(lambda: (alice.create_bucket(**FIRST), alice.put_object(**FIRST, Key="k", Body=b"1")))
    return served


def test_a_policy_is_kept_as_it_was_put(filled: Served) -> None:
    """It opens what it says, until it is deleted."""
    alice, bob = filled.boto3(), filled.boto3(BOB)

    def talk() -> None:
        assert code_of(alice.get_bucket_policy, **FIRST) == "NoSuchBucketPolicy"
        text = policy() + "\n"
        alice.put_bucket_policy(**FIRST, Policy=text)
        assert alice.get_bucket_policy(**FIRST)["Policy"] == text
        assert bob.get_object(**FIRST, Key="k")["Body"].read() == b"1"
        assert code_of(bob.get_object, **FIRST, Key="none") == "AccessDenied"
        assert code_of(bob.list_objects_v2, **FIRST) == "AccessDenied"
        assert code_of(bob.get_bucket_policy, **FIRST) == "AccessDenied"
        alice.delete_bucket_policy(**FIRST)
        alice.delete_bucket_policy(**FIRST)
        assert code_of(bob.get_object, **FIRST, Key="k") == "AccessDenied"

    blocking(talk)


BAD_POLICIES = [
    pytest.param(policy(Resource="arn:aws:s3:::second/*"), id="S-64 foreign bucket"),
    pytest.param(policy(Resource="arn:aws:s3:::firs"), id="S-64 bucket whose name begins alike"),
    pytest.param(policy(Resource="arn:aws:ec2:::first"), id="S-64 foreign service"),
    pytest.param(policy(Action="ec2:*"), id="S-64 foreign action"),
    pytest.param(policy()[:-1], id="S-64 no JSON"),
    pytest.param(policy() + " " * 20 * 1024, id="S-64 longer than 20 KiB"),
]


@pytest.mark.parametrize("text", BAD_POLICIES)
def test_bad_policies_change_nothing(filled: Served, text: str) -> None:
    """MalformedPolicy, and the old one stays."""
    alice = filled.boto3()

    def talk() -> None:
        alice.put_bucket_policy(**FIRST, Policy=policy())
        assert code_of(alice.put_bucket_policy, **FIRST, Policy=text) == "MalformedPolicy"
        assert alice.get_bucket_policy(**FIRST)["Policy"] == policy()

    blocking(talk)


def test_a_policy_is_text(filled: Served) -> None:
    """Bytes that are no UTF-8 are no policy."""
    bucket = Bucket(name="first", owner=Owner.of(ALICES), acl=(), created=datetime.now(UTC))
    asked = Asked(
        action=ACTIONS[(BUCKET, "PUT", "policy")], target=Target(bucket="first"), request_id="r",
        headers={}, query={}, body=b"\xff", bucket=bucket,
    )  # fmt: skip
    with pytest.raises(Refused, match="UTF-8"):
        spin(put_bucket_policy(filled.world, asked))


@pytest.mark.parametrize("confirmed", [False, True], ids=["S-64 kept", "S-64 given up"])
def test_who_locks_themselves_out(filled: Served, confirmed: bool) -> None:
    """The owner keeps the policy itself, unless the owner says not to."""
    alice = filled.boto3()
    deny = policy(Effect="Deny", Principal="*", Action="*", Resource=["arn:aws:s3:::first*"])

    def talk() -> None:
        alice.put_bucket_policy(**FIRST, Policy=deny, ConfirmRemoveSelfBucketAccess=confirmed)
        assert code_of(alice.get_object, **FIRST, Key="k") == "AccessDenied"
        assert code_of(alice.list_objects_v2, **FIRST) == "AccessDenied"
        if confirmed:
            assert code_of(alice.delete_bucket_policy, **FIRST) == "AccessDenied"
        else:
            alice.delete_bucket_policy(**FIRST)
            alice.get_object(**FIRST, Key="k")

    blocking(talk)


CONDITIONS = [
    pytest.param({"IpAddress": {"aws:SourceIp": "127.0.0.1"}}, True, id="S-64 source"),
    pytest.param({"IpAddress": {"aws:SourceIp": "10.0.0.1"}}, False, id="S-64 spoofed source"),
    pytest.param({"Bool": {"aws:SecureTransport": "false"}}, True, id="S-64 no TLS"),
    pytest.param({"Bool": {"aws:SecureTransport": "true"}}, False, id="S-64 TLS"),
    pytest.param({"StringLike": {"aws:Referer": "http://h/*"}}, True, id="S-64 referer"),
    pytest.param({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01"}}, True, id="S-64 date"),
    pytest.param({"NumericLessThan": {"aws:EpochTime": "1"}}, False, id="S-64 epoch"),
    pytest.param({"StringEquals": {"aws:PrincipalType": "Anonymous"}}, True, id="S-64 kind"),
    pytest.param({"Null": {"aws:userid": "true"}}, True, id="S-64 nobody"),
]


@pytest.mark.parametrize(("condition", "opens"), CONDITIONS)
def test_conditions(filled: Served, condition: dict[str, Any], opens: bool) -> None:
    """What the request is, not what it says of itself."""
    alice = filled.boto3()
    text = policy(Principal="*", Condition=condition)
    blocking(lambda: alice.put_bucket_policy(**FIRST, Policy=text))
    said = anonymous(filled, more="X-Forwarded-For: 10.0.0.1\nReferer: http://h/x\n")
    assert (b" 200 " in said) == opens, said


SIGNED = [
    ({"StringEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}}, {}, True),
    ({"StringEquals": {"s3:authType": "REST-HEADER"}}, {}, True),
    ({"NumericGreaterThan": {"s3:signatureAge": "600000"}}, {}, False),
    ({"StringEquals": {"s3:x-amz-acl": "public-read"}}, {"ACL": "public-read"}, True),
    ({"StringEquals": {"s3:x-amz-acl": "public-read"}}, {"ACL": "private"}, False),
    ({"StringEquals": {"s3:RequestObjectTag/team": "red"}}, {"Tagging": "team=red"}, True),
    ({"ForAllValues:StringEquals": {"s3:RequestObjectTagKeys": ["team"]}},
     {"Tagging": "team=red&x=y"}, False),
    ({"StringEquals": {"aws:PrincipalAccount": BOBS.account_id}}, {}, True),
    ({"StringEquals": {"aws:username": "admin"}}, {}, True),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "more", "opens"), SIGNED)
def test_conditions_on_a_put(
    filled: Served, condition: dict[str, Any], more: dict[str, str], opens: bool
) -> None:
    """The headers that a request brings, and how it is signed."""
    alice, bob = filled.boto3(), filled.boto3(BOB)

    def talk() -> None:
        text = policy(Action="s3:PutObject", Condition=condition)
        alice.put_bucket_policy(**FIRST, Policy=text)
        put: dict[str, Any] = {**FIRST, "Key": "b", "Body": b"", **more}
        if opens:
            bob.put_object(**put)
        else:
            assert code_of(bob.put_object, **put) == "AccessDenied"

    blocking(talk)


def test_tags_in_a_document_are_seen(filled: Served) -> None:
    """Though the gate could not see them."""
    alice, bob = filled.boto3(), filled.boto3(BOB)
    condition = {"StringEquals": {"s3:RequestObjectTag/team": "red"}}

    def tag(value: str) -> dict[str, Any]:
        return {**FIRST, "Key": "k", "Tagging": {"TagSet": [{"Key": "team", "Value": value}]}}

    def talk() -> None:
        allow = policy(Action="s3:PutObjectTagging")
        deny = policy(Action="s3:PutObjectTagging", Effect="Deny", Condition=condition)
        both = [json.loads(text)["Statement"][0] for text in (allow, deny)]
        alice.put_bucket_policy(**FIRST, Policy=json.dumps({"Statement": both}))
        bob.put_object_tagging(**tag("blue"))
        assert code_of(bob.put_object_tagging, **tag("red")) == "AccessDenied"
        assert alice.get_object_tagging(**FIRST, Key="k")["TagSet"][0]["Value"] == "blue"

    blocking(talk)


# --- public access -------------------------------------------------------------------------------


def block(*names: str) -> dict[str, Any]:
    """A block of public access."""
    return {"PublicAccessBlockConfiguration": dict.fromkeys(names, True)}


def test_blocks_of_public_access(filled: Served) -> None:
    """Each of the four does what it is named for, while it is in force."""
    alice, bob = filled.boto3(), filled.boto3(BOB)

    def put(*names: str) -> None:
        alice.put_public_access_block(**FIRST, **block(*names))

    def talk() -> None:
        code = code_of(alice.get_public_access_block, **FIRST)
        assert code == "NoSuchPublicAccessBlockConfiguration"
        put("BlockPublicAcls")
        assert code_of(alice.put_bucket_acl, **FIRST, ACL="public-read") == "AccessDenied"
        open_ = {**FIRST, "Key": "open", "Body": b"", "ACL": "public-read"}
        assert code_of(alice.put_object, **open_) == "AccessDenied"
        put("BlockPublicPolicy")
        kept = alice.get_public_access_block(**FIRST)["PublicAccessBlockConfiguration"]
        assert [name for name, on in kept.items() if on] == ["BlockPublicPolicy"]
        assert code_of(alice.put_bucket_policy, **FIRST, Policy=PUBLIC) == "AccessDenied"
        alice.put_object(**open_)
        bob.get_object(**FIRST, Key="open")
        put("IgnorePublicAcls")
        assert code_of(bob.get_object, **FIRST, Key="open") == "AccessDenied"
        put("RestrictPublicBuckets")
        alice.put_bucket_policy(**FIRST, Policy=PUBLIC)
        assert code_of(bob.get_object, **FIRST, Key="k") == "AccessDenied"
        assert alice.get_bucket_policy_status(**FIRST)["PolicyStatus"]["IsPublic"]
        alice.delete_public_access_block(**FIRST)
        bob.get_object(**FIRST, Key="k")

    blocking(talk)


# --- ownership -----------------------------------------------------------------------------------


def controls(kind: str) -> dict[str, Any]:
    """Ownership controls."""
    return {"OwnershipControls": {"Rules": [{"ObjectOwnership": kind}]}}


def test_ownership_controls(filled: Served) -> None:
    """Whose an object is that Bob puts, and that ACLs end where the bucket's owner has all."""
    alice, bob = filled.boto3(), filled.boto3(BOB)

    def owner(key: str, **more: str) -> str:
        bob.put_object(**FIRST, Key=key, Body=b"", **more)
        return str(bob.get_object_acl(**FIRST, Key=key)["Owner"]["DisplayName"])

    def talk() -> None:
        everything = policy(Action="*", Resource=["arn:aws:s3:::first", "arn:aws:s3:::first/*"])
        alice.put_bucket_policy(**FIRST, Policy=everything)
        code = code_of(alice.get_bucket_ownership_controls, **FIRST)
        assert code == "OwnershipControlsNotFoundError"
        assert owner("by default") == "b"
        alice.put_bucket_ownership_controls(**FIRST, **controls("BucketOwnerPreferred"))
        assert owner("preferred") == "b"
        assert owner("given", ACL="bucket-owner-full-control") == "a"
        alice.put_bucket_ownership_controls(**FIRST, **controls("BucketOwnerEnforced"))
        assert owner("enforced") == owner("twice", ACL="bucket-owner-full-control") == "a"
        # Also what was Bob's before.
        assert alice.get_object_acl(**FIRST, Key="preferred")["Owner"]["DisplayName"] == "a"
        refused: list[Callable[[], Any]] = [
            lambda: bob.put_object(**FIRST, Key="k", Body=b"", ACL="private"),
            lambda: bob.put_object(**FIRST, Key="k", Body=b"", GrantRead=f"id={'a' * 64}"),
            lambda: alice.put_object_acl(**FIRST, Key="k", ACL="private"),
            lambda: alice.put_bucket_acl(**FIRST, ACL="private"),
        ]
        for call in refused:
            assert code_of(call) == "AccessControlListNotSupported"
        alice.delete_bucket_ownership_controls(**FIRST)
        assert owner("again") == "b"

    blocking(talk)


def test_ownership_at_creation(served: Served) -> None:
    """By header; an ACL that it would silence is refused."""
    alice = served.boto3()
    enforced = {"ObjectOwnership": "BucketOwnerEnforced"}

    def talk() -> None:
        code = code_of(alice.create_bucket, **FIRST, **enforced, ACL="public-read")
        assert code == "InvalidBucketAclWithObjectOwnership"
        assert code_of(alice.create_bucket, **FIRST, ObjectOwnership="Mine") == "InvalidArgument"
        alice.create_bucket(**FIRST, **enforced)
        rules = alice.get_bucket_ownership_controls(**FIRST)["OwnershipControls"]["Rules"]
        assert rules == [enforced]
        alice.delete_bucket_ownership_controls(**FIRST)
        alice.put_bucket_acl(**FIRST, ACL="public-read")
        code = code_of(
            alice.put_bucket_ownership_controls, **FIRST, **controls(enforced.popitem()[1])
        )
        assert code == "InvalidBucketAclWithObjectOwnership"

    blocking(talk)


# --- the rest ------------------------------------------------------------------------------------


def test_requesters_pay(filled: Served) -> None:
    """Those of other accounts say so, or get nothing."""
    alice, bob = filled.boto3(), filled.boto3(BOB)

    def talk() -> None:
        assert alice.get_bucket_request_payment(**FIRST)["Payer"] == "BucketOwner"
        alice.put_bucket_policy(**FIRST, Policy=PUBLIC)
        requester = {"RequestPaymentConfiguration": {"Payer": "Requester"}}
        alice.put_bucket_request_payment(**FIRST, **requester)
        assert alice.get_bucket_request_payment(**FIRST)["Payer"] == "Requester"
        alice.get_object(**FIRST, Key="k")
        assert code_of(bob.get_object, **FIRST, Key="k") == "AccessDenied"
        bob.get_object(**FIRST, Key="k", RequestPayer="requester")
        requester["RequestPaymentConfiguration"]["Payer"] = "Nobody"
        assert code_of(alice.put_bucket_request_payment, **FIRST, **requester) == "MalformedXML"

    blocking(talk)
    assert b"AccessDenied" in anonymous(filled, more="x-amz-request-payer: requester\n")


def test_what_the_cloud_has_not(filled: Served) -> None:
    """Asked for, it is as in a bucket without; set, it is refused."""
    alice = filled.boto3()
    queue = {"QueueArn": "arn:aws:sqs:::q", "Events": ["s3:ObjectCreated:*"]}

    def told(*queues: dict[str, Any]) -> dict[str, Any]:
        return {**FIRST, "NotificationConfiguration": {"QueueConfigurations": list(queues)}}

    def talk() -> None:
        assert code_of(alice.get_bucket_website, **FIRST) == "NoSuchWebsiteConfiguration"
        code = code_of(alice.get_bucket_replication, **FIRST)
        assert code == "ReplicationConfigurationNotFoundError"
        alice.delete_bucket_website(**FIRST)
        alice.delete_bucket_replication(**FIRST)
        alice.put_bucket_notification_configuration(**told())
        assert "QueueConfigurations" not in alice.get_bucket_notification_configuration(**FIRST)
        code = code_of(alice.put_bucket_notification_configuration, **told(queue))
        assert code == "NotImplemented"
        assert "Status" not in alice.get_bucket_accelerate_configuration(**FIRST)
        assert code_of(alice.get_object_torrent, **FIRST, Key="k") == "NotImplemented"
        alice.create_bucket(
            Bucket="here", CreateBucketConfiguration={"LocationConstraint": "eucalyptus"}
        )
        assert alice.get_bucket_location(Bucket="here")["LocationConstraint"] == "eucalyptus"

    blocking(talk)


def test_whose_a_bucket_must_be(filled: Served) -> None:
    """Who expects another owner is refused, also of what is copied from."""
    alice = filled.boto3()
    mine, bobs = ALICES.account_id, BOBS.account_id

    def talk() -> None:
        assert alice.get_object(**FIRST, Key="k", ExpectedBucketOwner=mine)["ContentLength"] == 1
        code = code_of(alice.get_object, **FIRST, Key="k", ExpectedBucketOwner=bobs)
        assert code == "AccessDenied"
        copy = {**FIRST, "Key": "c", "CopySource": "first/k", "ExpectedBucketOwner": mine}
        alice.copy_object(**copy, ExpectedSourceBucketOwner=mine)
        code = code_of(alice.copy_object, **copy, ExpectedSourceBucketOwner=bobs)
        assert code == "AccessDenied"

    blocking(talk)


def test_how_an_address_is_signed_is_seen(filled: Served) -> None:
    """Also where one request stands for two questions: may the caller know that a key is not
    there?"""
    alice, bob = filled.boto3(), filled.boto3(BOB)
    in_address = {"StringEquals": {
        "s3:authType": "REST-QUERY-STRING", "s3:signatureversion": "AWS4-HMAC-SHA256"
    }}  # fmt: skip
    listing = policy(
        Action=["s3:ListBucket", "s3:GetObject"], Condition=in_address,
        Resource=["arn:aws:s3:::first", "arn:aws:s3:::first/*"],
    )  # fmt: skip

    def status(key: str) -> int:
        url = bob.generate_presigned_url("get_object", Params={**FIRST, "Key": key})
        try:
            with urllib.request.urlopen(url) as reply:
                return int(reply.status)
        except urllib.error.HTTPError as refused:
            return refused.code

    def talk() -> None:
        alice.put_bucket_policy(**FIRST, Policy=listing)
        assert (status("k"), status("none")) == (200, 404)
        assert code_of(bob.get_object, **FIRST, Key="k") == "AccessDenied"

    blocking(talk)
