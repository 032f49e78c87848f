# SPDX-License-Identifier: BSD-2-Clause
"""One example per operation, as a message and as today's and yesterday's tools say the same.

The SOAP document, the Query parameters and the zeep call of a page are derived from ``ask``. A test
runs every ``boto3`` call and holds what it sends against ``ask``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eucalyptus.contracts.ec2.addresses import DescribeAddresses
from eucalyptus.contracts.ec2.filters import EmptyElement, Filter, Value
from eucalyptus.contracts.ec2.groups import (
    AuthorizeSecurityGroupIngress,
    CreateSecurityGroup,
    DeleteSecurityGroup,
    DescribeSecurityGroups,
    DescribeSecurityGroupsIdSetItem,
    GroupItem,
    IpPermission,
    IpRangeItem,
    RevokeSecurityGroupIngress,
)
from eucalyptus.contracts.ec2.image_attributes import (
    DescribeImageAttribute,
    LaunchPermissionItem,
    LaunchPermissionOperation,
    ModifyImageAttribute,
    ResetImageAttribute,
)
from eucalyptus.contracts.ec2.images import (
    DeregisterImage,
    DescribeImages,
    DescribeImagesOwner,
    RegisterImage,
)
from eucalyptus.contracts.ec2.instances import (
    DescribeInstances,
    GetConsoleOutput,
    InstanceId,
    RebootInstances,
    RebootInstancesItem,
    RunInstances,
    TerminateInstances,
)
from eucalyptus.contracts.ec2.keys import (
    CreateKeyPair,
    DeleteKeyPair,
    DescribeKeyPairs,
    DescribeKeyPairsItem,
    ImportKeyPair,
)
from eucalyptus.contracts.ec2.types import (
    DescribeInstanceTypes,
    InstanceTypeName,
    ModifyInstanceTypeAttribute,
)
from eucalyptus.contracts.ec2.zones import DescribeAvailabilityZones, DescribeRegions


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One thing to ask: ``boto3`` is a call on a client, "" where boto3 has no such operation;
    ``euca2ools`` a command line, "" where there is no such command."""

    ask: Any
    boto3: str = ""
    euca2ools: str = ""


_INSTANCE, _IMAGE, _GROUP, _KEY = "i-0a1b2c3d", "emi-4e5f6a7b", "sg-8c9d0e1f", "my-key"
_PUBLIC_KEY = "c3NoLXJzYSBBQUFBQjNOemFDMXljMkVBQUFBREFRQUI="
_SSH = IpPermission(
    ip_protocol="tcp", from_port=22, to_port=22, ip_ranges=(IpRangeItem(cidr_ip="192.0.2.0/24"),)
)
_SSH_BOTO3 = (
    f'GroupId="{_GROUP}", IpPermissions=[{{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, '
    '"IpRanges": [{"CidrIp": "192.0.2.0/24"}]}]'
)

