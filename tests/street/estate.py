# SPDX-License-Identifier: BSD-2-Clause
"""The victim's things, and a row for every operation that could touch them.

The rows are checked against the contracts, so an operation cannot be added without one.
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import re
import time
from collections.abc import Mapping

from eucalyptus.contracts.declare import Contract, Operation
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.identity import IDENTITY
from eucalyptus.contracts.properties import PROPERTIES_CONTRACT
from eucalyptus.contracts.sts import TOKENS_CONTRACT
from eucalyptus.services import COMPUTE, EUARE, PROPERTIES, TOKENS
from eucalyptus.web.arrivals import Reply
from eucalyptus.wire import certificates
from tests.street.town import Key, Town

Params = Mapping[str, str]

OK = ""
IAM = {"UserName": "carol"}
"""A user of the victim's account."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Row:
    """An operation on the victim's things; ``{words}`` stand for ids that a test makes.

    ``stranger`` and ``cloud`` are the codes that the administrators of another account and of the
    cloud hear; the stranger's OK means that only the stranger's own account was touched.
    """

    asks: Params = dataclasses.field(default_factory=dict)
    stranger: str
    cloud: str = OK
    unnamed: bool = False
    """The stranger also tries it without UserName: the id alone must not do."""


INSTANCE, IMAGE = "InvalidInstanceID.NotFound", "InvalidAMIID.NotFound"
GROUP, KEY, NOBODY = "InvalidGroup.NotFound", "InvalidKeyPair.NotFound", "NoSuchEntity"
RULE = {"GroupId": "{group}", "IpPermissions.1.IpProtocol": "tcp",
        "IpPermissions.1.FromPort": "23", "IpPermissions.1.ToPort": "23",
        "IpPermissions.1.IpRanges.1.CidrIp": "10.0.0.0/8"}  # fmt: skip

ROWS: Mapping[str, Row] = {
    # Instances, in an order in which their owner can do all of it.
    "RunInstances": Row(
        asks={"ImageId": "{image}", "MinCount": "1", "MaxCount": "1",
              "InstanceType": "m1.small"},
        stranger=IMAGE, cloud=IMAGE,
    ),
    "DescribeInstances": Row(asks={"InstanceId.1": "{instance}"}, stranger=INSTANCE),
    "RebootInstances": Row(asks={"InstanceId.1": "{instance}"}, stranger=INSTANCE),
    "GetConsoleOutput": Row(asks={"InstanceId": "{instance}"}, stranger=INSTANCE),
    "TerminateInstances": Row(asks={"InstanceId.1": "{instance}"}, stranger=INSTANCE),
    "RegisterImage": Row(
        asks={"ImageLocation": "images/root.manifest.xml", "Name": "another"}, stranger=OK
    ),
    "DescribeImages": Row(asks={"ImageId.1": "{image}"}, stranger=IMAGE),
    "DescribeImageAttribute": Row(
        asks={"ImageId": "{image}", "Attribute": "launchPermission"}, stranger=IMAGE
    ),
    "ModifyImageAttribute": Row(
        asks={"ImageId": "{image}", "LaunchPermission.Add.1.UserId": "{friend}"},
        stranger=IMAGE,
    ),
    "ResetImageAttribute": Row(
        asks={"ImageId": "{image}", "Attribute": "launchPermission"}, stranger=IMAGE
    ),
    "DeregisterImage": Row(asks={"ImageId": "{image}"}, stranger=IMAGE),
    "CreateKeyPair": Row(asks={"KeyName": "new"}, stranger=OK),
    "ImportKeyPair": Row(
        asks={"KeyName": "taken-along", "PublicKeyMaterial": "{public}"}, stranger=OK
    ),
    "DescribeKeyPairs": Row(asks={"KeyName.1": "mine"}, stranger=KEY, cloud=KEY),
    "DeleteKeyPair": Row(asks={"KeyName": "mine"}, stranger=OK),
    "CreateSecurityGroup": Row(
        asks={"GroupName": "new", "GroupDescription": "d"}, stranger=OK
    ),
    "DescribeSecurityGroups": Row(asks={"GroupId.1": "{group}"}, stranger=GROUP, cloud=GROUP),
    "AuthorizeSecurityGroupIngress": Row(asks=RULE, stranger=GROUP, cloud=GROUP),
    "RevokeSecurityGroupIngress": Row(asks=RULE, stranger=GROUP, cloud=GROUP),
    "DeleteSecurityGroup": Row(asks={"GroupId": "{group}"}, stranger=GROUP, cloud=GROUP),
    "DescribeAvailabilityZones": Row(stranger=OK),
    "DescribeRegions": Row(stranger=OK),
    "DescribeAddresses": Row(stranger=OK),
    "DescribeInstanceTypes": Row(stranger=OK),
    "ModifyInstanceTypeAttribute": Row(
        asks={"Name": "m1.small", "Cpu": "2"}, stranger="UnauthorizedOperation"
    ),
    # Identity. The cloud's administrator says DelegateAccount.
    "CreateAccount": Row(asks={"AccountName": "fresh"}, stranger="AccessDenied"),
    "ListAccounts": Row(stranger="AccessDenied"),
    "CreateUser": Row(asks={"UserName": "dave"}, stranger=OK),
    "ListUsers": Row(stranger=OK),
    "GetUser": Row(asks=IAM, stranger=NOBODY),
    "CreateAccessKey": Row(asks=IAM, stranger=NOBODY),
    "ListAccessKeys": Row(asks=IAM, stranger=NOBODY),
    "UpdateAccessKey": Row(
        asks={**IAM, "AccessKeyId": "{access_key}", "Status": "Inactive"},
        stranger=NOBODY, unnamed=True,
    ),
    "DeleteAccessKey": Row(
        asks={**IAM, "AccessKeyId": "{access_key}"}, stranger=NOBODY, unnamed=True
    ),
    "CreateSigningCertificate": Row(asks=IAM, stranger=NOBODY),
    "ListSigningCertificates": Row(asks=IAM, stranger=NOBODY),
    "UpdateSigningCertificate": Row(
        asks={**IAM, "CertificateId": "{certificate}", "Status": "Inactive"},
        stranger=NOBODY, unnamed=True,
    ),
    "DeleteSigningCertificate": Row(
        asks={**IAM, "CertificateId": "{certificate}"}, stranger=NOBODY, unnamed=True
    ),
    "UploadSigningCertificate": Row(
        asks={**IAM, "CertificateBody": "{pem}"}, stranger=NOBODY
    ),
    "DeleteUser": Row(asks={**IAM, "IsRecursive": "true"}, stranger=NOBODY),
    "DeleteAccount": Row(asks={"AccountName": "doomed"}, stranger="AccessDenied"),
    # Why carol was denied something.
    "DecodeAuthorizationMessage": Row(
        asks={"EncodedMessage": "{denial}"}, stranger="AccessDenied"
    ),
    # The cloud's properties.
    "DescribeProperties": Row(stranger="AccessDenied"),
    "ModifyPropertyValue": Row(
        asks={"Name": "cloud.vmtypes.default_type_name", "Value": "m1.large"},
        stranger="AccessDenied",
    ),
}  # fmt: skip

