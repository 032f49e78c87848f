# SPDX-License-Identifier: BSD-2-Clause
"""Attributes of images, and launch permissions wherever they matter."""

from __future__ import annotations

from typing import Any

import pytest

from eucalyptus.access.principals import Principal
from eucalyptus.contracts.ec2.filters import EmptyElement, Filter, Value
from eucalyptus.contracts.ec2.image_attributes import (
    AttributeValue,
    DescribeImageAttributeResponse,
    LaunchPermissionItem,
    LaunchPermissionOperation,
    ProductCodeItem,
)
from eucalyptus.contracts.ec2.images import (
    DescribeImagesExecutableBy,
    DescribeImagesItem,
    DescribeImagesOwner,
)
from eucalyptus.contracts.refusals import Refused
from tests.cloudcontroller.compute.street import ADMIN, ALICE, BOB, NOBODY, Street, person

CAROL = person("carol", 4)
CHOSEN = EmptyElement()


def items(*launchers: str) -> tuple[LaunchPermissionItem, ...]:
    """Accounts by number and ``all``."""
    return tuple(
        LaunchPermissionItem(group=one) if one == "all" else LaunchPermissionItem(user_id=one)
        for one in launchers
    )


def permit(street: Street, image: str, *launchers: str, who: Principal = ALICE) -> None:
    """Let them launch the image."""
    change = LaunchPermissionOperation(add=items(*launchers))
    street.ask("ModifyImageAttribute", who, image_id=image, launch_permission=change)


def forbid(street: Street, image: str, *launchers: str) -> None:
    """Let them launch it no longer."""
    change = LaunchPermissionOperation(remove=items(*launchers))
    street.ask("ModifyImageAttribute", image_id=image, launch_permission=change)


def told(
    street: Street, image: str, attribute: str, who: Principal = ALICE
) -> DescribeImageAttributeResponse:
    """DescribeImageAttribute."""
    answer: DescribeImageAttributeResponse = street.ask(
        "DescribeImageAttribute", who, image_id=image, **{attribute: CHOSEN}
    )
    assert answer.image_id == image
    return answer


def launchers(street: Street, image: str) -> list[str]:
    """Who may launch it."""
    found = told(street, image, "launch_permission").launch_permission
    assert found is not None
    return [one.group or one.user_id or "" for one in found]


def seen(street: Street, who: Principal, **around: Any) -> list[str]:
    """The ids that DescribeImages gives."""
    return [one.image_id for one in street.ask("DescribeImages", who, **around).images]


def test_a_permitted_account_sees_and_launches(street: Street) -> None:
    """And nobody else; taking it back takes effect, and what runs runs on."""
    image = street.image()
    permit(street, image, BOB.account_id)
    assert launchers(street, image) == [BOB.account_id]
    assert seen(street, BOB) == seen(street, BOB, images=(DescribeImagesItem(image_id=image),))
    assert seen(street, BOB) == [image]
    street.launch(image, BOB)
    assert seen(street, CAROL) == []
    with pytest.raises(Refused, match="does not exist"):
        street.launch(image, CAROL)
    forbid(street, image, BOB.account_id)
    assert launchers(street, image) == []
    with pytest.raises(Refused, match="does not exist"):
        street.launch(image, BOB)
    assert len(street.described(who=BOB)) == 1


def test_all_is_everybody(street: Street) -> None:
    """And shows as ``isPublic``; single permissions stay when it goes."""
    image = street.image()
    permit(street, image, "all", BOB.account_id)
    assert launchers(street, image) == ["all", BOB.account_id]
    (item,) = street.ask("DescribeImages", CAROL).images
    assert item.is_public
    street.launch(image, CAROL)
    forbid(street, image, "all")
    assert seen(street, CAROL) == []
    assert seen(street, BOB) == [image]
    assert not street.ask("DescribeImages").images[0].is_public


def test_adding_twice_and_removing_what_is_not_there_changes_nothing(street: Street) -> None:
    """Numbers may be written in groups of four."""
    image = street.image()
    permit(street, image, "0000-0000-0002")
    permit(street, image, BOB.account_id)
    forbid(street, image, CAROL.account_id, "all")
    assert launchers(street, image) == [BOB.account_id]


