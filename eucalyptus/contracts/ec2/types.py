# SPDX-License-Identifier: BSD-2-Clause
"""Instance types: describe, and for the cloud's administrators modify. Query only.

No Amazon WSDL has these operations. The answer carries the original's ``instanceTypeDetails`` and,
in newer versions, the members that today's AWS clients read.
"""

from __future__ import annotations

from eucalyptus.contracts.declare import Long, Operation, Reach, items, message, part
from eucalyptus.contracts.ec2.filters import Filter
from eucalyptus.contracts.refusals import INVALID_COMBINATION, NO_SUCH_TYPE

NEW_SHAPE = "2014-10-01"
"""First Query version whose answers hold AWS's members too."""


@message("InstanceTypeNameType")
class InstanceTypeName:
    """The name of an instance type."""

    instance_type: str


@message("DescribeInstanceTypesType")
class DescribeInstanceTypes:
    """Ask for some instance types, or all; ``availability`` adds the zones' capacity."""

    instance_types: tuple[InstanceTypeName, ...] = items(
        "InstanceTypeNameSetType", default=(), name="instanceTypeSet", query="InstanceType"
    )
    availability: bool | None = None
    verbose: bool | None = None
    filter: tuple[Filter, ...] = items("FilterSetType", default=(), name="filterSet")
    max_results: int | None = None
    next_token: str | None = None


@message("InstanceTypeZoneStatusType")
class InstanceTypeZoneStatus:
    """How many instances of a type a zone holds in all, and has room for now."""

    zone_name: str
    max: int
    available: int


@message("InstanceTypeDetailsType")
class InstanceTypeDetails:
    """One type as the original describes it: ``memory`` MiB, ``disk`` GiB."""

    name: str
    cpu: int
    disk: int
    memory: int
    availability: tuple[InstanceTypeZoneStatus, ...] = items(
        "InstanceTypeZoneStatusSetType", default=()
    )


@message("VCpuInfoType")
class VCpuInfo:
    """The virtual CPUs of a type."""

    default_v_cpus: int = part(name="defaultVCpus")


@message("MemoryInfoType")
class MemoryInfo:
    """The memory of a type in MiB."""

    size_in_mi_b: Long = part(name="sizeInMiB")


@message("InstanceStorageInfoType")
class InstanceStorageInfo:
    """The disk of a type in GB."""

    total_size_in_gb: Long = part(name="totalSizeInGB")


@message("InstanceTypeInfoType")
class InstanceTypeInfo:
    """One type as today's AWS clients read it."""

    instance_type: str
    current_generation: bool
    bare_metal: bool
    v_cpu_info: VCpuInfo = part(name="vCpuInfo")
    memory_info: MemoryInfo
    instance_storage_supported: bool
    instance_storage_info: InstanceStorageInfo


@message("DescribeInstanceTypesResponseType")
class DescribeInstanceTypesResponse:
    """The instance types asked for."""

    request_id: str = part(default="", required=True)
    instance_type_details: tuple[InstanceTypeDetails, ...] = items(
        "InstanceTypeDetailsSetType", default=()
    )
    instance_type_infos: tuple[InstanceTypeInfo, ...] = items(
        "InstanceTypeInfoSetType", default=(), name="instanceTypeSet", since=NEW_SHAPE
    )


@message("ModifyInstanceTypeAttributeType")
class ModifyInstanceTypeAttribute:
    """Change or reset one type; ``memory`` MiB, ``disk`` GiB. Running instances keep theirs."""

    name: str
    cpu: int | None = None
    disk: int | None = None
    memory: int | None = None
    reset: bool | None = None
    force: bool | None = None


@message("ModifyInstanceTypeAttributeResponseType")
class ModifyInstanceTypeAttributeResponse:
    """The type before and after."""

    request_id: str = part(default="", required=True)
    instance_type: InstanceTypeDetails
    previous_instance_type: InstanceTypeDetails


DESCRIBE_INSTANCE_TYPES = Operation(
    name="DescribeInstanceTypes",
    asks=DescribeInstanceTypes,
    answers=DescribeInstanceTypesResponse,
    refuses=(NO_SUCH_TYPE,),
    allows="ec2:DescribeInstanceTypes",
    soap=False,
)


MODIFY_INSTANCE_TYPE_ATTRIBUTE = Operation(
    name="ModifyInstanceTypeAttribute",
    asks=ModifyInstanceTypeAttribute,
    answers=ModifyInstanceTypeAttributeResponse,
    refuses=(NO_SUCH_TYPE, INVALID_COMBINATION),
    allows="ec2:ModifyInstanceTypeAttribute",
    reach=Reach.CLOUD_ADMIN,
    soap=False,
    mutates=True,
)


OPERATIONS = (DESCRIBE_INSTANCE_TYPES, MODIFY_INSTANCE_TYPE_ATTRIBUTE)
