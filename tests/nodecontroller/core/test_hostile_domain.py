# SPDX-License-Identifier: BSD-2-Clause
"""What users can name, in a domain: it stays text in its one place, or is refused before it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest
from lxml import etree

from eucalyptus.contracts.node import NODE, NcRunInstance
from eucalyptus.contracts.refusals import Refused
from eucalyptus.wire.codec import Codec
from eucalyptus.wire.documents import parse
from nodecontroller.core.disks import BadBootRecord, Device, device
from nodecontroller.core.domain import Drive, Host, Interface, xml
from tests.nodecontroller.core.test_domain import guest, schema

ROOT = PurePosixPath("/var/lib/eucalyptus/guests/i-0badcafe")
HOST = Host(kind="qemu", bridge="br0", vnc=True)
HOSTILE = (
    "'\"<>&]]>",
    "</source><source file='/etc/shadow'/>",
    "&xxe;<!ENTITY xxe SYSTEM 'file:///etc/shadow'>",
    "x' onload='y",
    "a\nb\tc",
    "\N{GRINNING FACE}",
)
CODEC = Codec(NODE, "")


def domain(**facts: Any) -> etree._Element:
    """The domain of a guest with one disk."""
    drives = (
        Drive(path=str(ROOT / "disk-a.qcow2"), format="qcow2", device=Device(bus="sd", letter="a")),
    )
    text = xml(guest(**{"drives": drives, "console": str(ROOT / "console"), **facts}), HOST)
    return etree.fromstring(text.encode())


def shape(node: etree._Element) -> Any:
    """The elements and attribute names of a tree, without any text."""
    return (node.tag, sorted(node.attrib), [shape(child) for child in node])


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: f"G-01 {text!r}")
@pytest.mark.parametrize("place", ["root", "kernel", "ramdisk", "console", "drive", "owner"])
def test_hostile_text_makes_no_element(text: str, place: str) -> None:
    """Wherever it stands, the domain has the elements of an honest one, and the text whole."""
    honest, hostile = "plain", text

    def built(word: str) -> etree._Element:
        facts: dict[str, Any] = {"kernel": "/i/kernel", "ramdisk": "/i/ramdisk"}
        if place == "drive":
            facts["drives"] = (
                Drive(path=word, format="raw", device=Device(bus="sd", letter="a"), role=word),
            )
        elif place == "owner":
            facts["interfaces"] = (Interface(owner=word, mac="d0:0d:00:00:00:01"),)
        else:
            facts[place] = word
        return domain(**facts)

    made = built(hostile)
    assert shape(made) == shape(built(honest))
    said = [*made.itertext(), *(value for node in made.iter() for value in node.attrib.values())]
    assert any(" ".join(hostile.split()) in " ".join(one.split()) for one in said)


def test_the_honest_twin_is_valid_for_libvirt() -> None:
    """G-01: by libvirt's own schema; every file it names lies in the instance's folder."""
    made = domain()
    schema().assertValid(made)
    sources = made.xpath("//source/@file | //source/@path | //os/kernel/text()")
    assert sources and all(PurePosixPath(path).is_relative_to(ROOT) for path in sources)


@pytest.mark.parametrize("character", ["\0", "\x08", "\ufffe", "\ud800"], ids=ascii)
@pytest.mark.parametrize("field", ["keyName", "userId", "platform", "rootDirective"])
def test_text_that_no_xml_can_hold_never_arrives(character: str, field: str) -> None:
    """G-01: a message with such a character is refused before a body sees it."""
    head = f'<ncRunInstance xmlns="{CODEC.namespace}"><{field}>a'.encode()
    tail = f"b</{field}></ncRunInstance>".encode()
    with pytest.raises(Refused):
        CODEC.read(NcRunInstance, parse(head + character.encode("utf-8", "surrogatepass") + tail))


@pytest.mark.parametrize(
    "name",
    [
        "/dev/../etc",
        "vda'><",
        "sdaa",
        "../../x",
        "sda\n",
        "sda0",
        "",
        "vd a",
        "sd\N{CYRILLIC SMALL LETTER A}",
    ],
    ids=lambda name: f"G-20 {name!r}",
)
def test_a_device_is_a_name_of_ours(name: str) -> None:
    """What is no device of a guest is refused; the twin follows."""
    with pytest.raises(BadBootRecord):
        device(name)
    assert device("/dev/sda1") == Device(bus="sd", letter="a", number=1)


@pytest.mark.parametrize("kind", ["kvm", "qemu", "xen"])
def test_g05_no_disk_is_ever_probed(kind: str) -> None:
    """A guest may write any header into its disk: the format is said, for every hypervisor."""
    drives = tuple(
        Drive(path=f"/i/{letter}", format=form, device=Device(bus="sd", letter=letter))
        for letter, form in (("a", "qcow2"), ("b", "raw"), ("c", "raw"))
    )
    text = xml(guest(drives=drives), Host(kind=kind, bridge="br0"))
    made = etree.fromstring(text.encode())
    assert made.xpath("//disk/driver/@type") == ["qcow2", "raw", "raw"]
    assert len(made.xpath("//disk")) == 3
