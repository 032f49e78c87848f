# SPDX-License-Identifier: BSD-2-Clause
"""Tags that a launch puts on its instances."""

from __future__ import annotations

from typing import Any

import pytest

from eucalyptus.contracts.ec2.filters import Filter, ResourceTagSetItem, Value
from eucalyptus.contracts.ec2.launching import TagSpecification
from eucalyptus.contracts.refusals import Refused
from tests.cloudcontroller.compute.street import Street


def tagged(*tags: tuple[str, str], kind: str = "instance") -> dict[str, Any]:
    """The part of a launch that asks for tags."""
    made = tuple(ResourceTagSetItem(key=key, value=value) for key, value in tags)
    return {"tag_specification": (TagSpecification(resource_type=kind, tag=made),)}


def found(street: Street, name: str, *values: str) -> list[str]:
    """The instances that one filter lets through."""
    asked = Filter(name=name, value=tuple(Value(value=value) for value in values))
    answer = street.ask("DescribeInstances", filter=(asked,))
    return [one.instance_id for made in answer.reservation for one in made.instances]


def test_tags_are_kept_with_the_instance_and_found_by(street: Street) -> None:
    """The answer of the launch has them, each description has them, filters know them."""
    image = street.image()
    (web,) = street.launch(image, **tagged(("Name", "web"), ("=odd=", "a=b"))).instances
    (other,) = street.launch(image, **tagged(("Name", ""))).instances
    assert [(one.key, one.value) for one in web.tag] == [("=odd=", "a=b"), ("Name", "web")]
    assert [(one.key, one.value) for one in other.tag] == [("Name", "")]

    assert found(street, "tag:Name", "w*") == [web.instance_id]
    assert found(street, "tag:=odd=", "a=b") == [web.instance_id]
    assert found(street, "tag:=odd", "=a=b", "*") == []
    assert found(street, "tag:name", "web") == []
    assert set(found(street, "tag-key", "Name")) == {web.instance_id, other.instance_id}
    assert found(street, "tag-value", "web") == [web.instance_id]


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        (tagged(("", "v")), "Tag.Key: nothing is not from 1 to 127 characters"),
        (tagged(("k" * 128, "v")), "Tag.Key"),
        (tagged(("k", "v" * 256)), "255 characters or fewer"),
        (tagged(("AWS:k", "v")), "free to use"),
        (tagged(("euca:k", "v")), "free to use"),
        (tagged(("k", "1"), ("k", "2")), "a key of its own"),
        (tagged(("k", "v"), kind="volume"), "volume is not instance"),
        (tagged(*((str(n), "") for n in range(11))), "may have 10 tags; 11 were asked for"),
    ],
)
def test_what_cannot_be_a_tag_is_refused(street: Street, parts: dict[str, Any], says: str) -> None:
    """Each with its reason, and nothing is launched."""
    image = street.image()
    with pytest.raises(Refused, match=says):
        street.launch(image, **parts)
    assert street.instances() == {}
    longest = tagged(("k" * 127, "v" * 255), *((str(n), "") for n in range(9)))
    assert street.launch(image, **longest).instances


def test_a_token_says_the_same_tags_or_is_refused(street: Street) -> None:
    """Tags are part of what a repeated ClientToken must repeat."""
    image = street.image()
    first = street.launch(image, client_token="t", **tagged(("Name", "web")))
    again = street.launch(image, client_token="t", **tagged(("Name", "web")))
    assert again.reservation_id == first.reservation_id
    with pytest.raises(Refused) as refused:
        street.launch(image, client_token="t", **tagged(("Name", "other")))
    assert refused.value.refusal.code == "IdempotentParameterMismatch"