EC2_EXAMPLES: Mapping[str, Example] = {
    "RunInstances": Example(
        ask=RunInstances(
            image_id=_IMAGE,
            min_count=1,
            max_count=2,
            key_name=_KEY,
            group=(GroupItem(group_id=_GROUP),),
            instance_type="m1.small",
        ),
        boto3=f'run_instances(ImageId="{_IMAGE}", MinCount=1, MaxCount=2, KeyName="{_KEY}", '
        f'SecurityGroupIds=["{_GROUP}"], InstanceType="m1.small")',
        euca2ools=f"euca-run-instances {_IMAGE} -n 1-2 -k {_KEY} -g {_GROUP} -t m1.small",
    ),
    "DescribeInstances": Example(
        ask=DescribeInstances(
            filter=(Filter(name="instance-state-name", value=(Value(value="running"),)),)
        ),
        boto3='describe_instances(Filters=[{"Name": "instance-state-name", '
        '"Values": ["running"]}])',
        euca2ools="euca-describe-instances --filter instance-state-name=running",
    ),
    "TerminateInstances": Example(
        ask=TerminateInstances(instances=(InstanceId(instance_id=_INSTANCE),)),
        boto3=f'terminate_instances(InstanceIds=["{_INSTANCE}"])',
        euca2ools=f"euca-terminate-instances {_INSTANCE}",
    ),
    "RebootInstances": Example(
        ask=RebootInstances(instances=(RebootInstancesItem(instance_id=_INSTANCE),)),
        boto3=f'reboot_instances(InstanceIds=["{_INSTANCE}"])',
        euca2ools=f"euca-reboot-instances {_INSTANCE}",
    ),
    "GetConsoleOutput": Example(
        ask=GetConsoleOutput(instance_id=_INSTANCE),
        boto3=f'get_console_output(InstanceId="{_INSTANCE}")',
        euca2ools=f"euca-get-console-output {_INSTANCE}",
    ),
    "RegisterImage": Example(
        ask=RegisterImage(
            image_location="images/debian.img.manifest.xml", name="debian", architecture="x86_64"
        ),
        boto3='register_image(ImageLocation="images/debian.img.manifest.xml", Name="debian", '
        'Architecture="x86_64")',
        euca2ools="euca-register images/debian.img.manifest.xml -n debian -a x86_64",
    ),
    "DeregisterImage": Example(
        ask=DeregisterImage(image_id=_IMAGE),
        boto3=f'deregister_image(ImageId="{_IMAGE}")',
        euca2ools=f"euca-deregister {_IMAGE}",
    ),
    "DescribeImages": Example(
        ask=DescribeImages(owners=(DescribeImagesOwner(owner="self"),)),
        boto3='describe_images(Owners=["self"])',
        euca2ools="euca-describe-images -o self",
    ),
    "DescribeImageAttribute": Example(
        ask=DescribeImageAttribute(image_id=_IMAGE, launch_permission=EmptyElement()),
        boto3=f'describe_image_attribute(ImageId="{_IMAGE}", Attribute="launchPermission")',
        euca2ools=f"euca-describe-image-attribute {_IMAGE} -l",
    ),
    "ModifyImageAttribute": Example(
        ask=ModifyImageAttribute(
            image_id=_IMAGE,
            launch_permission=LaunchPermissionOperation(
                add=(LaunchPermissionItem(user_id="123456789012"),)
            ),
        ),
        boto3=f'modify_image_attribute(ImageId="{_IMAGE}", '
        'LaunchPermission={"Add": [{"UserId": "123456789012"}]})',
        euca2ools=f"euca-modify-image-attribute {_IMAGE} -l -a 123456789012",
    ),
    "ResetImageAttribute": Example(
        ask=ResetImageAttribute(image_id=_IMAGE, launch_permission=EmptyElement()),
        boto3=f'reset_image_attribute(ImageId="{_IMAGE}", Attribute="launchPermission")',
        euca2ools=f"euca-reset-image-attribute {_IMAGE} -l",
    ),
    "CreateKeyPair": Example(
        ask=CreateKeyPair(key_name=_KEY),
        boto3=f'create_key_pair(KeyName="{_KEY}")',
        euca2ools=f"euca-create-keypair {_KEY} -f {_KEY}.pem",
    ),
    "ImportKeyPair": Example(
        ask=ImportKeyPair(key_name=_KEY, public_key_material=_PUBLIC_KEY),
        boto3=f'import_key_pair(KeyName="{_KEY}", '
        'PublicKeyMaterial=b"ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB")',
        euca2ools=f"euca-import-keypair {_KEY} -f ~/.ssh/id_rsa.pub",
    ),
    "DescribeKeyPairs": Example(
        ask=DescribeKeyPairs(key=(DescribeKeyPairsItem(key_name=_KEY),)),
        boto3=f'describe_key_pairs(KeyNames=["{_KEY}"])',
        euca2ools=f"euca-describe-keypairs {_KEY}",
    ),
    "DeleteKeyPair": Example(
        ask=DeleteKeyPair(key_name=_KEY),
        boto3=f'delete_key_pair(KeyName="{_KEY}")',
        euca2ools=f"euca-delete-keypair {_KEY}",
    ),
    "CreateSecurityGroup": Example(
        ask=CreateSecurityGroup(group_name="web", group_description="web servers"),
        boto3='create_security_group(GroupName="web", Description="web servers")',
        euca2ools='euca-create-group web -d "web servers"',
    ),
    "DeleteSecurityGroup": Example(
        ask=DeleteSecurityGroup(group_id=_GROUP),
        boto3=f'delete_security_group(GroupId="{_GROUP}")',
        euca2ools=f"euca-delete-group {_GROUP}",
    ),
    "DescribeSecurityGroups": Example(
        ask=DescribeSecurityGroups(
            security_group_id=(DescribeSecurityGroupsIdSetItem(group_id=_GROUP),)
        ),
        boto3=f'describe_security_groups(GroupIds=["{_GROUP}"])',
        euca2ools=f"euca-describe-groups {_GROUP}",
    ),
    "AuthorizeSecurityGroupIngress": Example(
        ask=AuthorizeSecurityGroupIngress(group_id=_GROUP, ip_permissions=(_SSH,)),
        boto3=f"authorize_security_group_ingress({_SSH_BOTO3})",
        euca2ools=f"euca-authorize {_GROUP} -P tcp -p 22 -s 192.0.2.0/24",
    ),
    "RevokeSecurityGroupIngress": Example(
        ask=RevokeSecurityGroupIngress(group_id=_GROUP, ip_permissions=(_SSH,)),
        boto3=f"revoke_security_group_ingress({_SSH_BOTO3})",
        euca2ools=f"euca-revoke {_GROUP} -P tcp -p 22 -s 192.0.2.0/24",
    ),
    "DescribeAvailabilityZones": Example(
        ask=DescribeAvailabilityZones(),
        boto3="describe_availability_zones()",
        euca2ools="euca-describe-availability-zones",
    ),
    "DescribeAddresses": Example(
        ask=DescribeAddresses(),
        boto3="describe_addresses()",
        euca2ools="euca-describe-addresses",
    ),
    "DescribeRegions": Example(
        ask=DescribeRegions(),
        boto3="describe_regions()",
        euca2ools="euca-describe-regions",
    ),
    "DescribeInstanceTypes": Example(
        ask=DescribeInstanceTypes(instance_types=(InstanceTypeName(instance_type="m1.small"),)),
        boto3='describe_instance_types(InstanceTypes=["m1.small"])',
        euca2ools="euca-describe-instance-types m1.small",
    ),
    "ModifyInstanceTypeAttribute": Example(
        ask=ModifyInstanceTypeAttribute(name="m1.small", cpu=2, memory=512),
        euca2ools="euca-modify-instance-type m1.small -c 2 -m 512",
    ),
}
"""By operation; a test wants one for each that is offered."""
