# SPDX-License-Identifier: BSD-2-Clause
"""The command that keeps master keys: rotation while a Walrus serves, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eucalyptus.database.run import Database
from tests.walrus.serving import Served, blocking
from tests.walrus.web.test_boto3 import code_of
from walrus.object_keys import main

AES = {"ServerSideEncryption": "AES256"}


@pytest.fixture
def conf(served: Served, database: Database, tmp_path: Path) -> Path:
    """The settings of the cloud that is served."""
    path = tmp_path / "eucalyptus.conf"
    path.write_text(f'EUCALYPTUS_STATE="{tmp_path}"\nDATABASE_URL="{database.url}"\n')
    return path


def run(conf: Path, *words: str) -> None:
    """The command, in a thread."""
    blocking(main, ["--config", str(conf), *words])


def told(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    """What it printed, cut at tabs."""
    return [line.split("\t") for line in capsys.readouterr().out.splitlines()]


def test_rotation(served: Served, conf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Everything stays readable, an upload under way goes on, and the old key can go."""
    s3: Any = served.boto3()
    part: dict[str, Any] = {"Bucket": "first", "Key": "parts"}

    def before() -> None:
        s3.create_bucket(Bucket="first")
        s3.put_object(Bucket="first", Key="k", Body=b"whole", **AES)
        part["UploadId"] = s3.create_multipart_upload(**part, **AES)["UploadId"]
        part["ETag"] = s3.upload_part(**part, PartNumber=1, Body=b"part")["ETag"]

    def after() -> None:
        parts = {"Parts": [{"PartNumber": 1, "ETag": part.pop("ETag")}]}
        s3.complete_multipart_upload(**part, MultipartUpload=parts)
        for key, body in (("k", b"whole"), ("parts", b"part")):
            assert s3.get_object(Bucket="first", Key=key)["Body"].read() == body

    blocking(before)
    run(conf, "list")
    ((old, number, word),) = told(capsys)
    assert (number, word) == ("2", "newest")
    run(conf, "rotate")
    (new, _), (_, done) = told(capsys)
    assert done == "wraps 2 more"
    run(conf, "list")
    assert told(capsys) == [[old, "0"], [new, "2", "newest"]]
    run(conf, "forget", old)
    blocking(after)


def test_refusals(served: Served, conf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What would lose objects is not done."""
    s3 = served.boto3()
    blocking(lambda: (
        s3.create_bucket(Bucket="first"), s3.put_object(Bucket="first", Key="k", Body=b"x", **AES),
    ))  # fmt: skip
    run(conf, "add")
    run(conf, "list")
    (_, (old, _), (new, _, _)) = told(capsys)
    for words, says in (
        (["forget", new], "newest"), (["forget", "0" * 16], "no key"),
        (["forget", old], "1 objects"),
        (["forget"], ""), (["list", old], ""),
    ):  # fmt: skip
        with pytest.raises(SystemExit) as caught:
            run(conf, *words)
        assert says in str(caught.value)
    served.world.keyring.forget(old)
    with pytest.raises(SystemExit, match="lost"):
        run(conf, "rewrap")
    run(conf, "list")
    assert [old, "1", "LOST"] in told(capsys)
    assert blocking(lambda: code_of(s3.get_object, Bucket="first", Key="k")) == "InternalError"
