# SPDX-License-Identifier: BSD-2-Clause
"""Images, from the operations' side."""

from __future__ import annotations

from typing import Any

import pytest

from eucalyptus.contracts.ec2.devices import BlockDeviceMappingItem, EbsBlockDevice
from eucalyptus.contracts.ec2.filters import Filter, Value
from eucalyptus.contracts.ec2.images import (
    DescribeImagesExecutableBy,
    DescribeImagesItem,
    DescribeImagesOwner,
    DescribeImagesResponseItem,
)
from eucalyptus.contracts.refusals import Refused
from tests.cloudcontroller.compute.street import ADMIN, ALICE, BOB, Street


def described(street: Street, *names: str, **around: Any) -> list[DescribeImagesResponseItem]:
    """DescribeImages."""
    asked = tuple(DescribeImagesItem(image_id=name) for name in names)
    return list(street.ask("DescribeImages", images=asked, **around).images)


def test_a_registered_image_is_described(street: Street) -> None:
    """Kind, owner, virtualization and device follow from request and manifest."""
    image = street.image()
    (item,) = described(street)
    assert item.image_id == image and image.startswith("emi-")
    assert (item.image_state, item.is_public, item.image_type) == ("available", False, "machine")
    assert (item.virtualization_type, item.root_device_name) == ("hvm", "/dev/sda")
    assert item.image_location == "images/disk.manifest.xml"
    assert item.image_owner_id == ALICE.account_id


def test_names_are_unique_per_account(street: Street) -> None:
    """Until the image is deregistered."""
    image = street.image()
    with pytest.raises(Refused, match="already has an image named 'disk'"):
        street.image()
    street.ask("DeregisterImage", image_id=image)
    assert street.image() != image


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"image_location": "images/none.manifest.xml"}, "InvalidManifest"),
        ({"image_location": "images/broken.manifest.xml"}, "InvalidManifest"),
        ({"image_location": "nowhere"}, "InvalidParameterValue"),
        ({"image_location": "../etc/passwd/x"}, "InvalidParameterValue"),
        ({"image_location": None}, "MissingParameter"),
        ({"architecture": "pdp11"}, "InvalidParameterValue"),
        ({"virtualization_type": "lpar"}, "InvalidParameterValue"),
        ({"kernel_id": "eki-00000000"}, "InvalidAMIID.NotFound"),
        ({"kernel_id": "emi-00000000"}, "InvalidParameterValue"),
        ({"kernel_id": "eki-00000000", "virtualization_type": "hvm"},
         "InvalidParameterCombination"),
        ({"name": "a"}, "InvalidParameterValue"),
        ({"block_device_mapping": (BlockDeviceMappingItem(
            device_name="sda", ebs=EbsBlockDevice(snapshot_id="snap-1")),)},
         "InvalidParameterCombination"),
        ({"sriov_net_support": "simple"}, "InvalidParameterCombination"),
    ],
)  # fmt: skip
def test_bad_registrations(street: Street, parts: dict[str, Any], expected: str) -> None:
    """The documented error, and no image."""
    wishes = {"image_location": "images/disk.manifest.xml", "name": "disk", **parts}
    with pytest.raises(Refused) as caught:
        street.ask("RegisterImage", **wishes)
    assert caught.value.refusal.code == expected
    assert street.rows("images") == []


def test_an_image_larger_than_allowed(street: Street) -> None:
    """cloud.images.maximagesizegb."""
    street.set("cloud.images.maximagesizegb", "5")
    with pytest.raises(Refused, match="at most 5 GiB"):
        street.image("images/huge.manifest.xml")


def test_private_images_are_for_their_account(street: Street) -> None:
    """Bob neither sees nor launches nor deregisters Alice's; the administrator sees all."""
    image = street.image()
    assert described(street, who=BOB) == []
    for name, parts in (
        ("DescribeImages", {"images": (DescribeImagesItem(image_id=image),)}),
        ("DeregisterImage", {"image_id": image}),
        ("RunInstances", {"image_id": image, "min_count": 1, "max_count": 1,
                          "instance_type": "m1.small"}),
    ):  # fmt: skip
        with pytest.raises(Refused, match="does not exist"):
            street.ask(name, BOB, **parts)
    assert len(described(street, who=ADMIN)) == 1


def test_public_images_are_for_all_but_deregistered_by_their_owner(street: Street) -> None:
    """cloud.images.defaultvisibility makes new images public."""
    street.set("cloud.images.defaultvisibility", "true")
    image = street.image()
    assert len(described(street, who=BOB)) == 1
    street.launch(image, BOB)
    with pytest.raises(Refused, match="may not perform"):
        street.ask("DeregisterImage", BOB, image_id=image)
    everybody = (DescribeImagesExecutableBy(user="all"),)
    assert len(described(street, who=BOB, executable_by=everybody)) == 1
    myself = (DescribeImagesOwner(owner="self"),)
    assert described(street, who=BOB, owners=myself) == []
    assert len(described(street, owners=myself)) == 1


def test_a_deregistered_image_in_use_stays_on_record(street: Street) -> None:
    """Its instance still starts; nobody can launch it; it goes with its last instance."""
    image = street.image()
    (one,) = street.launch(image).instances
    street.ask("DeregisterImage", image_id=image)
    assert described(street) == []
    with pytest.raises(Refused, match="deregistered and cannot be launched"):
        street.launch(image)
    street.turn()
    assert street.described() == {one.instance_id: "running"}
    street.terminate(one.instance_id)
    street.turn()
    for _ in range(2):
        street.later(3700)
        street.reconcile()
    assert street.rows("images") == []


def test_filters_select(street: Street) -> None:
    """By type and by visibility."""
    street.image()
    street.image("images/vmlinuz.manifest.xml")
    asked = (Filter(name="image-type", value=(Value(value="kernel"),)),)
    (item,) = described(street, filter=asked)
    assert item.image_id.startswith("eki-")
    asked = (Filter(name="is-public", value=(Value(value="true"),)),)
    assert described(street, filter=asked) == []