@pytest.mark.parametrize("default", ["false", "true"])
def test_resetting_gives_a_new_images_permissions(street: Street, default: str) -> None:
    """What cloud.images.defaultvisibility says now."""
    image = street.image()
    permit(street, image, "all", BOB.account_id)
    street.set("cloud.images.defaultvisibility", default)
    street.ask("ResetImageAttribute", image_id=image, launch_permission=CHOSEN)
    assert launchers(street, image) == (["all"] if default == "true" else [])


def test_a_shared_image_comes_with_its_owners_kernel(street: Street) -> None:
    """Not with a third account's, and no kernel may be named that was not shared itself."""
    kernel, ramdisk = (
        street.image(f"images/{name}.manifest.xml") for name in ("vmlinuz", "initrd")
    )
    image = street.image("images/root.manifest.xml", kernel_id=kernel, ramdisk_id=ramdisk)
    permit(street, image, BOB.account_id)
    (one,) = street.launch(image, BOB).instances
    assert (one.kernel_id, one.ramdisk_id) == (kernel, ramdisk)
    with pytest.raises(Refused, match=f"'{kernel}' does not exist"):
        street.launch(image, BOB, kernel_id=kernel)
    assert seen(street, BOB) == [image]

    permit(street, kernel, BOB.account_id)
    bobs = street.ask(
        "RegisterImage", BOB, image_location="images/disk.manifest.xml", name="bobs",
        kernel_id=kernel, virtualization_type="paravirtual",
    ).image_id  # fmt: skip
    permit(street, bobs, "all", who=BOB)
    with pytest.raises(Refused, match=f"'{kernel}' does not exist"):
        street.launch(bobs, CAROL)
    street.launch(bobs, BOB)


def test_executable_by_and_owner_choose(street: Street) -> None:
    """By account, ``self`` and ``all``; aliases that this cloud has not own nothing."""
    shared, public = street.image(), street.image("images/root.manifest.xml")
    permit(street, shared, BOB.account_id, CAROL.account_id)
    permit(street, public, "all")

    def by(*users: str, who: Principal = BOB) -> list[str]:
        asked = tuple(DescribeImagesExecutableBy(user=user) for user in users)
        return seen(street, who, executable_by=asked)

    def of(*owners: str, who: Principal = BOB) -> list[str]:
        return seen(street, who, owners=tuple(DescribeImagesOwner(owner=one) for one in owners))

    assert by("self") == by(BOB.account_id) == [shared]
    assert by("all") == [public]
    assert by("self", "all") == [shared, public]
    assert by(CAROL.account_id, who=ALICE) == by(CAROL.account_id, who=ADMIN) == [shared]
    assert by("self", who=ALICE) == []
    assert by(CAROL.account_id) == [], "whom else Alice permits is not Bob's to know"
    assert of("self") == of("amazon") == of("aws-marketplace") == of("microsoft") == []
    assert of(ALICE.account_id) == of("0000-0000-0001") == of("self", who=ALICE)
    assert of(ALICE.account_id) == [shared, public]
    assert of("all") == []


def test_other_attributes_are_described(street: Street) -> None:
    """To everybody who may launch; who that is only to the owner and the administrator."""
    kernel = street.image("images/vmlinuz.manifest.xml")
    image = street.image("images/root.manifest.xml", kernel_id=kernel, description="d")
    permit(street, image, BOB.account_id)
    for who in (ALICE, BOB, ADMIN):
        assert told(street, image, "kernel", who).kernel.value == kernel  # type: ignore[union-attr]
        assert told(street, image, "ramdisk", who).ramdisk.value is None  # type: ignore[union-attr]
        words = told(street, image, "description", who).description
        assert words is not None
        assert words.value == "d"
        found = told(street, image, "block_device_mapping", who).block_device_mapping
        assert [(one.virtual_name, one.device_name) for one in found or ()] == [
            ("emi", "sda1"), ("ephemeral0", "sda2"), ("swap", "sda3"), ("root", "/dev/sda1"),
        ]  # fmt: skip
    assert told(street, kernel, "block_device_mapping").block_device_mapping == ()
    told(street, image, "launch_permission", ADMIN)
    with pytest.raises(Refused, match="may not perform ec2:DescribeImageAttribute"):
        told(street, image, "launch_permission", BOB)


