# SPDX-License-Identifier: BSD-2-Clause
"""Clients of twenty years that Python or one command line brings, each by its own means.

They know an address and credentials and nothing of our code but the signer, which zeep leaves to
its caller.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from cloudinabox.soap import ENDPOINT
from eucalyptus.command import run_now
from tests.wire.signatures.test_boto import mend
from tests.world.access import Access
from tests.world.foreign.soap import Soap

JAVA_FLAGS = (
    "--add-opens java.base/java.lang=ALL-UNNAMED --add-opens java.base/java.util=ALL-UNNAMED "
    "-Dcom.sun.xml.bind.v2.bytecode.ClassTailor.noOptimize=true"
)
"""What Java 17 needs to run tools of 2013."""
DEPTH = {"read_timeout": 60, "connect_timeout": 10, "retries": {"total_max_attempts": 1}}


class Zeep(Soap):
    """A SOAP client that knows a WSDL and has a key and a certificate."""

    def __init__(self, access: Access, wsdl: str = "") -> None:
        import zeep
        from requests import Session
        from zeep.helpers import serialize_object

        session = Session()
        session.trust_env = False
        transport = zeep.Transport(session=session, timeout=30, operation_timeout=60)
        client = zeep.Client(wsdl or access.wsdl, wsse=access.signature(), transport=transport)
        (binding,) = client.wsdl.bindings
        self.service: Any = client.create_service(binding, ENDPOINT)
        call = lambda name, asked: serialize_object(self.service[name](**asked))  # noqa: E731
        super().__init__(call, access.version)

    def described(self, instance: str) -> Any:
        """All that is said of an instance."""
        answer = self.service.DescribeInstances(instancesSet={"item": [{"instanceId": instance}]})
        return answer.reservationSet.item[0].instancesSet.item[0]


class AmazonsWsdl(Zeep):
    """zeep by the WSDL that Amazon published; EUCA_REFERENCE_WSDL says where a copy lies."""

    def __init__(self, access: Access) -> None:
        folder = os.environ.get("EUCA_REFERENCE_WSDL", "")
        if not folder:
            pytest.skip("EUCA_REFERENCE_WSDL does not say where Amazon's WSDLs lie")
        (wsdl,) = Path(folder).rglob(f"{access.version}*.wsdl")
        super().__init__(access, str(wsdl))


class Boto:
    """boto 2.49: Query, signature version 2."""

    def __init__(self, access: Access) -> None:
        mend()
        from boto.ec2.connection import EC2Connection
        from boto.ec2.regioninfo import RegionInfo

        region = RegionInfo(name="eucalyptus", endpoint="127.0.0.1")
        self._ec2: Any = EC2Connection(
            *access.key, is_secure=False, port=8773, path="/services/compute", region=region
        )

    def zones(self) -> list[str]:
        return [one.name for one in self._ec2.get_all_zones()]

    def images(self) -> list[str]:
        return [one.id for one in self._ec2.get_all_images()]

    def create_key(self, name: str) -> str:
        return str(self._ec2.create_key_pair(name).material)

    def create_group(self, name: str) -> None:
        self._ec2.create_security_group(name, "from boto")

    def run(self, image: str, key: str, group: str) -> str:
        made = self._ec2.run_instances(
            image, key_name=key, security_groups=[group], instance_type="m1.small"
        )
        return str(made.instances[0].id)

    def state(self, instance: str) -> str:
        return str(self._ec2.get_only_instances([instance])[0].state)

    def console(self, instance: str) -> str:
        said = self._ec2.get_console_output(instance).output
        return said.decode(errors="replace") if isinstance(said, bytes) else str(said or "")

    def reboot(self, instance: str) -> None:
        assert self._ec2.reboot_instances([instance])

    def terminate(self, instance: str) -> str:
        return str(self._ec2.terminate_instances([instance])[0].state)


def boto3_client(access: Access) -> Any:
    """boto3's own client, which asks once and does not try again."""
    return boto3.client(
        "ec2", endpoint_url=ENDPOINT, region_name="eucalyptus", config=Config(**DEPTH),
        aws_access_key_id=access.key[0], aws_secret_access_key=access.key[1],
    )  # fmt: skip


class Boto3:
    """boto3: Query, signature version 4."""

    def __init__(self, access: Access) -> None:
        self._ec2: Any = boto3_client(access)

    def zones(self) -> list[str]:
        return [z["ZoneName"] for z in self._ec2.describe_availability_zones()["AvailabilityZones"]]

    def images(self) -> list[str]:
        return [one["ImageId"] for one in self._ec2.describe_images()["Images"]]

    def create_key(self, name: str) -> str:
        return str(self._ec2.create_key_pair(KeyName=name)["KeyMaterial"])

    def create_group(self, name: str) -> None:
        self._ec2.create_security_group(GroupName=name, Description="from boto3")

    def run(self, image: str, key: str, group: str) -> str:
        made = self._ec2.run_instances(
            ImageId=image, MinCount=1, MaxCount=1, KeyName=key, SecurityGroups=[group],
            InstanceType="m1.small",
        )  # fmt: skip
        return str(made["Instances"][0]["InstanceId"])

    def state(self, instance: str) -> str:
        (found,) = self._ec2.describe_instances(InstanceIds=[instance])["Reservations"]
        return str(found["Instances"][0]["State"]["Name"])

    def console(self, instance: str) -> str:
        return str(self._ec2.get_console_output(InstanceId=instance).get("Output", ""))

    def reboot(self, instance: str) -> None:
        self._ec2.reboot_instances(InstanceIds=[instance])

    def terminate(self, instance: str) -> str:
        (ended,) = self._ec2.terminate_instances(InstanceIds=[instance])["TerminatingInstances"]
        return str(ended["CurrentState"]["Name"])


