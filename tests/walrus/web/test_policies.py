# SPDX-License-Identifier: BSD-2-Clause
"""Policies of buckets, with boto3."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from eucalyptus.contracts.refusals import Refused
from eucalyptus.contracts.s3 import ACTIONS, BUCKET
from tests.fixtures.reactor import spin
from tests.walrus.serving import ALICE, BOB, Served, blocking
from tests.walrus.web.policing import ALICES, BOBS, FIRST, anonymous, policy
from tests.walrus.web.test_boto3 import code_of
from walrus.core.asking import Asked
from walrus.core.keys import Target
from walrus.core.records import Bucket, Owner
from walrus.operations.guards import put_bucket_policy


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
    pytest.param(
        policy(Condition={"Bool": {"aws:SecureTransprot": "true"}}), id="S-64 unknown key"
    ),
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


def test_a_policy_does_not_give_itself_away(filled: Served) -> None:
    """Other accounts may have everything but the policy; users of the owner's account, that too."""
    alice, bob = filled.boto3(), filled.boto3(BOB)
    erin = replace(ALICE, key_id="AKIERIN", principal=replace(
        ALICES, user_id="AIDERIN", user_name="erin", is_account_admin=False
    ))  # fmt: skip
    filled.people.keys[erin.key_id] = erin
    text = policy(Principal="*", Action="*", Resource="*")

    def talk() -> None:
        alice.put_bucket_policy(**FIRST, Policy=text)
        bob.list_objects_v2(**FIRST)
        for call, more in (
            (bob.get_bucket_policy, {}), (bob.delete_bucket_policy, {}),
            (bob.put_bucket_policy, {"Policy": policy()}),
        ):  # fmt: skip
            assert code_of(call, **FIRST, **more) == "MethodNotAllowed"
        assert filled.boto3(erin).get_bucket_policy(**FIRST)["Policy"] == text

    blocking(talk)


def test_tags_that_differ_in_case_are_both_seen(filled: Served) -> None:
    """Neither hides the other from a policy that denies."""
    alice, bob = filled.boto3(), filled.boto3(BOB)
    secret = {"StringEquals": {"s3:ExistingObjectTag/secret": "yes"}}

    def talk() -> None:
        both = [policy(), policy(Effect="Deny", Condition=secret)]
        statements = [json.loads(text)["Statement"][0] for text in both]
        alice.put_bucket_policy(**FIRST, Policy=json.dumps({"Statement": statements}))
        bob.get_object(**FIRST, Key="k")
        tags = [{"Key": "secret", "Value": "yes"}, {"Key": "SECRET", "Value": "no"}]
        for order in (tags, tags[::-1]):
            alice.put_object_tagging(**FIRST, Key="k", Tagging={"TagSet": order})
            assert code_of(bob.get_object, **FIRST, Key="k") == "AccessDenied"

    blocking(talk)
