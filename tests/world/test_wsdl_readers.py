# SPDX-License-Identifier: BSD-2-Clause
"""Every published WSDL for users is read, by what people read WSDLs with, without a complaint."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import zeep
from lxml import etree

from eucalyptus.command import Finished, run_now
from tests.conformance import READS_WSDL, Sightings
from tests.world.foreign.program import HERE, node, php
from tests.world.foreign.toolchains import WSDLS, axis_stubs, compile_c, gsoap_stubs

DIALECTS = sorted(path.stem for path in WSDLS.glob("*.wsdl"))
SAMPLED = {DIALECTS[0], "2011-01-01", DIALECTS[-1]}
"""What slow readers always read: oldest, middle, newest. The others are left to the soak."""

OPERATION = "{http://schemas.xmlsoap.org/wsdl/}portType/{http://schemas.xmlsoap.org/wsdl/}operation"
NO_INHERITANCE = b"Warning: ignoring type inheritance by default for C"
"""What gSOAP says of grantees, in Amazon's own WSDL too."""
LISTS_IN_PHP = (
    "error_reporting(E_ALL); ini_set('display_errors', 'stderr');"
    "$ec2 = new SoapClient($argv[1], ['cache_wsdl' => WSDL_CACHE_NONE]);"
    "foreach ($ec2->__getFunctions() as $one)"
    " echo preg_replace('/^\\\\w+ (\\\\w+)\\\\(.*/s', '$1', $one), PHP_EOL;"
)
LISTS_IN_NODE = (
    "import soap from 'soap'; const ec2 = await soap.createClientAsync(process.argv[1]);"
    "const ports = Object.values(ec2.describe()).flatMap((service) => Object.values(service));"
    "for (const port of ports) for (const name of Object.keys(port)) console.log(name);"
)


def expected(wsdl: Path) -> set[str]:
    """The operations that a WSDL has."""
    return {str(one.get("name")) for one in etree.parse(wsdl).iterfind(OPERATION)}


def by_zeep(wsdl: Path) -> set[str]:
    """zeep, and a request of each operation."""
    client = zeep.Client(str(wsdl))
    (binding,) = client.wsdl.bindings.values()
    for operation in binding.all().values():
        assert operation.input.signature() is not None
    return set(binding.all())


def by_suds(wsdl: Path) -> set[str]:
    """suds."""
    library = pytest.importorskip("suds.client", reason="suds is not installed")
    client = library.Client(wsdl.as_uri(), cache=None)
    return {
        method.name for port in client.wsdl.services[0].ports for method in port.methods.values()
    }


def by_php(wsdl: Path) -> set[str]:
    """PHP's SoapClient."""
    return _quietly(run_now([php(), "-r", LISTS_IN_PHP, str(wsdl)]))


def by_node(wsdl: Path) -> set[str]:
    """node soap."""
    words = [node(), "--input-type=module", "-e", LISTS_IN_NODE, str(wsdl)]
    return _quietly(run_now(["env", "-C", str(HERE), *words], env=dict(os.environ)))


def by_gsoap(wsdl: Path) -> set[str]:
    """wsdl2h, soapcpp2 and the C compiler."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        said = gsoap_stubs(wsdl, folder)
        assert b"warning" not in said.replace(NO_INHERITANCE, b"").lower()
        compile_c(folder, ["-c"], ["soapC.c", "soapClient.c"])
        lines = (folder / "ec2.h").read_text().splitlines()
    mark = "int __ns1__"
    return {line.removeprefix(mark).rstrip("(") for line in lines if line.startswith(mark)}


def by_axis(wsdl: Path) -> set[str]:
    """WSDL2Java and javac."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        assert not _quietly(axis_stubs(wsdl, folder))
        (port,) = folder.rglob("*PortType.java")
        methods = [line for line in port.read_text().splitlines() if "RemoteException" in line]
    names = [line.partition("(")[0].split()[-1] for line in methods]
    return {name[0].upper() + name[1:] for name in names}


def _quietly(said: Finished) -> set[str]:
    """The words that a program said, and nothing aside."""
    assert said.err == b""
    return set(said.out.decode().split())


READERS: dict[str, Callable[[Path], set[str]]] = {
    "zeep": by_zeep,
    "suds": by_suds,
    "php-soap": by_php,
    "node-soap": by_node,
    "gsoap": by_gsoap,
    "axis-1.4": by_axis,
}
SLOW = {"node-soap", "gsoap", "axis-1.4"}
"""Readers that take seconds."""


def reading(
    reader: str, wsdl: Path, caplog: pytest.LogCaptureFixture
) -> tuple[set[str], list[str]]:
    """The operations that are found, and what is said aside."""
    with caplog.at_level(logging.WARNING), warnings.catch_warnings():
        warnings.simplefilter("error")
        found = READERS[reader](wsdl)
    return found, [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize("reader", READERS)
def test_that_of_s3_is_read(reader: str, caplog: pytest.LogCaptureFixture) -> None:
    """Abstract and anonymous types, enumerations and all."""
    wsdl = WSDLS.parent / "s3.wsdl"
    assert reading(reader, wsdl, caplog) == (expected(wsdl), [])


@pytest.mark.parametrize(
    ("reader", "version"),
    [
        pytest.param(
            reader,
            version,
            marks=[pytest.mark.soak] if reader in SLOW and version not in SAMPLED else [],
        )
        for reader in READERS
        for version in DIALECTS
    ],
)
def test_is_read(
    reader: str, version: str, conformance: Sightings, caplog: pytest.LogCaptureFixture
) -> None:
    """Every operation is found, and nothing is said aside."""
    wsdl = WSDLS / f"{version}.wsdl"
    found, complaints = reading(reader, wsdl, caplog)
    conformance.note(reader, version, READS_WSDL, works=found == expected(wsdl) and not complaints)
    assert found == expected(wsdl)
    assert not complaints
