# SPDX-License-Identifier: BSD-2-Clause
"""Images: register, deregister, describe."""

from __future__ import annotations

from eucalyptus.contracts.declare import Operation, items, message, part
from eucalyptus.contracts.earlier import Was
from eucalyptus.contracts.ec2.devices import BlockDeviceMappingItem
from eucalyptus.contracts.ec2.filters import (
    REQUEST_IDS,
    Filter,
    ResourceTagSetItem,
    StateReason,
)
from eucalyptus.contracts.refusals import (
    DUPLICATE_IMAGE_NAME,
    INVALID_COMBINATION,
    INVALID_MANIFEST,
    MALFORMED_IMAGE_ID,
    NO_SUCH_IMAGE,
)

BUNDLES_ONLY = "2009-08-15"
"""The last API version in which every image was a bundle with a location."""


@message("ProductCodesSetItemType")
class ProductCodesSetItem:
    """A product code."""

    product_code: str
    type: str = part(since="2012-04-01")


@message("RegisterImageType")
class RegisterImage:
    """Register an uploaded bundle as an image that can be launched."""

    image_location: str | None = part(default=None, was=Was(until=BUNDLES_ONLY, required=True))
    name: str = part(since="2009-10-31")
    description: str | None = part(default=None, since="2009-10-31")
    architecture: str | None = part(default=None, since="2009-10-31")
    kernel_id: str | None = part(default=None, since="2009-10-31")
    ramdisk_id: str | None = part(default=None, since="2009-10-31")
    root_device_name: str | None = part(default=None, since="2009-10-31")
    block_device_mapping: tuple[BlockDeviceMappingItem, ...] = items(
        "BlockDeviceMappingType", default=(), since="2009-10-31"
    )
    virtualization_type: str | None = part(
        default=None, was=Was(until="2013-10-01", query_only=True)
    )
    sriov_net_support: str | None = part(default=None, since="2013-10-15")


@message("RegisterImageResponseType")
class RegisterImageResponse:
    """The id of the new image."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    image_id: str


@message("DeregisterImageType")
class DeregisterImage:
    """Take an image off the list; instances of it run on, its bundle stays."""

    image_id: str


@message("DeregisterImageResponseType")
class DeregisterImageResponse:
    """Whether the image was taken off the list."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    succeeded: bool = part(name="return")


@message("DescribeImagesExecutableByType")
class DescribeImagesExecutableBy:
    """Who may launch the images asked for: an account, ``self`` or ``all``."""

    user: str


@message("DescribeImagesItemType")
class DescribeImagesItem:
    """The id of an image to describe."""

    image_id: str


@message("DescribeImagesOwnerType")
class DescribeImagesOwner:
    """Whose images are asked for: an account, ``self``, ``amazon``."""

    owner: str


@message("DescribeImagesType")
class DescribeImages:
    """Describe images by id, owner, launcher or filter; without any, all you may see."""

    executable_by: tuple[DescribeImagesExecutableBy, ...] = items(
        "DescribeImagesExecutableBySetType",
        default=(),
        name="executableBySet",
        since="2006-10-01",
        query="ExecutableBy",
        was=Was(until="2006-10-01", required=True),
    )
    images: tuple[DescribeImagesItem, ...] = items(
        "DescribeImagesInfoType", default=(), name="imagesSet", required=True
    )
    owners: tuple[DescribeImagesOwner, ...] = items(
        "DescribeImagesOwnersType",
        default=(),
        name="ownersSet",
        since="2006-10-01",
        was=Was(until="2006-10-01", required=True),
    )
    filter: tuple[Filter, ...] = items(
        "FilterSetType", default=(), name="filterSet", since="2010-08-31"
    )


@message("DescribeImagesResponseItemType")
class DescribeImagesResponseItem:
    """One image."""

    image_id: str
    image_location: str | None = part(
        default=None, was=Was(until=BUNDLES_ONLY, required=True, otherwise="")
    )
    image_state: str
    image_owner_id: str
    is_public: bool
    product_codes: tuple[ProductCodesSetItem, ...] = items(
        "ProductCodesSetType", default=(), since="2007-03-01"
    )
    architecture: str | None = part(default=None, since="2008-02-01")
    image_type: str | None = part(default=None, since="2008-02-01")
    kernel_id: str | None = part(default=None, since="2008-02-01")
    ramdisk_id: str | None = part(default=None, since="2008-02-01")
    platform: str | None = part(default=None, since="2008-08-08")
    sriov_net_support: str | None = part(default=None, since="2013-10-15")
    state_reason: StateReason | None = part(default=None, since="2009-10-31")
    image_owner_alias: str | None = part(default=None, since="2009-10-31")
    name: str | None = part(default=None, since="2009-10-31")
    description: str | None = part(default=None, since="2009-10-31")
    root_device_type: str | None = part(default=None, since="2009-10-31")
    root_device_name: str | None = part(default=None, since="2009-10-31")
    block_device_mapping: tuple[BlockDeviceMappingItem, ...] = items(
        "BlockDeviceMappingType", default=(), since="2009-10-31"
    )
    virtualization_type: str | None = part(default=None, since="2010-06-15")
    tag: tuple[ResourceTagSetItem, ...] = items(
        "ResourceTagSetType", default=(), name="tagSet", since="2010-08-31"
    )
    hypervisor: str | None = part(default=None, since="2010-11-15")


@message("DescribeImagesResponseType")
class DescribeImagesResponse:
    """The images asked for."""

    request_id: str = part(default="", required=True, since=REQUEST_IDS)
    images: tuple[DescribeImagesResponseItem, ...] = items(
        "DescribeImagesResponseInfoType", default=(), name="imagesSet", required=True
    )


REGISTER_IMAGE = Operation(
    name="RegisterImage",
    asks=RegisterImage,
    answers=RegisterImageResponse,
    refuses=(
        INVALID_MANIFEST,
        DUPLICATE_IMAGE_NAME,
        NO_SUCH_IMAGE,
        INVALID_COMBINATION,
    ),
    allows="ec2:RegisterImage",
    mutates=True,
)


DEREGISTER_IMAGE = Operation(
    name="DeregisterImage",
    asks=DeregisterImage,
    answers=DeregisterImageResponse,
    refuses=(
        NO_SUCH_IMAGE,
        MALFORMED_IMAGE_ID,
    ),
    allows="ec2:DeregisterImage",
    mutates=True,
)


DESCRIBE_IMAGES = Operation(
    name="DescribeImages",
    asks=DescribeImages,
    answers=DescribeImagesResponse,
    refuses=(
        NO_SUCH_IMAGE,
        MALFORMED_IMAGE_ID,
    ),
    allows="ec2:DescribeImages",
)


OPERATIONS = (
    REGISTER_IMAGE,
    DEREGISTER_IMAGE,
    DESCRIBE_IMAGES,
)
