# SPDX-License-Identifier: BSD-2-Clause
"""What logs tell of requests: each leaves a line, and nobody writes lines of his own."""

from __future__ import annotations

import re
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from eucalyptus.contracts.s3 import UNAVAILABLE
from tests.walrus.serving import ALICE, BOB, blocking
from tests.walrus.web.logged import Logged, fields
from tests.walrus.web.soap.speaking import ask
from tests.walrus.web.test_boto3 import code_of
from walrus.core.keys import MOUNTS
from walrus.core.log_lines import LogRecord
from walrus.core.records import Owner
from walrus.operations.ledger import MOST, Ledger
from walrus.operations.world import Answer
from walrus.web.noting import said

_SEEN = ("operation", "key", "status", "error", "requester", "size", "authentication", "acl")


def _ask(logged: Logged) -> None:
    """Ten requests to the bucket, and one to another; blocking."""
    s3, bob = logged.s3, logged.served.boto3(BOB)
    stranger = logged.served.boto3(replace(ALICE, secret="wrong"))
    s3.put_object(Bucket="first", Key="a b/é", Body=b"12345")
    s3.get_object(Bucket="first", Key="a b/é", Range="bytes=1-2")["Body"].read()
    s3.head_object(Bucket="first", Key="a b/é")
    assert code_of(s3.get_object, Bucket="first", Key="none") == "NoSuchKey"
    assert code_of(bob.get_object, Bucket="first", Key="a b/é") == "AccessDenied"
    assert code_of(stranger.list_objects, Bucket="first") == "SignatureDoesNotMatch"
    s3.put_object_acl(Bucket="first", Key="a b/é", ACL="public-read")
    urllib.request.urlopen(f"{logged.served.url}/first/a%20b/%C3%A9").read()
    params = {"Bucket": "first", "Key": "a b/é"}
    urllib.request.urlopen(s3.generate_presigned_url("get_object", Params=params)).read()
    s3.delete_objects(Bucket="first", Delete={"Objects": [{"Key": "a b/é"}]})
    s3.list_objects_v2(Bucket="logs")


def test_every_request_leaves_a_record(logged: Logged) -> None:
    """Also those that were refused; in the words of S3."""
    blocking(_ask, logged)
    logged.waiting(10)
    ((key, told),) = logged.delivered().items()
    assert re.fullmatch(r"a/\d{4}(-\d\d){5}-[0-9A-F]{16}", key)
    named = "a%20b/%C3%A9"
    alice, other = ALICE.principal.canonical_id, BOB.principal.canonical_id
    assert [tuple(one[name] for name in _SEEN) for one in told] == [
        ("REST.PUT.OBJECT", named, "200", "-", alice, "5", "AuthHeader", "-"),
        ("REST.GET.OBJECT", named, "206", "-", alice, "5", "AuthHeader", "-"),
        ("REST.HEAD.OBJECT", named, "200", "-", alice, "5", "AuthHeader", "-"),
        ("REST.GET.OBJECT", "none", "404", "NoSuchKey", alice, "-", "AuthHeader", "-"),
        ("REST.GET.OBJECT", named, "403", "AccessDenied", other, "-", "AuthHeader", "-"),
        ("REST.GET.BUCKET", "-", "403", "SignatureDoesNotMatch", "-", "-", "-", "-"),
        ("REST.PUT.ACL", named, "200", "-", alice, "5", "AuthHeader", "-"),
        ("REST.GET.OBJECT", named, "200", "-", "-", "5", "-", "Yes"),
        ("REST.GET.OBJECT", named, "200", "-", alice, "5", "QueryString", "-"),
        ("REST.POST.DELETE_MULTI_OBJECT", "-", "200", "-", alice, "-", "AuthHeader", "-"),
    ]
    assert [one["sent"] for one in told if one["size"] == "5"] == ["-", "2", "-", "-", "5", "5"]
    assert all(int(one["sent"]) > 100 for one in told if one["error"] != "-")
    first = told[0]
    assert (first["owner"], first["bucket"], first["source"]) == (alice, "first", "127.0.0.1")
    assert first["uri"] == "PUT /services/objectstorage/first/a%20b/%C3%A9 HTTP/1.1"
    assert (first["signature"], first["host"]) == ("SigV4", f"127.0.0.1:{logged.served.port}")
    assert "boto3" in first["agent"].lower() and int(first["total"]) >= int(first["turnaround"])
    assert re.search("Signature=-(&| )", told[8]["uri"])
    assert list(logged.delivered()) == [key]


