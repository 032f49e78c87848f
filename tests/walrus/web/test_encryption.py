# SPDX-License-Identifier: BSD-2-Clause
"""Encrypted objects by boto3: put, read, range, copy, parts; keys lost, wrong, rotated."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.walrus.serving import Served, blocking
from tests.walrus.web.test_boto3 import code_of
from walrus.drivers.keyring import Keyring

BODY = bytes(range(256)) * 4096
AES = {"ServerSideEncryption": "AES256"}
KEY: dict[str, Any] = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"k" * 32}
OTHER: dict[str, Any] = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"o" * 32}
SOURCE: dict[str, Any] = {f"CopySource{name}": value for name, value in KEY.items()}
ONE: dict[str, Any] = {"Bucket": "first", "Key": "k"}


@pytest.fixture
def bucket(served: Served) -> Served:
    """A Walrus with a bucket."""
    blocking(lambda: served.boto3().create_bucket(Bucket="first"))
    return served


def on_disk(served: Served) -> bytes:
    """All that lies there."""
    return b"".join(p.read_bytes() for p in (served.root / "objects").rglob("*") if p.is_file())


@pytest.mark.parametrize(
    ("put", "get"), [(AES, {}), (KEY, KEY)], ids=["by the cloud", "by the customer"]
)
def test_round_trip(bucket: Served, put: dict[str, Any], get: dict[str, Any]) -> None:
    """Plain to who may read, whole or in part; not so on disk."""
    s3 = bucket.boto3()

    def talk() -> None:
        made = s3.put_object(**ONE, Body=BODY, **put)
        got = s3.get_object(**ONE, **get)
        assert got["Body"].read() == BODY
        assert got["ETag"] == made["ETag"] == f'"{hashlib.md5(BODY).hexdigest()}"'
        for name in ("ServerSideEncryption", "SSECustomerAlgorithm", "SSECustomerKeyMD5"):
            assert got.get(name) == made.get(name)
        part = s3.get_object(**ONE, Range="bytes=262100-262200", **get)
        assert part["Body"].read() == BODY[262100:262201]
        assert s3.head_object(**ONE, **get)["ContentLength"] == len(BODY)

    blocking(talk)
    assert BODY[:64] not in on_disk(bucket)


def test_wrong_keys(bucket: Served) -> None:
    """Neither another key, nor none, nor one too many."""
    s3 = bucket.boto3()

    def talk() -> None:
        s3.put_object(**ONE, Body=BODY, **KEY)
        s3.put_object(Bucket="first", Key="plain", Body=b"x")
        for more in ({}, OTHER):
            assert code_of(s3.get_object, **ONE, **more) == "InvalidRequest"
            assert code_of(s3.head_object, **ONE, **more) == "400"
            copy = {"Bucket": "first", "Key": "copy", "CopySource": "first/k"}
            renamed = {f"CopySource{name}": value for name, value in more.items()}
            assert code_of(s3.copy_object, **copy, **renamed) == "InvalidRequest"
        attributes = {**ONE, "ObjectAttributes": ["ETag"]}
        assert code_of(s3.get_object_attributes, **attributes) == "InvalidRequest"
        assert code_of(s3.get_object, Bucket="first", Key="plain", **KEY) == "InvalidRequest"
        assert code_of(s3.put_object, **ONE, ServerSideEncryption="aws:kms") == "NotImplemented"
        assert s3.get_object(**ONE, **KEY)["Body"].read() == BODY

    blocking(talk)


def test_copies(bucket: Served) -> None:
    """From one key to another, to none, and to the bucket's default."""
    s3 = bucket.boto3()
    copy = {"Bucket": "first", "CopySource": "first/k"}

    def talk() -> None:
        s3.put_object(**ONE, Body=BODY, **KEY)
        made = s3.copy_object(**copy, Key="other", **SOURCE, **OTHER)
        assert made["SSECustomerAlgorithm"] == "AES256"
        assert s3.get_object(Bucket="first", Key="other", **OTHER)["Body"].read() == BODY
        assert "ServerSideEncryption" not in s3.copy_object(**copy, Key="plain", **SOURCE)
        rules = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        s3.put_bucket_encryption(Bucket="first", ServerSideEncryptionConfiguration={"Rules": rules})
        made = s3.copy_object(Bucket="first", Key="default", CopySource="first/plain")
        assert made["ServerSideEncryption"] == "AES256"
        assert s3.get_object(Bucket="first", Key="default")["Body"].read() == BODY

    blocking(talk)


