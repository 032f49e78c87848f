# SPDX-License-Identifier: BSD-2-Clause
"""Ownership controls, blocks of public access and who pays, with boto3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.walrus.serving import BOB, Served, blocking
from tests.walrus.web.policing import ALICES, BOBS, FIRST, PUBLIC, anonymous, policy
from tests.walrus.web.test_boto3 import code_of

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
