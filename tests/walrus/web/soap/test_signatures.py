# SPDX-License-Identifier: BSD-2-Clause
"""Who may speak SOAP to the object store: S3's own signature, WS-Security, never both or half.

The rows of the catalogue are those of SOAP, tried on this service too. Of every changed message the
unmodified twin is good.
"""

from __future__ import annotations

import base64
import dataclasses
import time
from collections.abc import Callable

import pytest

from eucalyptus.contracts.s3 import NAMESPACE
from eucalyptus.wire import soap
from eucalyptus.wire.certificates import identity, key_pem
from eucalyptus.wire.security import Rules, open_envelope, verify
from tests.walrus.serving import ALICE, ALICE_PAIR, BOB, CLOUD_PAIR, Served, blocking, make_pair
from tests.walrus.web.soap.speaking import claim, element, message, post, sealed, stamp

WHERE = "<Bucket>bucket</Bucket><Key>k</Key>"
VICTIM = "<Bucket>bucket</Bucket><Key>victim</Key>"
SOAP_OPEN = f'<soap:Envelope xmlns:soap="{soap.ENVELOPE}">'.encode()
Forge = Callable[[], bytes]


@pytest.fixture
def bucket(served: Served) -> Served:
    """Alice's, with two objects, and her certificate on record."""
    served.people.certificates.append(ALICE_PAIR.of(ALICE))
    client = served.boto3()
    blocking(lambda: (
        client.create_bucket(Bucket="bucket"),
        client.put_object(Bucket="bucket", Key="k", Body=b"1"),
        client.put_object(Bucket="bucket", Key="victim", Body=b"2"),
    ))  # fmt: skip
    return served


def keys(served: Served) -> list[str]:
    """What is in the bucket."""
    listed = blocking(lambda: served.boto3().list_objects_v2(Bucket="bucket"))
    return [one["Key"] for one in listed.get("Contents", ())]


def good() -> bytes:
    """A message of Alice's that deletes one object."""
    return message("DeleteObject", WHERE)


def signed_good() -> bytes:
    """The same by WS-Security."""
    return sealed("DeleteObject", WHERE, ALICE_PAIR)


def within(operation: str, inside: str) -> bytes:
    """A Body's content in an envelope."""
    return soap.envelope(element(operation, inside))


# --- S3's own signature --------------------------------------------------------------------------

STAMP = "2013-02-01T12:00:00.000Z"

