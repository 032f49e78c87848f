# SPDX-License-Identifier: BSD-2-Clause
"""Who may do what in the object store: every action it dispatches, every caller, every kind of
permission, compared with a model of a few sentences. A new action is in the matrix by itself, and
fails it until the model knows of it (CVE-2013-2296, CVE-2016-8520: actions that nobody checked).
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import time
from collections.abc import Mapping

import pytest

from eucalyptus.access.principals import SYSTEM_USER, AccessKey
from eucalyptus.contracts.s3 import ACTIONS, BUCKET, COPY, OBJECT, SERVICE
from eucalyptus.wire.signable import Signable
from eucalyptus.wire.sigv4_making import Signing, authorize
from tests.walrus.serving import ALICE, BOB, CLOUD, Served, blocking
from walrus.core.keys import MOUNTS

PLAIN = AccessKey(
    key_id="AKIPLAIN", secret="plain secret",
    principal=dataclasses.replace(
        ALICE.principal, user_id="AIDPLAIN", user_name="erin", is_account_admin=False
    ),
)  # fmt: skip
CLOUDS_PLAIN = AccessKey(
    key_id="AKIEVE", secret="eves secret",
    principal=dataclasses.replace(
        CLOUD.principal, user_id="AIDEVE", user_name="eve", is_account_admin=False
    ),
)  # fmt: skip
CLOUD_ITSELF = AccessKey(
    key_id="AKITSELF", secret="its own secret",
    principal=dataclasses.replace(
        CLOUD.principal, user_id="AIDCLOUD", user_name=SYSTEM_USER, is_account_admin=False
    ),
)  # fmt: skip
CALLERS: Mapping[str, AccessKey | None] = {
    "anonymous": None, "owner": ALICE, "owner's user": PLAIN, "another": BOB, "cloud": CLOUD,
    "cloud's user": CLOUDS_PLAIN, "cloud itself": CLOUD_ITSELF,
}  # fmt: skip
ACLS = ("private", "public-read", "authenticated-read")
PLAIN_USERS = ("owner's user", "cloud's user", "cloud itself")
READS = {
    "HeadBucket",
    "ListObjects",
    "GetObject",
    "HeadObject",
    "GetObjectAttributes",
    "ListMultipartUploads",
    "ListObjectVersions",
}
DOCUMENTS = ("BucketVersioning", "BucketTagging", "ObjectLockConfiguration", "ObjectTagging",
             "ObjectRetention", "ObjectLegalHold", "BucketLifecycleConfiguration", "BucketCors",
             "BucketEncryption", "BucketPolicy", "PublicAccessBlock", "BucketOwnershipControls",
             "BucketLogging", "BucketRequestPayment",
             "BucketNotificationConfiguration")  # fmt: skip
OWNERS = {"GetBucketPolicyStatus", "DeleteBucketPolicy", "DeletePublicAccessBlock",
          "DeleteBucketOwnershipControls", "GetBucketWebsite", "DeleteBucketWebsite",
          "GetBucketReplication", "DeleteBucketReplication", "GetBucketAccelerateConfiguration",
          "DeleteBucketCors", "DeleteBucketEncryption",
          "DeleteBucket", "GetBucketLocation", "GetBucketAcl", "PutBucketAcl", "GetObjectAcl",
          "PutObjectAcl", "PutObject", "DeleteObject", "CopyObject", "CreateMultipartUpload",
          "UploadPart", "UploadPartCopy", "CompleteMultipartUpload", "AbortMultipartUpload",
          "ListParts", "DeleteBucketTagging", "DeleteObjectTagging", "DeleteBucketLifecycle",
          *(f"{verb}{of}" for verb in ("Get", "Put") for of in DOCUMENTS)}  # fmt: skip
OF_EACH = {"DeleteObjects"}
"""Answered to everybody: of each of its keys whether it was deleted or why not."""
OF_NOBODY = {"ListBuckets", "CreateBucket"}
ANSWERED = (200, 204, 400, 404, 409)
"""Also that a parameter is missing, that there is no such upload, that the bucket is not empty, or
that its name is taken."""


def allowed(action: str, caller: str, acl: str) -> bool:
    """Whether ``caller`` may do ``action`` to a bucket and an object with a canned ``acl``."""
    if caller == "owner":
        return True
    if action in OF_EACH:
        return True
    if action in OF_NOBODY:
        return caller != "anonymous" and caller not in PLAIN_USERS
    if action in READS:
        return acl == "public-read" or (acl == "authenticated-read" and caller != "anonymous")
    assert action in OWNERS, f"the model does not know {action}"
    return False


def send(served: Served, key: AccessKey | None, method: str, target: str) -> tuple[int, str]:
    """Status and body of a request, signed by ``key``."""
    headers: dict[str, tuple[str, ...]] = {"host": (f"127.0.0.1:{served.port}",)}
    target, copied, _ = target.replace("?x-", "&x-").partition(f"&{COPY}")
    if copied:
        headers[COPY] = ("/mine/key",)
    path, _, query = target.partition("?")
    if query == "acl" and method == "PUT":
        headers["x-amz-acl"] = ("private",)
    if key is not None:
        request = Signable(
            method=method, path=path, query=query, headers=headers,
            body_sha256=hashlib.sha256(b"").hexdigest(),
        )  # fmt: skip
        signing = Signing(key_id=key.key_id, secret=key.secret, service="s3")
        headers |= {n: (v,) for n, v in authorize(request, signing, time.time()).items()}
    lines = "".join(f"{name}: {value[0]}\n" for name, value in headers.items())
    head = f"{method} {target} HTTP/1.1\n{lines}Content-Length: 0\nConnection: close\n\n"
    answer = served.raw(head).decode("latin-1")
    return int(answer.split(" ", 2)[1]), answer.partition("\r\n\r\n")[2]


def filled(served: Served, acl: str) -> None:
    """Alice's bucket with an object, and everybody's keys."""
    served.people.keys |= {key.key_id: key for key in (PLAIN, CLOUDS_PLAIN, CLOUD_ITSELF)}
    alice = served.boto3()
    blocking(lambda: (
        alice.create_bucket(Bucket="mine", ACL=acl),
        alice.put_object(Bucket="mine", Key="key", Body=b"secret bytes", ACL=acl),
    ))  # fmt: skip


@pytest.mark.parametrize("acl", ACLS)
@pytest.mark.parametrize(
    "place", [pytest.param(place, id=f"S-60 CVE-2013-2296 {ACTIONS[place].name}")
              for place in ACTIONS if not ACTIONS[place].takes_form]
)  # fmt: skip
def test_s3_matrix(served: Served, place: tuple[str, str, str], acl: str) -> None:
    """The answer is the model's; who is refused hears AccessDenied and no more."""
    filled(served, acl)
    level, method, sub = place
    below = {SERVICE: "/", BUCKET: "/mine", OBJECT: "/mine/key"}[level]
    name = ACTIONS[place].name
    target = f"{MOUNTS[0]}{below}" + (f"?{sub}" if sub else "")
    # The owner last: it may delete.
    for caller in sorted(CALLERS, key=lambda one: one == "owner"):
        status, body = send(served, CALLERS[caller], method, target)
        if allowed(name, caller, acl):
            assert status in ANSWERED, (caller, body)
            continue
        assert status == 403, (caller, status, body)
        assert "secret bytes" not in body
        assert caller == "owner's user" or ALICE.principal.account_id not in body
        assert method == "HEAD" or re.search("<Code>AccessDenied<", body), (caller, body)


def test_s60_images_are_given_to_the_cloud_only(served: Served) -> None:
    """Not even to users of its account who do not administer it."""
    filled(served, "private")
    for caller, key in CALLERS.items():
        status, body = send(served, key, "GET", f"{MOUNTS[0]}/image/mine/key")
        # To the cloud the object is no manifest.
        allowed = caller in ("cloud", "cloud itself")
        assert ("AccessDenied" in body) != allowed, (caller, status, body)