CONTRACTS: Mapping[str, Contract] = {
    COMPUTE.path: EC2,
    EUARE.path: IDENTITY,
    PROPERTIES.path: PROPERTIES_CONTRACT,
    TOKENS.path: TOKENS_CONTRACT,
}
OPERATIONS: Mapping[str, tuple[str, Operation]] = {
    operation.name: (path, operation)
    for path, contract in CONTRACTS.items()
    for operation in contract.operations
}


class Estate:
    """What the victim, the account ``owner``, has; and how to ask for it."""

    def __init__(self, town: Town, owner: str = "alice") -> None:
        self.town, self.owner = town, owner
        self.alice, self.cloud = town.user(owner), town.user("eucalyptus")
        self.bob, self.carol = town.user("bob"), town.user(owner, "carol")
        town.user("doomed")
        self.bare("doomed")
        self.ids = {
            "friend": self.cloud.account,
            "access_key": self.carol.id,
            "public": public_key(),
            "pem": certificate(),
        }
        ec2, iam = COMPUTE.path, EUARE.path
        self.ids["image"] = self.make(
            ec2, "imageId", Action="RegisterImage", ImageLocation="images/disk.manifest.xml",
            Name="disk",
        )  # fmt: skip
        self.make(ec2, "keyName", Action="CreateKeyPair", KeyName="mine")
        self.ids["group"] = self.make(
            ec2, "groupId", Action="CreateSecurityGroup", GroupName="web", GroupDescription="d"
        )
        self.ids["instance"] = self.make(
            ec2, "instanceId", Action="RunInstances", ImageId=self.ids["image"], MinCount="1",
            MaxCount="1",
        )  # fmt: skip
        self.ids["certificate"] = self.make(
            iam, "CertificateId", Action="CreateSigningCertificate", UserName="carol"
        )
        denied = self.ask("DescribeRegions", self.carol, {}).body.decode()
        self.ids["denial"] = denied.partition("failure message: ")[2].partition("<")[0]
        for key in (self.bob, self.cloud):
            # Who looks at groups for the first time is given the default one.
            assert code(self.ask("DescribeSecurityGroups", key, {})) == OK
        town.street.turn()
        town.street.turn()

    def bare(self, account: str) -> None:
        """Take the administrator's key, so that the account is empty."""
        key = self.town.user(account)
        said = {"UserName": "admin", "DelegateAccount": account, "AccessKeyId": key.id}
        assert code(self.ask("DeleteAccessKey", self.cloud, said)) == OK

    def make(self, path: str, tag: str, **asks: str) -> str:
        """Do something as alice and find an element in the answer."""
        reply = self.town.ask(path, self.alice, {**asks, "Version": newest(path)})
        found = re.search(f"<{tag}>([^<]+)</{tag}>", reply.body.decode())
        assert found is not None, reply.body
        return found[1]

    def asks(self, name: str, **more: str) -> dict[str, str]:
        """The parameters of the row ``name``."""
        said = {key: value.format(**self.ids) for key, value in ROWS[name].asks.items()}
        return {**said, **more}

    def ask(self, name: str, key: Key | None, asks: Params) -> Reply:
        """Ask the operation ``name`` with parameters."""
        path, _ = OPERATIONS[name]
        return self.town.ask(path, key, {"Action": name, "Version": newest(path), **asks})


def newest(path: str) -> str:
    """The newest version of the contract at ``path``."""
    known = CONTRACTS[path].query_versions
    return known[-1] if known else "eucalyptus"


def code(reply: Reply) -> str:
    """The error's code, "" for an answer; never one of ours, never without a request id."""
    body = reply.body.decode()
    assert reply.status < 500, body
    assert re.search("<(requestId|RequestId|RequestID)>[0-9a-f-]{36}<", body), body
    found = re.search("<Code>([^<]+)</Code>", body)
    assert (found is None) == (reply.status == 200), body
    return found[1] if found else OK


@functools.cache
def certificate() -> str:
    """A user's own certificate; one for all tests, since making a key is slow."""
    key = certificates.make_key()
    return certificates.self_issue(key, certificates.subject("carol", "User"), time.time()).decode()


@functools.cache
def public_key() -> str:
    """An SSH public key as ImportKeyPair takes it."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    made = certificates.make_key().public_key()
    return base64.b64encode(made.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)).decode()
