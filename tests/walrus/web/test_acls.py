# SPDX-License-Identifier: BSD-2-Clause
"""ACLs with boto3: granted by header and by document, to accounts, addresses and groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.walrus.serving import ALICE, BOB, Served, blocking
from tests.walrus.web.test_boto3 import code_of

ALICES, BOBS = ALICE.principal.canonical_id, BOB.principal.canonical_id
OWNER = {"ID": ALICES, "DisplayName": "a"}
BY_EMAIL = {"Type": "AmazonCustomerByEmail", "EmailAddress": "B@example.com".lower()}


def policy(grantee: dict[str, str], permission: str = "READ") -> dict[str, Any]:
    """Alice's, with one grant."""
    return {"Owner": OWNER, "Grants": [{"Grantee": grantee, "Permission": permission}]}


@pytest.mark.parametrize("permission", ["READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"])
def test_s60_a_grant_on_a_bucket_is_what_it_says(served: Served, permission: str) -> None:
    """Each permission opens what it names, and nothing else."""
    alice, bob = served.boto3(), served.boto3(BOB)
    calls: dict[str, Callable[[], Any]] = {
        "READ": lambda: bob.list_objects_v2(Bucket="first"),
        "WRITE": lambda: bob.put_object(Bucket="first", Key="k", Body=b""),
        "READ_ACP": lambda: bob.get_bucket_acl(Bucket="first"),
        "WRITE_ACP": lambda: bob.put_bucket_acl(
            Bucket="first", AccessControlPolicy=policy(BY_EMAIL, permission)
        ),
    }

    def talk() -> None:
        alice.create_bucket(Bucket="first")
        alice.put_bucket_acl(Bucket="first", AccessControlPolicy=policy(BY_EMAIL, permission))
        shown = alice.get_bucket_acl(Bucket="first")["Grants"]
        named = {"Type": "CanonicalUser", "ID": BOBS, "DisplayName": "b"}
        assert shown == [{"Grantee": named, "Permission": permission}]
        for name, call in calls.items():
            if permission in (name, "FULL_CONTROL"):
                call()
            else:
                assert code_of(call) == "AccessDenied"

    blocking(talk)


def test_grants_by_header(served: Served) -> None:
    """At creation of a bucket and of an object."""
    alice, bob = served.boto3(), served.boto3(BOB)

    def talk() -> None:
        alice.create_bucket(Bucket="first", GrantWrite=f"id={BOBS}", GrantReadACP=f'id="{BOBS}"')
        bob.put_object(Bucket="first", Key="bobs", Body=b"1", GrantRead=f"id={ALICES}")
        assert alice.get_object(Bucket="first", Key="bobs")["Body"].read() == b"1"
        assert bob.get_object_acl(Bucket="first", Key="bobs")["Owner"]["ID"] == BOBS
        # The bucket's owner may delete what others own there, but not look at its ACL.
        assert code_of(alice.get_object_acl, Bucket="first", Key="bobs") == "AccessDenied"
        alice.delete_object(Bucket="first", Key="bobs")
        bob.put_object(Bucket="first", Key="shared", Body=b"2", ACL="bucket-owner-full-control")
        assert len(alice.get_object_acl(Bucket="first", Key="shared")["Grants"]) == 2

    blocking(talk)


def test_what_cannot_be_granted(served: Served) -> None:
    """Nothing changes."""
    alice = served.boto3()
    bucket: dict[str, Any] = {"Bucket": "first"}

    def code(grantee: dict[str, str]) -> str:
        return code_of(alice.put_bucket_acl, **bucket, AccessControlPolicy=policy(grantee))

    def talk() -> None:
        alice.create_bucket(**bucket)
        by_mail = {**BY_EMAIL, "EmailAddress": "nobody@example.com"}
        assert code(by_mail) == "UnresolvableGrantByEmailAddress"
        by_mail["EmailAddress"] = "team@example.com"
        assert code(by_mail) == "AmbiguousGrantByEmailAddress"
        assert code({"Type": "CanonicalUser", "ID": "_foo"}) == "InvalidArgument"
        assert code_of(alice.put_bucket_acl, **bucket) == "MissingSecurityHeader"
        both = {"ACL": "private", "AccessControlPolicy": policy(BY_EMAIL)}
        assert code_of(alice.put_bucket_acl, **bucket, **both) == "UnexpectedContent"
        canned = {"ACL": "private", "GrantRead": f"id={BOBS}"}
        assert code_of(alice.put_bucket_acl, **bucket, **canned) == "InvalidRequest"
        assert len(alice.get_bucket_acl(**bucket)["Grants"]) == 1

    blocking(talk)


def test_what_nobody_puts_belongs_to_the_buckets_owner(served: Served) -> None:
    """Into a bucket that everybody may write."""
    alice = served.boto3()

    def talk() -> None:
        alice.create_bucket(Bucket="first", ACL="public-read-write")

    blocking(talk)
    head = "PUT /services/objectstorage/first/k HTTP/1.1\nhost: h\nconnection: close\n"
    assert b" 200 " in served.raw(head + "content-length: 1\n\n", b"x")
    assert b"AccessDenied" in served.raw(head.replace("PUT", "GET") + "\n")

    def look() -> None:
        assert alice.get_object_acl(Bucket="first", Key="k")["Owner"]["ID"] == ALICES

    blocking(look)
