# SPDX-License-Identifier: BSD-2-Clause
"""A credentials bundle: the files a user needs, as text. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

REGION = "eucalyptus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Everything that goes into a user's bundle. ``endpoint`` is http://HOST:PORT."""

    account_number: str
    account_name: str
    user_name: str
    key_id: str
    secret: str = field(repr=False)
    certificate: bytes
    private_key: bytes = field(repr=False)
    cloud_certificate: bytes
    endpoint: str

    def url(self, service: str) -> str:
        """Where a service answers."""
        return f"{self.endpoint}/services/{service}"


def files(credentials: Credentials, directory: str) -> Mapping[str, bytes]:
    """File name -> content; ``directory`` is the absolute path in which they will lie."""
    stem = f"euca2-{credentials.user_name}"
    return {
        f"{stem}-cert.pem": credentials.certificate,
        f"{stem}-pk.pem": credentials.private_key,
        "cloud-cert.pem": credentials.cloud_certificate,
        "iamrc": _iamrc(credentials).encode(),
        "euca2ools.ini": _ini(credentials, f"{directory}/{stem}").encode(),
        "eucarc": _eucarc(credentials, directory, f"{directory}/{stem}").encode(),
    }


def _iamrc(credentials: Credentials) -> str:
    return f"AWSAccessKeyId={credentials.key_id}\nAWSSecretKey={credentials.secret}\n"


def _eucarc(credentials: Credentials, directory: str, stem: str) -> str:
    values = {
        "EUCA_KEY_DIR": directory,
        "EC2_URL": credentials.url("compute"),
        "S3_URL": credentials.url("objectstorage"),
        "EUARE_URL": credentials.url("Euare"),
        "TOKEN_URL": credentials.url("Tokens"),
        "EUCA_PROPERTIES_URL": credentials.url("Properties"),
        "AWS_IAM_URL": credentials.url("Euare"),
        "EC2_PRIVATE_KEY": f"{stem}-pk.pem",
        "EC2_CERT": f"{stem}-cert.pem",
        "EUCALYPTUS_CERT": f"{directory}/cloud-cert.pem",
        "EC2_ACCESS_KEY": credentials.key_id,
        "EC2_SECRET_KEY": credentials.secret,
        "EC2_ACCOUNT_NUMBER": credentials.account_number,
        "EC2_USER_ID": credentials.account_number,
        "AWS_ACCESS_KEY_ID": credentials.key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret,
        "AWS_CREDENTIAL_FILE": f"{directory}/iamrc",
        "AWS_DEFAULT_REGION": REGION,
    }
    heading = f"# Credentials of {credentials.user_name} in account {credentials.account_name}\n"
    return heading + "".join(f"export {n}={shlex.quote(v)}\n" for n, v in values.items())


def _ini(credentials: Credentials, stem: str) -> str:
    user = f"{credentials.account_name}-{credentials.user_name}"
    return f"""\
# Place this file in ~/.euca/ and name the region with --region {user}@{REGION}
[global]
default-region = {user}@{REGION}

[user {user}]
account-id = {credentials.account_number}
key-id = {credentials.key_id}
secret-key = {credentials.secret}
certificate = {stem}-cert.pem
private-key = {stem}-pk.pem

[region {REGION}]
user = {user}
ec2-url = {credentials.url("compute")}
iam-url = {credentials.url("Euare")}
s3-url = {credentials.url("objectstorage")}
sts-url = {credentials.url("Tokens")}
properties-url = {credentials.url("Properties")}
certificate = {stem.rpartition("/")[0]}/cloud-cert.pem
"""
