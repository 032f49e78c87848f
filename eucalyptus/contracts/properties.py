# SPDX-License-Identifier: BSD-2-Clause
"""Cloud properties as ``euctl`` sees and changes them; cloud administrators only."""

from __future__ import annotations

from eucalyptus.contracts.declare import Contract, Operation, Reach, items, message, part
from eucalyptus.contracts.refusals import INVALID_PROPERTY, NO_SUCH_PROPERTY

VERSION = "eucalyptus"
"""What clients of the original send as ``Version``; the contract itself is undated."""


@message("PropertyType")
class Property:
    """One property. A secret's ``value`` is asterisks."""

    name: str
    value: str
    description: str
    default_value: str
    read_only: bool
    structure: bool = part(default=False, required=True)


@message("PropertyNameType")
class PropertyName:
    """The name of a property, or a prefix of names that ends where a dot is."""

    name: str


@message("DescribePropertiesType")
class DescribeProperties:
    """Ask for the properties named, or for all."""

    properties: tuple[PropertyName, ...] = items(
        "PropertyNameSetType", default=(), name="properties", query="Properties"
    )


@message("DescribePropertiesResponseType")
class DescribePropertiesResponse:
    """Properties in the order of their names."""

    request_id: str = part(default="", required=True)
    properties: tuple[Property, ...] = items(
        "PropertySetType", default=(), name="properties", required=True
    )


@message("ModifyPropertyValueType")
class ModifyPropertyValue:
    """Ask to set a property to ``value``, or with ``reset`` to its default."""

    name: str
    value: str | None = None
    reset: bool = False


@message("ModifyPropertyValueResponseType")
class ModifyPropertyValueResponse:
    """The value now and the value before."""

    request_id: str = part(default="", required=True)
    name: str
    value: str
    old_value: str


DESCRIBE_PROPERTIES = Operation(
    name="DescribeProperties",
    asks=DescribeProperties,
    answers=DescribePropertiesResponse,
    refuses=(NO_SUCH_PROPERTY,),
    allows="euprop:DescribeProperties",
    reach=Reach.CLOUD_ADMIN,
)

MODIFY_PROPERTY_VALUE = Operation(
    name="ModifyPropertyValue",
    asks=ModifyPropertyValue,
    answers=ModifyPropertyValueResponse,
    refuses=(NO_SUCH_PROPERTY, INVALID_PROPERTY),
    allows="euprop:ModifyPropertyValue",
    reach=Reach.CLOUD_ADMIN,
    mutates=True,
)

PROPERTIES_CONTRACT = Contract(
    name="properties",
    service="PropertiesService",
    port="Properties",
    namespace="http://msgs.eucalyptus.com",
    operations=(DESCRIBE_PROPERTIES, MODIFY_PROPERTY_VALUE),
    query_versions=(VERSION,),
)