CLAIMS: dict[str, tuple[Forge, str]] = {
    "wrong secret": (
        lambda: message("DeleteObject", WHERE, dataclasses.replace(ALICE, secret="wrong")),
        "SignatureDoesNotMatch",
    ),
    "another's key": (
        lambda: good().replace(b"AKIALICE", b"AKIBOB"), "SignatureDoesNotMatch",
    ),
    "unknown key": (
        lambda: message("DeleteObject", WHERE, dataclasses.replace(ALICE, key_id="AKINOBODY")),
        "InvalidAccessKeyId",
    ),
    "other operation's signature": (
        lambda: within("DeleteObject", WHERE + claim("GetObject")), "SignatureDoesNotMatch",
    ),
    "other time": (
        lambda: good().replace(b"<Timestamp>20", b"<Timestamp>21"),
        "SignatureDoesNotMatch",
    ),
    "expired": (
        lambda: within("DeleteObject", WHERE + claim("DeleteObject", when=stamp(-901))),
        "RequestTimeTooSkewed",
    ),
    "from the future": (
        lambda: within("DeleteObject", WHERE + claim("DeleteObject", when=stamp(930))),
        "RequestTimeTooSkewed",
    ),
    "year 9999": (
        lambda: within("DeleteObject", WHERE + claim("DeleteObject", when="9999-12-31T23:59:59Z")),
        "RequestTimeTooSkewed",
    ),
    "no time": (
        lambda: within("DeleteObject", WHERE + claim("DeleteObject", when="yesterday")),
        "InvalidSOAPRequest",
    ),
    "no base64": (lambda: good().replace(b"</Signature>", b"!</Signature>"), "InvalidSOAPRequest"),
    "no signature": (
        lambda: within("DeleteObject", WHERE + claim("DeleteObject").partition("<Signature>")[0]),
        "MissingSecurityElement",
    ),
    "no key": (
        lambda: within("DeleteObject", WHERE + "<T" + claim("DeleteObject").partition("<T")[2]),
        "MissingSecurityElement",
    ),
    "an empty signature": (
        lambda: within(
            "DeleteObject",
            f"{WHERE}<AWSAccessKeyId>AKIALICE</AWSAccessKeyId><Timestamp>{STAMP}</Timestamp>"
            "<Signature/>",
        ),
        "MissingSecurityElement",
    ),
    "two keys": (
        lambda: within(
            "DeleteObject",
            f"{WHERE}<AWSAccessKeyId>AKIBOB</AWSAccessKeyId>{claim('DeleteObject')}",
        ),
        "InvalidSOAPRequest",
    ),
    "a key of another namespace": (
        lambda: within("DeleteObject", WHERE + claim("DeleteObject")).replace(
            b"<Signature>", b"<Signature xmlns='urn:x'>"
        ),
        "InvalidSOAPRequest",
    ),
    "a nested key": (
        lambda: within("DeleteObject", WHERE + claim("DeleteObject")).replace(
            b"AKIALICE<", b"AKIALICE<b/><"
        ),
        "InvalidSOAPRequest",
    ),
    "a credential": (
        lambda: within(
            "DeleteObject", WHERE + claim("DeleteObject") + "<Credential>token</Credential>"
        ),
        "CredentialsNotSupported",
    ),
    "nobody": (lambda: message("DeleteObject", WHERE, None), "AccessDenied"),
    "another": (lambda: message("DeleteObject", WHERE, BOB), "AccessDenied"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("forge", "code"), [pytest.param(*row, id=name) for name, row in CLAIMS.items()]
)
def test_claims(bucket: Served, forge: Forge, code: str) -> None:
    """What S3's signature does not say is refused; its twin deletes."""
    refused = post(bucket, forge())
    assert (refused.status, refused.code) == (500, code), refused.why
    assert keys(bucket) == ["k", "victim"]
    assert post(bucket, good()).status == 200
    assert keys(bucket) == ["victim"]


def test_a_signature_is_good_once(bucket: Served) -> None:
    """Not for the same message, and not in another Body, whatever the stamp looks like."""
    when = stamp()[:-5] + ".000Z"
    sent = within("DeleteObject", WHERE + claim("DeleteObject", when=when))
    forged = sent.replace(b"<Key>k<", b"<Key>victim<")
    assert post(bucket, sent).status == 200
    for again in (sent, forged, forged.replace(b".000Z", b"Z"), forged.replace(b"</S", b"\n</S")):
        refused = post(bucket, again)
        assert refused.code == "InvalidSecurity", refused.why
    assert "before" in refused.why
    assert keys(bucket) == ["victim"]


@pytest.mark.parametrize("ahead", [-890.0, 890.0])
def test_clocks_may_differ_by_a_quarter_of_an_hour(bucket: Served, ahead: float) -> None:
    """Either way."""
    said = within("DeleteObject", WHERE + claim("DeleteObject", when=stamp(ahead)))
    assert post(bucket, said).status == 200


@pytest.mark.parametrize(
    ("signed", "sent"),
    [
        (".000Z", ".000Z"), (".000Z", "Z"), ("Z", "Z"), ("Z", ".000Z"),
        (".000Z", ".0000000Z"), (".120Z", ".1200001Z"), (".000Z", "+00:00"),
    ],
)  # fmt: skip
def test_libraries_write_one_time_in_several_ways(bucket: Served, signed: str, sent: str) -> None:
    """They sign milliseconds and send more, or fewer, digits."""
    second = stamp()[:-5]
    said = claim("DeleteObject", when=second + signed).replace(second + signed, second + sent)
    assert post(bucket, within("DeleteObject", WHERE + said)).status == 200


def test_sha1_only_where_it_is_allowed(bucket: Served) -> None:
    """``soap.allow_sha1`` off: S3's own signature is HMAC-SHA1, whatever else is good."""
    bucket.people.sha1 = False
    refused = post(bucket, good())
    assert (refused.code, "soap.allow_sha1" in refused.why) == ("InvalidSecurity", True)
    assert keys(bucket) == ["k", "victim"]
    assert post(bucket, signed_good()).status == 200


# --- WS-Security ---------------------------------------------------------------------------------


def evil() -> bytes:
    """What an attacker would have done."""
    return b"<soap:Body>" + element("DeleteObject", VICTIM) + b"</soap:Body>"


SEALED: dict[str, Forge] = {
    "unknown certificate": lambda: sealed("DeleteObject", WHERE, make_pair("eve")),
    "both signatures": lambda: sealed("DeleteObject", WHERE + claim("DeleteObject"), ALICE_PAIR),
    "half a signature": lambda: sealed(
        "DeleteObject", WHERE + "<AWSAccessKeyId>AKIBOB</AWSAccessKeyId>", ALICE_PAIR
    ),
    "a header that must be understood": lambda: good().replace(
        b"<soap:Body>",
        b"<soap:Header><x:y xmlns:x='urn:x' soap:mustUnderstand='1'/></soap:Header><soap:Body>",
    ),
    "Security without a signature": lambda: good().replace(
        b"<soap:Body>",
        b"<soap:Header><w:Security xmlns:w='http://docs.oasis-open.org/wss/2004/01/"
        b"oasis-200401-wss-wssecurity-secext-1.0.xsd'/></soap:Header><soap:Body>",
    ),
    "two bodies": lambda: good().replace(b"</soap:Envelope>", evil() + b"</soap:Envelope>"),
    "a body in the header": lambda: good().replace(
        b"<soap:Body>", b"<soap:Header>" + evil() + b"</soap:Header><soap:Body>"
    ),
    "a body in the body": lambda: good().replace(b"<Key>k<", b"<Key>" + evil() + b"k<"),
    "two operations": lambda: good().replace(
        b"</soap:Body>", element("DeleteObject", VICTIM) + b"</soap:Body>"
    ),
    "no operation": lambda: soap.envelope(b""),
    "a DOCTYPE": lambda: b"<!DOCTYPE a [<!ENTITY k 'victim'>]>" + good()[39:],
    "another namespace": lambda: good().replace(NAMESPACE.encode(), b"urn:other"),
    "SOAP 1.2": lambda: good().replace(
        soap.ENVELOPE.encode(), b"http://www.w3.org/2003/05/soap-envelope"
    ),
}


@pytest.mark.parametrize("forge", [pytest.param(forge, id=name) for name, forge in SEALED.items()])
def test_envelopes(bucket: Served, forge: Forge) -> None:
    """What could be read in two ways, or was not signed, is refused; its twins delete."""
    refused = post(bucket, forge())
    assert refused.status == 500
    assert refused.code in ("InvalidSecurity", "InvalidSOAPRequest", "MissingSecurityElement")
    assert keys(bucket) == ["k", "victim"]
    assert post(bucket, signed_good()).status == 200
    assert keys(bucket) == ["victim"]
    assert post(bucket, message("DeleteObject", VICTIM)).status == 200


def test_a_sealed_message_is_good_once(bucket: Served) -> None:
    """And the certificate says who asks."""
    sent = signed_good()
    assert post(bucket, sent).status == 200
    assert post(bucket, sent).code == "InvalidSecurity"
    eves = make_pair("eve")
    bucket.people.certificates.append(eves.of(BOB))
    assert post(bucket, sealed("DeleteObject", VICTIM, eves)).code == "AccessDenied"


def test_sealed_by_sha1_only_where_it_is_allowed(bucket: Served) -> None:
    """Ours signs with SHA-256, which is always good."""
    bucket.people.sha1 = False
    assert post(bucket, signed_good()).status == 200


def test_nobody_reads_what_everybody_may(bucket: Served) -> None:
    """An anonymous message is an anonymous request."""
    client = bucket.boto3()
    blocking(lambda: client.put_object_acl(Bucket="bucket", Key="k", ACL="public-read"))
    flags = "<GetMetadata>false</GetMetadata><GetData>true</GetData><InlineData>true</InlineData>"
    got = post(bucket, message("GetObject", WHERE + flags, None))
    assert base64.b64decode(got.text("Data")) == b"1"
    assert post(bucket, message("GetObject", VICTIM + flags, None)).code == "AccessDenied"


def test_answers_are_signed_where_the_cloud_signs(bucket: Served) -> None:
    """To who signed by WS-Security; S3's own clients know no such header, and faults stay plain."""
    bucket.people.identity = identity(CLOUD_PAIR.pem, key_pem(CLOUD_PAIR.key))
    answer = post(bucket, signed_good())
    opened = open_envelope(answer.body, Rules.front_door())
    said = verify(opened, CLOUD_PAIR.pem, time.time())
    assert said.body[0].tag == f"{{{NAMESPACE}}}DeleteObjectResponse"
    assert b"Security" not in post(bucket, message("ListAllMyBuckets")).body
    assert b"Security>" not in post(bucket, sealed("ListBucket", "<Bucket/>", ALICE_PAIR)).body