INJECTIONS = [
    pytest.param("/first/a%0A%22%20b", "x", id="S-73 key with a line's end"),
    pytest.param("/first/k", 'x" 200 - "y', id="S-73 agent with quotes"),
    pytest.param("/first/k", "x\\", id="S-73 agent with a backslash"),
    pytest.param("/first/k", "[1/Jan/2000]\t\xe9", id="S-73 agent with a date"),
    pytest.param("/first/k", "plain", id="S-73 plain twin"),
]


@pytest.mark.parametrize(("path", "agent"), INJECTIONS)
def test_nobody_writes_lines_of_his_own(logged: Logged, path: str, agent: str) -> None:
    """Whatever is sent is inside its field."""
    head = (
        f"GET {MOUNTS[0]}{path} HTTP/1.1\nHost: 127.0.0.1\n"
        f"User-Agent: {agent}\nReferer: {agent}\nConnection: close\n\n"
    )
    said = logged.served.raw(head)
    assert b" 403 " in said.splitlines()[0]
    (line,) = logged.waiting(1)
    told = fields(line)
    assert line.isascii() and line.isprintable()
    assert (told["operation"], told["status"]) == ("REST.GET.OBJECT", "403")
    assert told["key"] == path.removeprefix("/first/")
    plain = agent == "plain"
    assert (told["agent"] == agent) == (told["referrer"] == agent) == (plain or agent == "x")


class _Away:
    """A database that is away."""

    async def brief(self, *_: object, **__: object) -> None:
        raise UNAVAILABLE(reason="The database is away.")


def test_a_ledger_without_a_database() -> None:
    """Requests go on; what cannot be written is lost, and no more is held than fits."""
    tables: Any = _Away()
    later: list[Any] = []
    ledger = Ledger(tables, later.append)
    owner = Owner(account_id="1" * 12, canonical_id="a", name="a")
    record = LogRecord(bucket="b", owner=owner, target="", at=datetime.now(UTC), line="l")
    for _ in range(MOST + 5):
        ledger.note(record)
    assert (ledger.waiting, len(later)) == (MOST, 1)
    later.pop()()
    assert ledger.waiting == 0


def test_soap_is_told_too(logged: Logged) -> None:
    """By the names of its operations, also what was refused."""
    served = logged.served
    assert ask(served, "ListBucket", "<Bucket>first</Bucket>").status == 200
    assert ask(served, "ListBucket", "<Bucket>first</Bucket>", BOB).status == 500
    logged.waiting(2)
    (told,) = logged.delivered().values()
    assert [(one["operation"], one["error"]) for one in told] == [
        ("SOAP.ListBucket", "-"), ("SOAP.ListBucket", "AccessDenied")
    ]  # fmt: skip
    assert told[1]["requester"] == BOB.principal.canonical_id


def test_forms_are_told(logged: Logged) -> None:
    """By the key that they name."""
    posted = logged.s3.generate_presigned_post("first", "by/form")
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in {**posted["fields"], "file": "12345"}.items()
    )
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    sent = urllib.request.Request(posted["url"], f"{parts}--x--\r\n".encode(), kind)
    blocking(lambda: urllib.request.urlopen(sent).read())
    (told,) = map(fields, logged.waiting(1))
    seen = (told["operation"], told["key"], told["size"], told["authentication"])
    assert seen == ("REST.POST.OBJECT", "by/form", "5", "POST")


def test_how_a_connection_is_secured() -> None:
    """Told of TLS, and of no other."""

    class Handle:
        def get_cipher_name(self) -> str:
            return "TLS_AES_256_GCM_SHA384"

        def get_protocol_version_name(self) -> str:
            return "TLSv1.3"

    def told(transport: Any) -> tuple[str, str]:
        request = SimpleNamespace(channel=SimpleNamespace(transport=transport))
        sent = said(request, Answer(), datetime.now(UTC))
        return sent.cipher, sent.tls

    assert told(SimpleNamespace(getHandle=Handle)) == ("TLS_AES_256_GCM_SHA384", "TLSv1.3")
    assert told(SimpleNamespace(getHandle=object)) == told(object()) == ("", "")
