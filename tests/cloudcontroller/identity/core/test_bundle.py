# SPDX-License-Identifier: BSD-2-Clause
"""The text of a credentials bundle."""

from __future__ import annotations

import configparser
import subprocess
from pathlib import Path

from cloudcontroller.identity.core.bundle import Credentials, files

CREDENTIALS = Credentials(
    account_number="123456789012",
    account_name="dev",
    user_name="bob",
    key_id="AKIX",
    secret="s3cret",
    certificate=b"CERT",
    private_key=b"KEY",
    cloud_certificate=b"CLOUD",
    endpoint="http://127.0.0.1:8773",
)


def test_the_files_that_scripts_rely_on() -> None:
    made = files(CREDENTIALS, "/d")
    assert set(made) == {
        "eucarc", "euca2-bob-cert.pem", "euca2-bob-pk.pem", "cloud-cert.pem", "iamrc",
        "euca2ools.ini",
    }  # fmt: skip
    assert made["iamrc"] == b"AWSAccessKeyId=AKIX\nAWSSecretKey=s3cret\n"
    assert "s3cret" not in repr(CREDENTIALS)


def test_a_plain_shell_can_source_it_from_a_directory_with_spaces(tmp_path: Path) -> None:
    where = tmp_path / "my $HOME 'cloud'"
    where.mkdir()
    (where / "eucarc").write_bytes(files(CREDENTIALS, str(where))["eucarc"])
    names = [
        "EC2_URL", "S3_URL", "EUARE_URL", "TOKEN_URL", "EC2_PRIVATE_KEY", "EC2_CERT",
        "EUCALYPTUS_CERT", "EC2_ACCESS_KEY", "EC2_SECRET_KEY", "EC2_ACCOUNT_NUMBER", "EC2_USER_ID",
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CREDENTIAL_FILE", "AWS_DEFAULT_REGION",
    ]  # fmt: skip
    shell = ". ./eucarc; for n in " + " ".join(names) + '; do eval "echo $n=\\$$n"; done'
    out = subprocess.run(
        ["/bin/sh", "-ec", shell], cwd=where, capture_output=True, text=True, check=True
    )
    said = dict(line.split("=", 1) for line in out.stdout.splitlines())
    assert said["EC2_URL"] == "http://127.0.0.1:8773/services/compute"
    assert said["EC2_PRIVATE_KEY"] == f"{where}/euca2-bob-pk.pem"
    assert said["AWS_CREDENTIAL_FILE"] == f"{where}/iamrc"
    assert said["EC2_USER_ID"] == said["EC2_ACCOUNT_NUMBER"] == "123456789012"
    assert said["AWS_DEFAULT_REGION"] == "eucalyptus"
    assert all(said[name] for name in names)


def test_the_ini_file_has_the_sections_that_euca2ools_reads() -> None:
    ini = configparser.ConfigParser(interpolation=None)
    ini.read_string(files(CREDENTIALS, "/d")["euca2ools.ini"].decode())
    assert ini["global"]["default-region"] == "dev-bob@eucalyptus"
    assert ini["user dev-bob"]["key-id"] == "AKIX"
    assert ini["region eucalyptus"]["iam-url"] == "http://127.0.0.1:8773/services/Euare"