class AwsCli:
    """The AWS command line."""

    def __init__(self, access: Access) -> None:
        self._program = str(Path(sys.executable).with_name("aws"))
        self._env = {
            **os.environ, **access.variables, "AWS_PAGER": "", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1", "HOME": "/nonexistent",
        }  # fmt: skip

    def _aws(self, *words: str) -> Any:
        command = (self._program, "--endpoint-url", ENDPOINT, "--output", "json", "ec2", *words)
        said = run_now(command, env=self._env, timeout=60).out
        return json.loads(said) if said.strip() else None

    def zones(self) -> list[str]:
        said = self._aws("describe-availability-zones")
        return [one["ZoneName"] for one in said["AvailabilityZones"]]

    def images(self) -> list[str]:
        return [one["ImageId"] for one in self._aws("describe-images")["Images"]]

    def create_key(self, name: str) -> str:
        return str(self._aws("create-key-pair", "--key-name", name)["KeyMaterial"])

    def create_group(self, name: str) -> None:
        self._aws("create-security-group", "--group-name", name, "--description", "from the CLI")

    def run(self, image: str, key: str, group: str) -> str:
        what = ("--image-id", image, "--key-name", key, "--security-groups", group)
        made = self._aws("run-instances", *what, "--instance-type", "m1.small")
        return str(made["Instances"][0]["InstanceId"])

    def state(self, instance: str) -> str:
        (found,) = self._aws("describe-instances", "--instance-ids", instance)["Reservations"]
        return str(found["Instances"][0]["State"]["Name"])

    def console(self, instance: str) -> str:
        return str(self._aws("get-console-output", "--instance-id", instance).get("Output", ""))

    def reboot(self, instance: str) -> None:
        self._aws("reboot-instances", "--instance-ids", instance)

    def terminate(self, instance: str) -> str:
        said = self._aws("terminate-instances", "--instance-ids", instance)
        return str(said["TerminatingInstances"][0]["CurrentState"]["Name"])


class ApiTools:
    """Amazon's ec2-api-tools of 2013: Java, SOAP; EC2_API_TOOLS_HOME says where they lie."""

    def __init__(self, access: Access) -> None:
        home, java = os.environ.get("EC2_API_TOOLS_HOME", ""), shutil.which("java")
        if not home or java is None:
            pytest.skip("EC2_API_TOOLS_HOME does not say where ec2-api-tools lie, or no Java")
        self._bin = Path(home, "bin")
        self._env = {
            **os.environ, **access.variables, "EC2_HOME": home, "EC2_JVM_ARGS": JAVA_FLAGS,
            "JAVA_HOME": str(Path(java).resolve().parents[1]),
        }  # fmt: skip
        for name in ("AWS_ACCESS_KEY", "AWS_SECRET_KEY"):
            self._env.pop(name, None)

    def _tool(self, *words: str) -> list[list[str]]:
        """The lines that a tool prints, in columns."""
        said = run_now([str(self._bin / words[0]), *words[1:]], env=self._env, timeout=90).out
        return [line.split("\t") for line in said.decode().splitlines()]

    def _row(self, kind: str, *words: str) -> list[str]:
        (row,) = (row for row in self._tool(*words) if row[0] == kind)
        return row

    def zones(self) -> list[str]:
        return [self._row("AVAILABILITYZONE", "ec2-describe-availability-zones")[1]]

    def images(self) -> list[str]:
        return [row[1] for row in self._tool("ec2-describe-images", "-a") if row[0] == "IMAGE"]

    def create_key(self, name: str) -> str:
        rows = self._tool("ec2-create-keypair", name)
        return "\n".join(row[0] for row in rows if row[0] != "KEYPAIR")

    def create_group(self, name: str) -> None:
        self._row("GROUP", "ec2-create-group", name, "-d", "from Java")

    def run(self, image: str, key: str, group: str) -> str:
        what = (image, "-k", key, "-g", group, "-t", "m1.small")
        return self._row("INSTANCE", "ec2-run-instances", *what)[1]

    def state(self, instance: str) -> str:
        return self._row("INSTANCE", "ec2-describe-instances", instance)[5]

    def console(self, instance: str) -> str:
        return "\n".join(row[0] for row in self._tool("ec2-get-console-output", instance))

    def reboot(self, instance: str) -> None:
        self._tool("ec2-reboot-instances", instance)

    def terminate(self, instance: str) -> str:
        return self._row("INSTANCE", "ec2-terminate-instances", instance)[3]
