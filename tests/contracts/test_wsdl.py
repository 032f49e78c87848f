# SPDX-License-Identifier: BSD-2-Clause
"""The published WSDLs: as their contracts say, and as Amazon and the original had them."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from eucalyptus.cli import wsdl as command
from eucalyptus.contracts.cluster import CLUSTER
from eucalyptus.contracts.declare import Contract
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.node import NODE
from eucalyptus.wire import wsdl
from eucalyptus.wire.models import Models
from tests.contracts.reference import SOAP, Shape, reference

ROOT = Path(__file__).parents[2]
URL = "http://localhost/"

PUBLISHED = [
    *((EC2, version, f"ec2/{version}.ec2.wsdl") for version in EC2.versions),
    (CLUSTER, "", "internal/eucalyptus_cc.wsdl"),
    (NODE, "", "internal/eucalyptus_nc.wsdl"),
]

read = functools.cache(lambda path: Shape(path.read_bytes()))
"""The shape of a reference file, read once."""


def test_the_committed_files_are_what_the_contracts_say() -> None:
    """``make wsdl`` writes them."""
    assert command.main(["--check", str(ROOT / "wsdl")]) == 0


def test_drift_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is missing, and one that says something else."""
    assert command.main(["--check", str(tmp_path)]) == 1
    assert command.main([str(tmp_path)]) == 0
    assert command.main(["--check", str(tmp_path)]) == 0
    (tmp_path / "eucalyptus_nc.wsdl").write_bytes(b"<definitions/>")
    assert command.main(["--check", str(tmp_path)]) == 1
    assert "run make wsdl" in capsys.readouterr().err


def test_the_text_is_stable() -> None:
    """Whichever way it is made."""
    first = wsdl.text(NODE, "", URL)
    wsdl._document.cache_clear()
    assert wsdl.text(NODE, "", URL) == first


def test_the_address_is_the_one_asked_for_and_cannot_break_out() -> None:
    """A Host header is the caller's."""
    shape = Shape(wsdl.text(NODE, "", 'http://a"><x/>&\x01/'))
    (address,) = shape.root.iter(f"{SOAP}address")
    assert address.get("location") == 'http://a"><x/>&\ufffd/'


def test_every_dated_wsdl_of_amazons_is_published() -> None:
    """All 39."""
    folder = reference("EUCA_REFERENCE_WSDL", "ec2/2013-10-15.ec2.wsdl").parent
    assert EC2.versions == tuple(sorted(p.name[:10] for p in folder.glob("*.ec2.wsdl")))
    assert len(EC2.versions) == 39


@pytest.mark.parametrize("version", EC2.versions)
def test_operations_that_are_not_built_are_not_published(version: str) -> None:
    """Nor those that are younger, nor those that only Query knows."""
    published = set(Shape(wsdl.text(EC2, version, URL)).operations())
    assert published == {o.name for o in EC2.operations if o.soap and o.since <= version}
    assert not published & EC2.later


@pytest.mark.parametrize(("contract", "version", "name"), PUBLISHED)
def test_names_are_as_they_always_were(contract: Contract, version: str, name: str) -> None:
    """Namespace, port type, binding, service, port."""
    theirs = read(reference("EUCA_REFERENCE_WSDL", name))
    assert Shape(wsdl.text(contract, version, URL)).names() == theirs.names()


@pytest.mark.parametrize(("contract", "version", "name"), PUBLISHED)
def test_operations_are_as_they_always_were(contract: Contract, version: str, name: str) -> None:
    """Elements, soapAction, literal; what is missing is named as not built yet."""
    theirs = read(reference("EUCA_REFERENCE_WSDL", name)).operations()
    ours = Shape(wsdl.text(contract, version, URL)).operations()
    assert ours == {name: theirs[name] for name in ours}
    assert theirs.keys() - ours.keys() <= contract.later


@pytest.mark.parametrize(("contract", "version", "name"), PUBLISHED)
def test_types_are_as_they_always_were(contract: Contract, version: str, name: str) -> None:
    """Names, order, types, occurrence, choices, attributes, of every type that is reached."""
    theirs = read(reference("EUCA_REFERENCE_WSDL", name))
    ours = Shape(wsdl.text(contract, version, URL))
    asked = [operation.name for operation in Models(contract, version).operations()]
    for element in [*asked, *(f"{name}Response" for name in asked)]:
        assert ours.element_type(element) == theirs.element_type(element)
        assert ours.reached(element) == theirs.reached(element)
    for type_name in ours.types:
        assert (type_name, ours.type_shape(type_name)) == (
            type_name,
            theirs.type_shape(type_name),
        )