def test_descriptions_and_product_codes_change(street: Street) -> None:
    """Codes are added, never taken; both show in DescribeImages."""
    image = street.image(description="old")
    new = AttributeValue(value="new")
    street.ask("ModifyImageAttribute", image_id=image, description=new)
    for codes in (("b", "a"), ("c", "a")):
        asked = tuple(ProductCodeItem(product_code=code) for code in codes)
        street.ask("ModifyImageAttribute", image_id=image, product_codes=asked)
    answer = told(street, image, "product_codes")
    assert [one.product_code for one in answer.product_codes or ()] == ["a", "b", "c"]
    assert [one.product_code for one in answer.product_code_list or ()] == ["a", "b", "c"]
    (item,) = street.ask("DescribeImages").images
    assert item.description == "new"
    assert [(one.product_code, one.type) for one in item.product_codes] == [
        ("a", "devpay"), ("b", "devpay"), ("c", "devpay"),
    ]  # fmt: skip
    street.ask("ModifyImageAttribute", image_id=image, description=AttributeValue(value=""))
    assert street.ask("DescribeImages").images[0].description is None
    asked_for = (Filter(name="product-code", value=(Value(value="b"),)),)
    assert seen(street, ALICE, filter=asked_for) == [image]


MANY = tuple(f"{number:012d}" for number in range(1001))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "MissingParameter"),
        ({"launch_permission": LaunchPermissionOperation()}, "MissingParameter"),
        ({"launch_permission": LaunchPermissionOperation(add=())}, "MissingParameter"),
        ({"launch_permission": LaunchPermissionOperation(add=items("bob"))},
         "InvalidAMIAttributeItemValue"),
        ({"launch_permission": LaunchPermissionOperation(add=items("1" * 13))},
         "InvalidAMIAttributeItemValue"),
        ({"launch_permission": LaunchPermissionOperation(add=items(BOB.account_id, NOBODY))},
         "InvalidAMIAttributeItemValue"),
        ({"launch_permission": LaunchPermissionOperation(
            remove=(LaunchPermissionItem(group="some"),))}, "InvalidAMIAttributeItemValue"),
        ({"launch_permission": LaunchPermissionOperation(add=(LaunchPermissionItem(),))},
         "InvalidAMIAttributeItemValue"),
        ({"launch_permission": LaunchPermissionOperation(add=items(*MANY))},
         "InvalidParameterCombination"),
        ({"product_codes": ()}, "MissingParameter"),
        ({"product_codes": (ProductCodeItem(product_code="a b"),)}, "InvalidParameterValue"),
        ({"product_codes": tuple(ProductCodeItem(product_code=str(n)) for n in range(21))},
         "InvalidParameterCombination"),
        ({"description": AttributeValue(value="x" * 256)}, "InvalidParameterValue"),
    ],
)  # fmt: skip
def test_bad_changes(street: Street, change: dict[str, Any], code: str) -> None:
    """The documented error, and the image as it was."""
    image = street.image()
    before = [street.rows(table) for table in ("images", "launchers", "product_codes")]
    with pytest.raises(Refused) as refused:
        street.ask("ModifyImageAttribute", image_id=image, **change)
    assert refused.value.refusal.code == code
    assert [street.rows(table) for table in ("images", "launchers", "product_codes")] == before


def test_only_owner_and_administrator_change(street: Street) -> None:
    """Who may launch may not permit; who may not, does not even find it."""
    image = street.image()
    for who, says in ((CAROL, "does not exist"), (BOB, "may not perform ec2:ModifyImageAttribute")):
        if who is BOB:
            permit(street, image, BOB.account_id)
        with pytest.raises(Refused, match=says):
            permit(street, image, CAROL.account_id, who=who)
        with pytest.raises(Refused):
            street.ask("ResetImageAttribute", who, image_id=image, launch_permission=CHOSEN)
    permit(street, image, CAROL.account_id, who=ADMIN)
    assert launchers(street, image) == [BOB.account_id, CAROL.account_id]


def test_what_cannot_be_described(street: Street) -> None:
    """No attribute, one that images of this cloud have not, and images that are gone."""
    image = street.image()
    with pytest.raises(Refused, match="needs an attribute: one of launchPermission"):
        street.ask("DescribeImageAttribute", image_id=image)
    with pytest.raises(Refused, match="instanceTypeCategory is not one of launchPermission"):
        told(street, image, "instance_type_category")
    assert told(street, image, "sriov_net_support").sriov_net_support is not None
    street.ask("DeregisterImage", image_id=image)
    with pytest.raises(Refused, match="does not exist"):
        told(street, image, "kernel")
    with pytest.raises(Refused, match="is not an image id"):
        told(street, "i-12345678", "kernel")
