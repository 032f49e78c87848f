# SPDX-License-Identifier: BSD-2-Clause
"""A contract as its reference page: what each operation takes, answers, refuses and asks for."""

from __future__ import annotations

import functools
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jinja2
from markupsafe import Markup, escape

from eucalyptus.contracts.declare import SCALARS, Contract, Operation, Part, Reach, parts
from eucalyptus.contracts.ec2.contract import EC2
from eucalyptus.contracts.refusals import (
    AUTH_FAILURE,
    INTERNAL,
    INVALID_PARAMETER,
    MISSING_PARAMETER,
    REQUEST_EXPIRED,
    UNAUTHORIZED,
    UNKNOWN_PARAMETER,
    Refusal,
)
from eucalyptus.manual import preambles, samples
from eucalyptus.manual.examples import EC2_EXAMPLES, Example
from eucalyptus.wire.query_names import is_named, query_name, single_leaf

ALWAYS = (
    AUTH_FAILURE, REQUEST_EXPIRED, UNAUTHORIZED, MISSING_PARAMETER, INVALID_PARAMETER,
    UNKNOWN_PARAMETER, INTERNAL,
)  # fmt: skip
"""What every operation may refuse with; said once, at the head of the page."""

WHO: Mapping[Reach, str] = {
    Reach.ACCOUNT: "every user of an account",
    Reach.CLOUD_ADMIN: "users of the account “eucalyptus” only",
    Reach.COMPONENT: "other components of this cloud only",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One part of a message: its place in SOAP and in Query, its type, how often, since when."""

    soap: str
    query: str
    type: str
    occurs: str
    versions: str
    depth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that is said of one operation."""

    operation: Operation
    summary: str
    since: str
    who: str
    asks: tuple[Row, ...]
    answers: tuple[Row, ...]
    soap: str
    query: str
    zeep: str
    boto3: str
    euca2ools: str


def page(contract: Contract, operation: Operation, example: Example) -> Page:
    """The page of one operation, its samples in the newest API version."""
    version = contract.versions[-1]
    spoken = operation.soap
    return Page(
        operation=operation,
        summary=_first_sentence(operation.asks),
        since=_since(contract, operation),
        who=WHO[operation.reach],
        asks=tuple(_rows(operation.asks, "", "", 0)),
        answers=tuple(_rows(operation.answers, "", "", 0)),
        soap=samples.soap_body(contract, operation, version, example.ask) if spoken else "",
        query=samples.query_parameters(operation, version, example.ask),
        zeep=samples.zeep_call(operation, version, example.ask) if spoken else "",
        boto3=samples.boto3_call(example.boto3) if example.boto3 else "",
        euca2ools=example.euca2ools,
    )


def _since(contract: Contract, operation: Operation) -> str:
    versions = contract.versions if operation.soap else contract.query_versions
    return max(operation.since, versions[0])


def _first_sentence(message: type) -> str:
    text = " ".join((message.__doc__ or "").split())
    return text.partition(". ")[0].rstrip(".") + "."


def _rows(message: Any, soap: str, query: str, depth: int) -> Iterator[Row]:
    for part in parts(message):
        name, wrapped = query + _query(part), _element(part)
        yield Row(
            soap="" if part.query_only else soap + wrapped,
            query=name,
            type=part.of.__message__.name if part.is_message else SCALARS[part.of],
            occurs=_occurs(part),
            versions=_versions(part),
            depth=depth,
        )
        if _is_open(part) and message not in _inside(part.of):
            yield from _rows(part.of, f"{soap}{wrapped}/", f"{name}.", depth + 1)


def _element(part: Part) -> str:
    """The path of a part's element; of a list of single leaves, to the leaf."""
    item = f"{part.name}/{part.item}" if part.set_type else part.name
    leaf = single_leaf(part) if part.set_type else None
    return f"{item}/{leaf.name}" if leaf else item


def _is_open(part: Part) -> bool:
    """Whether what a part is made of gets rows of its own."""
    spread = isinstance(part.query, Mapping)
    return part.is_message and not spread and not (part.set_type and single_leaf(part))


def _inside(message: Any) -> set[Any]:
    """The message classes below one; a message may contain itself."""
    found: set[Any] = set()
    waiting = [message]
    while waiting:
        one = waiting.pop()
        new = {p.of for p in parts(one) if p.is_message} - found
        found |= new
        waiting += new
    return found


def _query(part: Part) -> str:
    if is_named(part):
        return f"Attribute={part.name}"
    name = (
        query_name(part)
        if isinstance(part.query, str | None)
        else " or ".join(f"{spread}.n" for spread in part.query.values())
    )
    return f"{name}.n" if part.repeated and not isinstance(part.query, Mapping) else name


def _occurs(part: Part) -> str:
    if part.repeated:
        return "1 or more" if part.least else "any number"
    if part.choice:
        return "one of a choice"
    return "required" if part.required else "optional"


def _versions(part: Part) -> str:
    since = f"since {part.since}" if part.since else ""
    until = f"until {part.until}" if part.until else ""
    return " ".join(one for one in (since, until) if one)


def sentence(refusal: Refusal) -> Markup:
    """What a refusal says, the facts of the occasion in italics."""
    said = string.Formatter().parse(refusal.says)
    return Markup("").join(
        escape(text) + (Markup("<i>{}</i>").format(fact) if fact else "")
        for text, fact, _, _ in said
    )


@functools.cache
def _templates() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("eucalyptus.manual"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["sentence"] = sentence
    return made


@functools.cache
def ec2_reference() -> bytes:
    """The reference page of EC2 as HTML; it needs nothing from anywhere else."""
    pages = [page(EC2, operation, EC2_EXAMPLES[operation.name]) for operation in EC2.operations]
    pages.sort(key=lambda one: one.operation.name)
    template = _templates().get_template("reference.html")
    text = template.render(
        contract=EC2,
        pages=pages,
        always=ALWAYS,
        later=sorted(EC2.later),
        zeep_signing=preambles.ZEEP_SIGNING,
        zeep_opening=preambles.ZEEP_OPENING,
        boto3_opening=preambles.BOTO3_OPENING,
        euca2ools_opening=preambles.EUCA2OOLS_OPENING,
    )
    return text.encode()
