# SPDX-License-Identifier: BSD-2-Clause
"""zeep speaks S3's SOAP API from our WSDL, and from Amazon's own: every operation."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import zeep
import zeep.transports
from lxml import etree

from eucalyptus.contracts.s3 import NAMESPACE
from eucalyptus.contracts.s3_access import ALL_USERS, LOG_DELIVERY
from eucalyptus.wire import s3_signature
from tests.contracts.reference import reference
from tests.walrus.serving import ALICE, BOB, Served, blocking
from tests.walrus.web.soap.speaking import stamp
from walrus.core.keys import SOAP_MOUNTS


class Transport(zeep.transports.Transport):
    """Knows where Amazon's schema lies, since the address in its WSDL is not reached from here."""

    schema: Path | None = None

    def load(self, url: str) -> Any:
        """A document that a WSDL needs."""
        if url.endswith("/AmazonS3.xsd"):
            assert self.schema is not None
            return self.schema.read_bytes()
        return super().load(url)


class Speaker:
    """A zeep client that signs."""

    def __init__(self, served: Served, wsdl: str, schema: Path | None = None) -> None:
        transport = Transport(timeout=20, operation_timeout=20)
        transport.schema = schema
        self.client: Any = blocking(lambda: zeep.Client(wsdl, transport=transport))
        binding = f"{{{NAMESPACE}}}AmazonS3SoapBinding"
        url = f"http://127.0.0.1:{served.port}{SOAP_MOUNTS[1]}"
        self.service: Any = self.client.create_service(binding, url)

    def say(self, operation: str, **said: Any) -> Any:
        """Ask and read the answer."""
        moment = datetime.datetime.fromisoformat(stamp())
        # zeep writes as many digits as the moment has; S3 signs milliseconds.
        written = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
        signed = {
            "AWSAccessKeyId": ALICE.key_id,
            "Timestamp": moment,
            "Signature": s3_signature.sign(ALICE.secret, operation, written),
        }
        return blocking(lambda: self.service[operation](**said, **signed))

    def type(self, name: str) -> Any:
        """What makes values of a type."""
        return self.client.get_type(f"{{{NAMESPACE}}}{name}")


@pytest.fixture(params=["ours", "amazons"])
def speaker(request: pytest.FixtureRequest, served: Served) -> Speaker:
    """From either WSDL."""
    if request.param == "ours":
        return Speaker(served, f"http://127.0.0.1:{served.port}{SOAP_MOUNTS[0]}?wsdl")
    place = reference("EUCA_REFERENCE_WSDL", "s3/AmazonS3.wsdl")
    return Speaker(served, str(place), place.parent / "AmazonS3.xsd")


def test_objects(speaker: Speaker) -> None:
    """Put, get, copy, list, delete."""
    assert speaker.say("CreateBucket", Bucket="bucket") == "bucket"
    where = {"Bucket": "bucket", "Key": "k"}
    put = speaker.say(
        "PutObjectInline", **where, Data=b"hello", ContentLength=5,
        Metadata=[{"Name": "Content-Type", "Value": "text/plain"}],
    )  # fmt: skip
    flags = {"GetMetadata": True, "GetData": True, "InlineData": True}
    got = speaker.say("GetObject", **where, **flags)
    assert (got["Data"], got["ETag"], got["Status"]["Code"]) == (b"hello", put["ETag"], 200)
    assert [(m["Name"], m["Value"]) for m in got["Metadata"]] == [("Content-Type", "text/plain")]
    part = speaker.say("GetObjectExtended", **where, **flags, ByteRangeStart=1, ByteRangeEnd=2)
    assert part["Data"] == b"el"
    copied = speaker.say(
        "CopyObject", SourceBucket="bucket", SourceKey="k", DestinationBucket="bucket",
        DestinationKey="l", MetadataDirective="COPY",
    )  # fmt: skip
    assert copied["ETag"] == put["ETag"]
    listed = speaker.say("ListBucket", Bucket="bucket", MaxKeys=10)
    assert [one["Key"] for one in listed["Contents"]] == ["k", "l"]
    for key in ("k", "l"):
        assert speaker.say("DeleteObject", Bucket="bucket", Key=key)["Code"] == 200
    assert speaker.say("DeleteBucket", Bucket="bucket")["Code"] == 204
    assert speaker.say("ListAllMyBuckets")["Buckets"] is None


def test_access(speaker: Speaker) -> None:
    """Set and told again, of buckets and objects, in every kind of grantee."""
    speaker.say("CreateBucket", Bucket="bucket")
    where = {"Bucket": "bucket", "Key": "k"}
    speaker.say("PutObjectInline", **where, Data=b"hello", ContentLength=5)
    grants = {
        "Grant": [
            {"Grantee": speaker.type("CanonicalUser")(ID=BOB.principal.canonical_id),
             "Permission": "FULL_CONTROL"},
            {"Grantee": speaker.type("Group")(URI=ALL_USERS), "Permission": "READ"},
            {"Grantee": speaker.type("AmazonCustomerByEmail")(EmailAddress="b@example.com"),
             "Permission": "READ_ACP"},
        ]
    }  # fmt: skip
    for noun, place in (("Bucket", {"Bucket": "bucket"}), ("Object", where)):
        speaker.say(f"Set{noun}AccessControlPolicy", **place, AccessControlList=grants)
        told = speaker.say(f"Get{noun}AccessControlPolicy", **place)
        assert told["Owner"]["ID"] == ALICE.principal.canonical_id
        said = [grant["Permission"] for grant in told["AccessControlList"]["Grant"]]
        assert sorted(said) == ["FULL_CONTROL", "READ", "READ_ACP"]


def test_logging(speaker: Speaker) -> None:
    """Off, on, off."""
    speaker.say("CreateBucket", Bucket="bucket")
    speaker.say("CreateBucket", Bucket="logs")
    assert speaker.say("GetBucketLoggingStatus", Bucket="bucket") is None
    writing = {"Grantee": speaker.type("Group")(URI=LOG_DELIVERY), "Permission": "WRITE"}
    speaker.say(
        "SetBucketAccessControlPolicy", Bucket="logs", AccessControlList={"Grant": [writing]}
    )
    enabled = {"TargetBucket": "logs", "TargetPrefix": "x/"}
    speaker.say(
        "SetBucketLoggingStatus", Bucket="bucket", BucketLoggingStatus={"LoggingEnabled": enabled}
    )
    told = speaker.say("GetBucketLoggingStatus", Bucket="bucket")
    assert (told["TargetBucket"], told["TargetPrefix"]) == ("logs", "x/")
    speaker.say("SetBucketLoggingStatus", Bucket="bucket", BucketLoggingStatus={})
    assert speaker.say("GetBucketLoggingStatus", Bucket="bucket") is None


def test_faults_are_understood(speaker: Speaker) -> None:
    """Code, sentence, detail."""
    with pytest.raises(zeep.exceptions.Fault) as caught:
        speaker.say("ListBucket", Bucket="absent")
    assert caught.value.code.endswith("Client.NoSuchBucket")
    assert b"<Resource>/absent</Resource>" in etree.tostring(caught.value.detail)
