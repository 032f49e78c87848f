# SPDX-License-Identifier: BSD-2-Clause
"""Grants over SOAP, and what REST says of a bucket: it holds for messages too."""

from __future__ import annotations

import base64
import json

import pytest

from tests.walrus.serving import BOB, Served, blocking
from tests.walrus.web.soap.speaking import ALL, WHERE, ask, inline, message, post

GRANTS = (
    "<AccessControlList>"
    "<Grant><Grantee xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:type='Group'>"
    "<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>"
    "<Permission>READ</Permission></Grant>"
    "<Grant><Grantee xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'"
    f" xsi:type='CanonicalUser'><ID>{BOB.principal.canonical_id}</ID>"
    "<DisplayName>bob</DisplayName></Grantee><Permission>WRITE_ACP</Permission></Grant>"
    "</AccessControlList>"
)


@pytest.mark.parametrize("how", ["at once", "later"])
def test_grants(bucket: Served, how: str) -> None:
    """Given with the object, or set afterwards; an empty list takes them away."""
    if how == "at once":
        assert ask(bucket, "PutObjectInline", inline(b"hello", GRANTS)).status == 200
    else:
        assert ask(bucket, "SetObjectAccessControlPolicy", WHERE + GRANTS).status == 200
    told = ask(bucket, "GetObjectAccessControlPolicy", WHERE)
    assert told.texts("Permission") == ["READ", "WRITE_ACP"]
    assert post(bucket, message("GetObject", WHERE + ALL, None)).status == 200
    assert ask(bucket, "SetObjectAccessControlPolicy", WHERE + GRANTS, BOB).status == 200
    empty = WHERE + "<AccessControlList/>"
    assert ask(bucket, "SetObjectAccessControlPolicy", empty).status == 200
    assert ask(bucket, "GetObjectAccessControlPolicy", WHERE).texts("Permission") == []
    assert post(bucket, message("GetObject", WHERE + ALL, None)).code == "AccessDenied"
    # An empty list at the making of a thing says nothing: it is private.
    made = ask(bucket, "PutObjectInline", inline(b"hello", "<AccessControlList/>"))
    assert made.status == 200
    alone = ask(bucket, "GetObjectAccessControlPolicy", WHERE)
    assert alone.texts("Permission") == ["FULL_CONTROL"]


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        (GRANTS.replace("xsi:type='Group'", ""), "InvalidSOAPRequest"),
        (GRANTS.replace("'Group'", "'Grantee'"), "InvalidSOAPRequest"),
        (GRANTS.replace("'Group'", "'User'"), "InvalidSOAPRequest"),
        (GRANTS.replace("'Group'", "'x:Group' xmlns:x='urn:x'"), "InvalidSOAPRequest"),
        (GRANTS.replace("READ<", "OWN<"), "InvalidSOAPRequest"),
        (GRANTS.replace("AllUsers", "Friends"), "InvalidArgument"),
        (GRANTS.replace("AllUsers", 'AllUsers", id="x'), "InvalidArgument"),
        (GRANTS.replace(BOB.principal.canonical_id, "nobody"), "InvalidArgument"),
        ("<AccessControlList>" + GRANTS[19:-20] * 51 + "</AccessControlList>",
         "InvalidSOAPRequest"),
    ],
)  # fmt: skip
def test_grants_that_are_refused(bucket: Served, inside: str, code: str) -> None:
    """S-63: types that are none, groups and accounts that nobody knows, more than a hundred."""
    refused = ask(bucket, "PutObjectInline", inline(b"other", inside))
    assert (refused.status, refused.code) == (500, code), refused.why
    assert ask(bucket, "SetObjectAccessControlPolicy", WHERE + inside).status == 500
    told = ask(bucket, "GetObjectAccessControlPolicy", WHERE)
    assert told.texts("Permission") == ["FULL_CONTROL"]


def test_nothing_is_granted_by_omission(bucket: Served) -> None:
    """The schema lets the list of a bucket be left out; nothing is changed then."""
    refused = ask(bucket, "SetBucketAccessControlPolicy", "<Bucket>bucket</Bucket>")
    assert refused.code == "InvalidSOAPRequest"
    made = ask(bucket, "CreateBucket", f"<Bucket>shared</Bucket>{GRANTS}")
    assert made.status == 200
    told = ask(bucket, "GetBucketAccessControlPolicy", "<Bucket>shared</Bucket>")
    assert told.texts("Permission") == ["READ", "WRITE_ACP"]


DENY: dict[str, object] = {
    "an address": {"IpAddress": {"aws:SourceIp": "127.0.0.1"}},
    "no TLS": {"Bool": {"aws:SecureTransport": "false"}},
    "a client": {"StringLike": {"aws:UserAgent": "old-*"}},
    "no signature of REST's": {"Null": {"s3:authType": "true"}},
}


@pytest.mark.parametrize("name", DENY)
def test_policies_hold_for_messages(bucket: Served, name: str) -> None:
    """They see the sender, the connection, and that no REST request was signed."""
    statement = {
        "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::bucket/*", "Condition": DENY[name],
    }  # fmt: skip
    said = message("GetObject", WHERE + ALL)
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    blocking(lambda: bucket.boto3().put_bucket_policy(Bucket="bucket", Policy=policy))
    assert post(bucket, said, {"User-Agent": "old-client"}).code == "AccessDenied"
    blocking(lambda: bucket.boto3().delete_bucket_policy(Bucket="bucket"))
    again = message("GetObject", WHERE + ALL)
    assert post(bucket, again, {"User-Agent": "old-client"}).status == 200


def test_what_rest_keeps_soap_keeps(bucket: Served) -> None:
    """Versions stay when a message deletes; what is encrypted is told in plain."""
    client = bucket.boto3()
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    blocking(lambda: (
        client.put_bucket_versioning(
            Bucket="bucket", VersioningConfiguration={"Status": "Enabled"}),
        client.put_bucket_encryption(
            Bucket="bucket", ServerSideEncryptionConfiguration={"Rules": [rule]}),
    ))  # fmt: skip
    assert ask(bucket, "PutObjectInline", inline(b"newer")).status == 200
    assert base64.b64decode(ask(bucket, "GetObject", WHERE + ALL).text("Data")) == b"newer"
    assert ask(bucket, "DeleteObject", WHERE).text("Code") == "200"
    assert ask(bucket, "GetObject", WHERE + ALL).code == "NoSuchKey"
    kept = blocking(lambda: client.list_object_versions(Bucket="bucket"))
    assert len(kept["Versions"]) == 2 and len(kept["DeleteMarkers"]) == 1
    assert blocking(lambda: client.head_object(
        Bucket="bucket", Key="k", VersionId=kept["Versions"][0]["VersionId"]
    ))["ServerSideEncryption"] == "AES256"  # fmt: skip
