# SPDX-License-Identifier: BSD-2-Clause
"""Whatever may be said in any contract: read back alike, canonical, valid, and as spyne says it."""

from __future__ import annotations

import functools
from typing import Any

from hypothesis import HealthCheck, given, settings
from lxml import etree

from eucalyptus.contracts.declare import Contract
from eucalyptus.wire import wsdl
from eucalyptus.wire.codec import Codec
from eucalyptus.wire.documents import DocumentLimits, parse
from eucalyptus.wire.leaves import BadLeaf, read_datetime, read_float
from eucalyptus.wire.models import Models
from tests.wire.messages import Said, said

MANY = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
LARGE = DocumentLimits(elements=200_000)
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


CODECS = functools.cache(Codec)
MODELS = functools.cache(Models)


def codec(what: Said) -> Codec:
    """One codec per contract and version, as a daemon has."""
    return CODECS(what.contract, what.version)


def models(what: Said) -> Models:
    """Likewise."""
    return MODELS(what.contract, what.version)


@functools.cache
def schema(contract: Contract, version: str) -> etree.XMLSchema:
    """The schema inside the published WSDL."""
    root = parse(wsdl.text(contract, version, "http://localhost/"), LARGE)
    found = root.find(".//{http://www.w3.org/2001/XMLSchema}schema")
    assert found is not None
    return etree.XMLSchema(parse(etree.tostring(found), LARGE))


@MANY
@given(said(soap=False))
def test_what_is_written_reads_back(what: Said) -> None:
    """Round trip."""
    document = codec(what).write(what.value, what.element)
    assert codec(what).read(type(what.value), parse(document)) == what.value


@MANY
@given(said(soap=False))
def test_what_is_written_is_its_own_exclusive_canonical_form(
    what: Said,
) -> None:
    """So it can be signed as it is."""
    document = codec(what).write(what.value, what.element)
    assert etree.tostring(parse(document), method="c14n", exclusive=True) == document


@MANY
@given(said(soap=True))
def test_what_is_written_is_valid_by_the_published_wsdl(what: Said) -> None:
    """Names, order, occurrence, choices, attributes: the WSDL promises what the codec does."""
    document = codec(what).write(what.value, what.element)
    schema(what.contract, what.version).assertValid(parse(document))


@MANY
@given(said(soap=True))
def test_spyne_writes_the_same_infoset(what: Said) -> None:
    """The compiled writer against the reference codec, times and doubles by value."""
    name = what.element
    theirs = models(what)
    expected = theirs.element(theirs.model(type(what.value)), theirs.value(what.value), name)
    assert infoset(parse(codec(what).write(what.value, name))) == infoset(expected)


@MANY
@given(said(soap=True))
def test_spyne_reads_the_same_value(what: Said) -> None:
    """The compiled reader against the reference codec, compared by writing what each has read."""
    name, theirs, ours = what.element, models(what), codec(what)
    model = theirs.model(type(what.value))
    document = ours.write(what.value, name)
    read = theirs.read(model, parse(document))
    again = theirs.value(ours.read(type(what.value), parse(document)))
    assert infoset(theirs.element(model, read, name)) == infoset(theirs.element(model, again, name))


def infoset(element: etree._Element) -> Any:
    """Name, content and null-ness, without what may differ: prefixes and lexical forms."""
    if len(element):
        return (element.tag, [infoset(child) for child in element])
    return (element.tag, _value(element.text or ""), element.get(NIL))


def _value(text: str) -> Any:
    for read in (read_datetime, read_float):
        try:
            return read(text.replace("inf", "INF").replace("+00:00", "Z"))
        except BadLeaf:
            pass
    return text
