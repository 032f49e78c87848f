# SPDX-License-Identifier: BSD-2-Clause
"""Operations that are not built: their messages are Amazon's, and nobody is told of them."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import pytest

from eucalyptus.contracts.declare import Operation
from eucalyptus.contracts.ec2.contract import EC2, UNDECLARED
from eucalyptus.wire import wsdl
from tests.contracts.reference import Shape, reference

VERSION = "2013-02-01"
DRAFTED = [pytest.param(draft, id=draft.name) for draft in EC2.drafts]


@functools.cache
def amazons() -> Shape:
    """Amazon's WSDL."""
    return Shape(reference("EUCA_REFERENCE_WSDL", f"ec2/{VERSION}.ec2.wsdl").read_bytes())


@functools.cache
def as_if_built() -> Shape:
    """The WSDL that we would publish if every draft were built."""
    built = dataclasses.replace(EC2, operations=(*EC2.operations, *EC2.drafts))
    return Shape(wsdl.text(built, VERSION, "http://localhost/"))


def as_one(particles: Any) -> Any:
    """Particles in which a choice must be made: of ConversionTaskType's, none may be, too."""
    return [
        ("choice", *((name, of, "1", *rest) for name, of, _, *rest in particle[1:]))
        if particle[0] == "choice"
        else particle
        for particle in particles
    ]


@pytest.mark.parametrize("draft", DRAFTED)
def test_a_draft_is_as_amazon_has_it(draft: Operation) -> None:
    """Names, order, types, occurrence, choices, of both messages and all they are made of."""
    ours, theirs = as_if_built(), amazons()
    assert ours.operations()[draft.name] == theirs.operations()[draft.name]
    for element in (draft.name, f"{draft.name}Response"):
        assert ours.element_type(element) == theirs.element_type(element)
        assert ours.reached(element) == theirs.reached(element)
        for name in ours.reached(element):
            made, given = ours.type_shape(name), theirs.type_shape(name)
            made["particles"], given["particles"] = (
                as_one(made["particles"]),
                as_one(given["particles"]),
            )
            assert (name, made) == (name, given)


def test_what_is_not_built_is_known_by_name_only() -> None:
    """Each name once: built, drafted or undeclared; together all of Amazon's."""
    built = {operation.name for operation in EC2.operations if operation.soap}
    drafted = {draft.name for draft in EC2.drafts}
    assert len(drafted) == len(EC2.drafts)
    assert not built & drafted
    assert not (built | drafted) & UNDECLARED
    assert EC2.later == drafted | UNDECLARED
    assert not EC2.later & Shape(wsdl.text(EC2, VERSION, "http://localhost/")).operations().keys()
    assert amazons().operations().keys() <= built | EC2.later
