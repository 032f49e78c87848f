# SPDX-License-Identifier: BSD-2-Clause
"""Where the log of a bucket may go."""

from __future__ import annotations

import json
from typing import Any

import pytest

from eucalyptus.contracts.refusals import Refused
from tests.walrus.serving import ALICE, BOB, Served, blocking
from tests.walrus.web.test_boto3 import code_of
from walrus.core import log_documents
from walrus.core.log_documents import LogTarget


def policy(**more: Any) -> str:
    """Lets logs of the bucket ``first`` be delivered to ``logs/a/``."""
    statement = {
        "Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject", "Resource": "arn:aws:s3:::logs/a/*",
        "Condition": {
            "ArnLike": {"aws:SourceArn": "arn:aws:s3:::first"},
            "StringEquals": {"aws:SourceAccount": ALICE.principal.account_id},
        },
    }  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **more}]})


def status(**more: Any) -> dict[str, Any]:
    """A wish for logs."""
    enabled = {"TargetBucket": "logs", "TargetPrefix": "a/", **more}
    return {"Bucket": "first", "BucketLoggingStatus": {"LoggingEnabled": enabled}}


@pytest.fixture
def pair(served: Served) -> Served:
    """A bucket, and one for logs, which are not yet let in."""
    alice = served.boto3()
    blocking(lambda: [alice.create_bucket(Bucket=name) for name in ("first", "logs", "other")])
    return served


def test_logs_go_where_they_are_let_in(pair: Served) -> None:
    """By policy, or by an ACL; and until they are not wanted any more."""
    alice = pair.boto3()

    def talk() -> None:
        assert "LoggingEnabled" not in alice.get_bucket_logging(Bucket="first")
        assert code_of(alice.put_bucket_logging, **status()) == "AccessDenied"
        alice.put_bucket_policy(Bucket="logs", Policy=policy())
        by_day = {"PartitionedPrefix": {"PartitionDateSource": "EventTime"}}
        formats: tuple[dict[str, Any], ...] = ({"SimplePrefix": {}}, by_day)
        for key_format in formats:
            alice.put_bucket_logging(**status(TargetObjectKeyFormat=key_format))
            kept = alice.get_bucket_logging(Bucket="first")["LoggingEnabled"]
            assert kept == {
                "TargetBucket": "logs", "TargetPrefix": "a/", "TargetObjectKeyFormat": key_format
            }  # fmt: skip
        alice.put_bucket_logging(Bucket="first", BucketLoggingStatus={})
        assert "LoggingEnabled" not in alice.get_bucket_logging(Bucket="first")
        alice.delete_bucket_policy(Bucket="logs")
        alice.put_bucket_acl(Bucket="logs", ACL="log-delivery-write")
        alice.put_bucket_logging(**status())

    blocking(talk)


REFUSED = [
    pytest.param({"Principal": "*"}, {}, "AccessDenied", id="S-73 let in people"),
    pytest.param({"Action": "s3:GetObject"}, {}, "AccessDenied", id="S-73 let read"),
    pytest.param({"Condition": {"StringEquals": {"aws:SourceAccount": "2" * 12}}}, {},
                 "AccessDenied", id="S-73 of another account"),
    pytest.param({}, {"TargetPrefix": "b/"}, "AccessDenied", id="S-73 elsewhere in the bucket"),
    pytest.param({}, {"TargetBucket": "none"}, "NoSuchKey", id="S-73 no such bucket"),
    pytest.param({}, {"TargetBucket": "other"}, "AccessDenied", id="S-73 foreign bucket"),
    pytest.param({}, {"TargetPrefix": "a" * 801}, "MalformedXML", id="S-73 long names"),
    pytest.param({}, {"TargetPrefix": "é" * 401}, "MalformedXML", id="S-73 long names in bytes"),
    pytest.param({}, {"TargetPrefix": "a/\r\nb"}, "MalformedXML", id="S-73 injection in names"),
]  # fmt: skip


@pytest.mark.parametrize(("policy_", "more", "code"), REFUSED)
def test_logs_go_nowhere_else(
    pair: Served, policy_: dict[str, Any], more: dict[str, Any], code: str
) -> None:
    """And nothing is kept of the wish; without the odd part it is."""
    alice = pair.boto3()

    def talk() -> None:
        alice.put_bucket_policy(Bucket="logs", Policy=policy(**policy_))
        assert code_of(alice.put_bucket_logging, **status(**more)) == code
        assert "LoggingEnabled" not in alice.get_bucket_logging(Bucket="first")
        alice.put_bucket_policy(Bucket="logs", Policy=policy())
        alice.put_bucket_logging(**status())

    blocking(talk)


def test_logs_make_no_logs(pair: Served) -> None:
    """Not into itself, nor where what is written is logged, encrypted or paid by its writer."""
    alice, bob = pair.boto3(), pair.boto3(BOB)
    acl = {"ACL": "log-delivery-write"}

    def code() -> str:
        return code_of(alice.put_bucket_logging, **status())

    def talk() -> None:
        for name in ("first", "logs", "other"):
            alice.put_bucket_acl(Bucket=name, **acl)
        assert (
            code_of(alice.put_bucket_logging, **status(TargetBucket="first")) == "InvalidArgument"
        )
        enabled = status(TargetBucket="other")["BucketLoggingStatus"]
        alice.put_bucket_logging(Bucket="logs", BucketLoggingStatus=enabled)
        assert code() == "InvalidArgument"
        alice.put_bucket_logging(Bucket="logs", BucketLoggingStatus={})
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        alice.put_bucket_encryption(
            Bucket="logs", ServerSideEncryptionConfiguration={"Rules": [rule]}
        )
        assert code() == "InvalidArgument"
        alice.delete_bucket_encryption(Bucket="logs")
        pays = {"RequestPaymentConfiguration": {"Payer": "Requester"}}
        alice.put_bucket_request_payment(Bucket="logs", **pays)
        assert code() == "InvalidArgument"
        # Policies cannot give it to others: a log tells of everybody's requests.
        allow = policy(Principal="*", Action="s3:*", Resource="arn:aws:s3:::first", Condition={})
        alice.put_bucket_policy(Bucket="first", Policy=allow)
        assert code_of(bob.put_bucket_logging, **status()) == "AccessDenied"

    blocking(talk)


@pytest.mark.parametrize(
    "inside",
    [
        "<TargetBucket>b</TargetBucket>",
        "<TargetBucket>b</TargetBucket><TargetPrefix/><TargetObjectKeyFormat/>",
        "<TargetBucket>b</TargetBucket><TargetPrefix/><TargetObjectKeyFormat><PartitionedPrefix>"
        "<PartitionDateSource>Never</PartitionDateSource></PartitionedPrefix>"
        "</TargetObjectKeyFormat>",
        "<TargetBucket>b</TargetBucket><TargetPrefix/><LoggingType>Journal</LoggingType>",
    ],
)
def test_bad_documents(inside: str) -> None:
    """MalformedXML; a good one is read."""
    document = (
        f"<BucketLoggingStatus><LoggingEnabled>{inside}</LoggingEnabled></BucketLoggingStatus>"
    )
    with pytest.raises(Refused) as caught:
        log_documents.read(document.encode())
    assert caught.value.refusal.code == "MalformedXML"
    good = log_documents.read(
        log_documents.shown(LogTarget(bucket="b", prefix="", date="EventTime"))
    )
    assert good == LogTarget(bucket="b", prefix="", date="EventTime")
