# SPDX-License-Identifier: BSD-2-Clause
"""The ``euare-`` commands, and clients that nobody here wrote, against a front worker."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from cloudcontroller.identity.pairs import make_pair
from eucalyptus.cli import euare
from tests.cli.conftest import Served

Run = Callable[..., tuple[int, list[str], str]]


@pytest.fixture
def run(served: Served, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``run(command, words, …)`` -> (exit code, lines, stderr)."""
    for name, value in served.environment().items():
        monkeypatch.setenv(name, value)

    def running(command: str, *words: str) -> tuple[int, list[str], str]:
        code = served.aside(euare.run, command, list(words))
        said = capsys.readouterr()
        return code, said.out.splitlines(), said.err

    return running


def test_an_account_from_birth_to_death(run: Run) -> None:
    code, (line,), _ = run("accountcreate", "-a", "dev", "-e", "dev@example.com")
    assert code == 0
    assert run("accountlist")[1] == [line, run("accountlist")[1][1]]
    arn, user_id = run("usercreate", "-u", "bob", "-p", "/x/", "-d", "dev")[1]
    assert arn.endswith(":user/x/bob")
    assert user_id.startswith("AID")
    assert len(run("userlistbypath", "-d", "dev")[1]) == 2
    assert run("userlistbypath", "-d", "dev", "-p", "/x/")[1] == [arn]
    key_id, secret = run("useraddkey", "-u", "bob", "-d", "dev")[1]
    assert len(secret) == 40
    assert run("userlistkeys", "-u", "bob", "-d", "dev")[1] == [f"{key_id}\tActive"]
    code, _, err = run("userdel", "-u", "bob", "-d", "dev")
    assert code == 1
    assert "DeleteConflict" in err
    assert run("userdelkey", "-u", "bob", "-k", key_id, "-d", "dev")[0] == 0
    assert run("userdel", "-u", "bob", "-d", "dev")[0] == 0
    assert run("accountdel", "-a", "dev")[0] == 0
    assert len(run("accountlist")[1]) == 1


def test_json_and_refusals(run: Run) -> None:
    said = json.loads("\n".join(run("accountlist", "--json")[1]))
    assert said[0]["AccountName"] == "eucalyptus"
    code, _, err = run("accountdel", "-a", "nobody")
    assert (code, err.startswith("euare-accountdel: NoSuchEntity: ")) == (1, True)
    assert run("accountlist", "-U", "http://127.0.0.1:1/")[0] == 3


def test_a_long_list_is_read_to_its_end(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        run("accountcreate", "-a", f"a{number}")
    command = euare.COMMANDS["accountlist"]
    said = {"Action": command.action, "Version": euare.VERSION, "MaxItems": "2"}
    monkeypatch.setattr(euare, "parameters", lambda *_: dict(said))
    assert len(run("accountlist")[1]) == 5


def iam(served: Served, account: str = "eucalyptus") -> Any:
    rc = served.environment(account)
    return boto3.client(
        "iam",
        endpoint_url=rc["EUARE_URL"],
        region_name="eucalyptus",
        aws_access_key_id=rc["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=rc["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"max_attempts": 0}),
    )


def code_of(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])


def test_boto3_manages_users_keys_and_certificates(served: Served) -> None:
    client = iam(served, "dev")
    user = served.aside(client.create_user, UserName="bob", Path="/x/")["User"]
    assert user["Arn"].endswith(":user/x/bob")
    assert served.aside(client.get_user)["User"]["UserName"] == "admin"
    listed = served.aside(client.list_users)["Users"]
    assert [one["UserName"] for one in listed] == ["admin", "bob"]
    key = served.aside(client.create_access_key, UserName="bob")["AccessKey"]
    served.aside(
        client.update_access_key, UserName="bob", AccessKeyId=key["AccessKeyId"], Status="Inactive"
    )
    (shown,) = served.aside(client.list_access_keys, UserName="bob")["AccessKeyMetadata"]
    assert (shown["AccessKeyId"], shown["Status"]) == (key["AccessKeyId"], "Inactive")
    pem = make_pair("bob", served.front.clock()).certificate.decode()
    made = served.aside(client.upload_signing_certificate, UserName="bob", CertificateBody=pem)
    assert made["Certificate"]["CertificateBody"] == pem
    (shown,) = served.aside(client.list_signing_certificates, UserName="bob")["Certificates"]
    certificate = shown["CertificateId"]
    served.aside(client.delete_signing_certificate, UserName="bob", CertificateId=certificate)
    served.aside(client.delete_access_key, UserName="bob", AccessKeyId=key["AccessKeyId"])
    served.aside(client.delete_user, UserName="bob")
    with pytest.raises(ClientError) as refused:
        served.aside(client.get_user, UserName="bob")
    assert code_of(refused) == "NoSuchEntity"


def test_a_user_without_policies_may_nothing(served: Served) -> None:
    admin = iam(served, "dev")
    served.aside(admin.create_user, UserName="bob")
    key = served.aside(admin.create_access_key, UserName="bob")["AccessKey"]
    bob = boto3.client(
        "iam",
        endpoint_url=served.environment("dev")["EUARE_URL"],
        region_name="eucalyptus",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    with pytest.raises(ClientError) as refused:
        served.aside(bob.create_access_key, UserName="admin")
    assert code_of(refused) == "AccessDenied"


def test_accounts_are_no_business_of_ordinary_accounts(served: Served, run: Run) -> None:
    rc = served.environment("dev")
    words = ["-I", rc["AWS_ACCESS_KEY_ID"], "-S", rc["AWS_SECRET_ACCESS_KEY"]]
    for command in (["accountlist"], ["accountcreate", "-a", "x"], ["accountdel", "-a", "dev"]):
        code, _, err = run(*command, *words)
        assert code == 1
        assert "AccessDenied" in err