def test_parts(bucket: Served) -> None:
    """All under the key that the upload was begun with."""
    s3, size = bucket.boto3(), 5 << 20

    def talk() -> None:
        upload = s3.create_multipart_upload(**ONE, **KEY)
        assert upload["SSECustomerAlgorithm"] == "AES256"
        part = {**ONE, "UploadId": upload["UploadId"]}
        for wrong in ({}, OTHER):
            assert code_of(s3.upload_part, **part, PartNumber=1, Body=b"x", **wrong) == (
                "InvalidRequest"
            )
        first = s3.upload_part(**part, PartNumber=1, Body=b"a" * size, **KEY)
        s3.put_object(Bucket="first", Key="source", Body=b"b" * 10, **AES)
        last = s3.upload_part_copy(**part, PartNumber=2, CopySource="first/source", **KEY)
        tags = [first["ETag"], last["CopyPartResult"]["ETag"]]
        parts = [{"PartNumber": n, "ETag": tag} for n, tag in enumerate(tags, 1)]
        whole = {**part, "MultipartUpload": {"Parts": parts}}
        for wrong in ({}, OTHER):
            assert code_of(s3.complete_multipart_upload, **whole, **wrong) == "InvalidRequest"
        s3.complete_multipart_upload(**whole, **KEY)
        got = s3.get_object(**ONE, Range=f"bytes={size - 3}-{size + 2}", **KEY)
        assert got["Body"].read() == b"aaabbb"
        assert code_of(s3.get_object, **ONE) == "InvalidRequest"

    blocking(talk)


def test_defaults_come_and_go(bucket: Served) -> None:
    """New objects follow the bucket's default; older ones stay as they are."""
    s3 = bucket.boto3()
    none = "ServerSideEncryptionConfigurationNotFoundError"

    def talk() -> None:
        assert code_of(s3.get_bucket_encryption, Bucket="first") == none
        s3.put_object(**ONE, Body=b"x")
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        config = {"Rules": [rule]}
        s3.put_bucket_encryption(Bucket="first", ServerSideEncryptionConfiguration=config)
        got = s3.get_bucket_encryption(Bucket="first")["ServerSideEncryptionConfiguration"]
        assert got["Rules"][0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
        assert s3.put_object(Bucket="first", Key="new", Body=b"x")["ServerSideEncryption"]
        assert "ServerSideEncryption" not in s3.get_object(**ONE)
        s3.delete_bucket_encryption(Bucket="first")
        assert code_of(s3.get_bucket_encryption, Bucket="first") == none
        assert s3.get_object(Bucket="first", Key="new")["Body"].read() == b"x"

    blocking(talk)


def test_master_keys(bucket: Served) -> None:
    """A new one leaves older objects readable; a lost one refuses, and so does a false one."""
    s3, keyring = bucket.boto3(), bucket.world.keyring
    path = bucket.root.parent / "keys" / "objects.keys"

    def talk() -> None:
        s3.put_object(**ONE, Body=b"old", **AES)
        old = keyring.add()
        s3.put_object(Bucket="first", Key="new", Body=b"new", **AES)
        assert s3.get_object(**ONE)["Body"].read() == b"old"
        assert s3.get_object(Bucket="first", Key="new")["Body"].read() == b"new"
        kept = path.read_bytes()
        keyring.forget(old.id)
        assert code_of(s3.get_object, Bucket="first", Key="new") == "InternalError"
        false = Keyring(path.with_name("other"), lambda size: b"\7" * size)
        false.prepare()
        text = path.with_name("other").read_text().splitlines()[-1]
        path.write_text(f"{old.id} {text.split()[1]}\n")
        assert code_of(s3.get_object, Bucket="first", Key="new") == "InternalError"
        path.write_text("")
        assert code_of(s3.put_object, **ONE, **AES) == "InternalError"
        path.write_bytes(kept)
        assert s3.get_object(Bucket="first", Key="new")["Body"].read() == b"new"

    blocking(talk)
